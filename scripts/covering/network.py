"""The net that says how much of each cell of a face is covered, and its ONNX file."""

from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from vs_lipsync.faces.mouth_cover import CELLS, SIDE

__all__ = ["CoverNet", "to_onnx"]

WIDTHS: Final = (20, 32, 56, 80)
"""Channels at a half, a quarter, an eighth and a sixteenth of the picture's size."""


class CoverNet(nn.Module):
    """Convolutions down to 3 × 3, whose mean sees the whole face, and up again to a quarter of the size."""

    def __init__(self) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth = WIDTHS
        self.quarter = nn.Sequential(_block(3, half, 2), _block(half, quarter, 2), _block(quarter, quarter))
        self.eighth = nn.Sequential(_block(quarter, eighth, 2), _block(eighth, eighth))
        self.sixteenth = nn.Sequential(_block(eighth, sixteenth, 2), _block(sixteenth, sixteenth))
        self.to_eighth, self.to_quarter = nn.Conv2d(sixteenth, eighth, 1), nn.Conv2d(eighth, quarter, 1)
        self.joined_eighth, self.joined_quarter = _block(eighth, eighth), _block(quarter, quarter)
        self.head = nn.Conv2d(quarter, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits [n, CELLS, CELLS] of pictures [n, 3, SIDE, SIDE] of values 0..1."""
        quarter = self.quarter(image - 0.5)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        sixteenth = sixteenth + sixteenth.mean((2, 3), keepdim=True)
        eighth = self.joined_eighth(eighth + _twice(self.to_eighth(sixteenth)))
        quarter = self.joined_quarter(quarter + _twice(self.to_quarter(eighth)))
        logits: Tensor = self.head(quarter)[:, 0]
        return logits


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def _twice(values: Tensor) -> Tensor:
    return nn.functional.interpolate(values, scale_factor=2, mode="nearest")


def to_onnx(net: CoverNet) -> onnx.ModelProto:
    """Return the net as an ONNX model from `image` [1, 3, SIDE, SIDE] to `covered` [1, 1, CELLS, CELLS], 0..1."""
    return _Writer().model(net)


class _Writer:
    """Writes the net node by node, with the batch normalisation folded into the convolutions."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def model(self, net: CoverNet) -> onnx.ModelProto:
        quarter = self._blocks(self._node("Sub", ["image", self._constant("half", np.array(0.5))]), net.quarter)
        eighth = self._blocks(quarter, net.eighth)
        sixteenth = self._blocks(eighth, net.sixteenth)
        sixteenth = self._node("Add", [sixteenth, self._node("GlobalAveragePool", [sixteenth])])
        self._constant("twice", np.array([1, 1, 2, 2]))
        eighth = self._joined(eighth, self._convolution(sixteenth, net.to_eighth), net.joined_eighth)
        quarter = self._joined(quarter, self._convolution(eighth, net.to_quarter), net.joined_quarter)
        self._nodes.append(helper.make_node("Sigmoid", [self._convolution(quarter, net.head)], ["covered"]))
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
        covered = helper.make_tensor_value_info("covered", TensorProto.FLOAT, [1, 1, CELLS, CELLS])
        graph = helper.make_graph(self._nodes, "mouth_cover", [image], [covered], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _constant(self, name: str, values: NDArray[np.generic]) -> str:
        self._constants.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def _node(self, kind: str, inputs: list[str], **attributes: Any) -> str:  # noqa: ANN401 - ONNX's own
        name = f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _blocks(self, values: str, blocks: nn.Sequential) -> str:
        for block in blocks:
            assert isinstance(block, nn.Sequential)
            values = self._block(values, block)
        return values

    def _block(self, values: str, block: nn.Sequential) -> str:
        convolution, norm = block[0], block[1]
        assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
        return self._node("Relu", [self._convolution(values, convolution, norm)])

    def _joined(self, values: str, coarser: str, block: nn.Sequential) -> str:
        grown = self._node(
            "Resize", [coarser, "", "twice"],
            mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        )  # fmt: skip
        return self._block(self._node("Add", [values, grown]), block)

    def _convolution(self, values: str, layer: nn.Conv2d, norm: nn.BatchNorm2d | None = None) -> str:
        weights = _numbers(layer.weight)
        bias = np.zeros(len(weights)) if layer.bias is None else _numbers(layer.bias)
        if norm is not None:
            assert norm.running_mean is not None and norm.running_var is not None
            factor = _numbers(norm.weight) / np.sqrt(_numbers(norm.running_var) + norm.eps)
            weights = weights * factor[:, None, None, None]
            bias = (bias - _numbers(norm.running_mean)) * factor + _numbers(norm.bias)
        name, stride, edge = f"c{len(self._nodes)}", layer.stride[0], layer.kernel_size[0] // 2
        inputs = [values, self._constant(f"{name}.weight", weights), self._constant(f"{name}.bias", bias)]
        return self._node("Conv", inputs, strides=[stride] * 2, pads=[edge] * 4)


def _numbers(values: Tensor) -> NDArray[np.float64]:
    return np.asarray(values.detach().cpu().numpy(), np.float64)
