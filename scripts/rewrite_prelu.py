"""PReLU in an ONNX model, written as what ONNX Runtime computes fast, without another bit in what the model says.

PReLU with the slopes a is a · x + (1 - a) · max(x, 0). Where a is at most 1, the second term is max((1 - a) · x, 0): a
1 × 1 depthwise convolution that ends in a ReLU, which are one step for ONNX Runtime. The first term is another such
convolution, which adds the second one as it goes. Where a is above 1, the term is to be subtracted, and no step does
that: such channels are kept with the opposite sign, -a · x + max((a - 1) · x, 0), and the weights of the
convolutions before and behind are given that sign as well. Signs are free: no rounding depends on them. Where something
else than a convolution or a sum reads a PReLU, a third convolution turns the sign of the second term instead.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

__all__ = ["rewrite_prelu"]


def rewrite_prelu(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model without PReLU.

    Args:
        model: nets of convolutions, PReLU with slopes [channels, 1, 1], and sums of a PReLU and a convolution. Weights
            are constants, or casts of such, of one node each.
    """
    graph = _Graph.of(model)
    bends = {node.output[0]: _Bend.of(node, graph) for node in model.graph.node if node.op_type == "PRelu"}
    for bend in bends.values():
        _turn(bend, bends, graph)
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        nodes += bends[node.output[0]].nodes(graph) if node.output[0] in bends else [node]
    written = helper.make_graph(nodes, model.graph.name, model.graph.input, model.graph.output, graph.initializers())
    result = helper.make_model(written, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(result, full_check=True)
    return result


@dataclass(frozen=True, slots=True)
class _Graph:
    """The nodes and constants of a model.

    Attributes:
        made_by: the node that makes each value.
        read_by: the nodes that read each value.
        outputs: what the model says.
        constants: by name; they are changed in place.
    """

    made_by: dict[str, onnx.NodeProto]
    read_by: dict[str, list[onnx.NodeProto]]
    outputs: set[str]
    constants: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, model: onnx.ModelProto) -> "_Graph":
        """Take a model apart."""
        read_by = defaultdict(list)
        for node in model.graph.node:
            for name in node.input:
                read_by[name].append(node)
        constants = {tensor.name: numpy_helper.to_array(tensor).copy() for tensor in model.graph.initializer}
        made_by = {name: node for node in model.graph.node for name in node.output}
        return cls(made_by, read_by, {output.name for output in model.graph.output}, constants)

    def stored(self, name: str) -> str:
        """Return the constant that a value is, or that it is a cast of."""
        return name if name in self.constants else self.made_by[name].input[0]

    def multiply(self, name: str, signs: NDArray[np.int8], axis: int) -> None:
        """Give the weights in a value other signs along an axis."""
        constant = self.constants[self.stored(name)]
        constant *= signs.astype(constant.dtype).reshape(-1, *[1] * (constant.ndim - 1 - axis))

    def initializers(self) -> list[onnx.TensorProto]:
        """Return the constants as ONNX keeps them."""
        return [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in self.constants.items()]


@dataclass(slots=True)
class _Bend:
    """A PReLU.

    Attributes:
        name: of what it makes.
        seen: of what it reads.
        slopes: name of the slopes.
        signs: [channels] 1 or -1, with which what it makes is kept.
        signs_seen: [channels] the same of what it reads.
        steep: [channels] whether the slope is above 1.
        turns: whether it turns the sign of the second term itself, since what reads it cannot do with other signs.
    """

    name: str
    seen: str
    slopes: str
    signs: NDArray[np.int8]
    signs_seen: NDArray[np.int8]
    steep: NDArray[np.bool_]
    turns: bool

    @classmethod
    def of(cls, node: onnx.NodeProto, graph: _Graph) -> "_Bend":
        """Take a node apart, and choose the signs."""
        name, (seen, slopes) = node.output[0], node.input
        steep = graph.constants[graph.stored(slopes)].ravel() > 1
        told = name in graph.outputs or any(other.op_type not in ("Conv", "Add") for other in graph.read_by[name])
        turns = told and bool(steep.any())
        plain = np.ones(len(steep), np.int8)
        return cls(name, seen, slopes, plain if turns else np.where(steep, -plain, plain), plain, steep, turns)

    def nodes(self, graph: _Graph) -> list[onnx.NodeProto]:
        """Return the nodes that do it, and add their constants."""
        slopes = graph.constants[graph.stored(self.slopes)].reshape(-1, 1, 1, 1)
        graph.constants[graph.stored(self.slopes)] = slopes
        rest = np.abs(1 - slopes.astype(np.float32)) * self.signs_seen.reshape(-1, 1, 1, 1)
        graph.multiply(self.slopes, self.signs * self.signs_seen, 0)
        graph.constants[f"{self.name}.rest"] = rest.astype(np.float32)

        def convolution(read: str, weights: str, made: str) -> onnx.NodeProto:
            return helper.make_node("Conv", [read, weights], [made], group=len(slopes))

        bent, more = f"{self.name}.bent", f"{self.name}.more"
        made = [
            convolution(self.seen, self.slopes, f"{self.name}.all"),
            convolution(self.seen, f"{self.name}.rest", f"{self.name}.scaled"),
            helper.make_node("Relu", [f"{self.name}.scaled"], [bent if self.turns else more]),
        ]
        if self.turns:
            graph.constants[f"{self.name}.signs"] = np.where(self.steep, -1, 1).astype(np.float32).reshape(-1, 1, 1, 1)
            made.append(convolution(bent, f"{self.name}.signs", more))
        return [*made, helper.make_node("Add", [f"{self.name}.all", more], [self.name])]


def _turn(bend: _Bend, bends: dict[str, _Bend], graph: _Graph) -> None:
    """Give what is read with a PReLU, and what reads it, the signs with which it is kept."""
    for node in graph.read_by[bend.name]:
        if node.op_type == "Conv":
            groups = next((item.i for item in node.attribute if item.name == "group"), 1)
            graph.multiply(node.input[1], bend.signs, 0 if groups > 1 else 1)
        elif node.op_type == "Add":
            (other,) = (name for name in node.input if name != bend.name)
            source = graph.made_by[other]
            if source.op_type == "Conv" and len(graph.read_by[other]) == 1:
                for name in source.input[1:]:
                    graph.multiply(name, bend.signs, 0)
            elif (bend.signs < 0).any():
                raise ValueError(f"{bend.name} is added to what is no convolution's alone")
            for after in graph.read_by[node.output[0]]:
                if after.op_type != "PRelu":
                    raise ValueError(f"a sum with {bend.name} is read by {after.op_type}")
                bends[after.output[0]].signs_seen = bend.signs
