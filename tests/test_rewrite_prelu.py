"""PReLU written as convolutions: the same function, whatever the slopes and whoever reads it."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from scripts.rewrite_prelu import rewrite_prelu
from vs_lipsync.weights.onnx import reproducible_session

CHANNELS = 8


@pytest.mark.parametrize("pooled", [False, True], ids=["read by convolutions", "read by a maximum too"])
def test_it_is_the_same_function(pooled: bool) -> None:
    rng = np.random.default_rng(1)
    constants = {}

    def stored(name: str, *shape: int) -> str:
        constants[name] = rng.normal(0, 0.5, shape).astype(np.float32)
        return name

    def convolution(read: str, made: str, channels: int = CHANNELS, group: int = 1) -> onnx.NodeProto:
        weights, bias = stored(f"{made}.weights", CHANNELS, channels // group, 3, 3), stored(f"{made}.bias", CHANNELS)
        return helper.make_node("Conv", [read, weights, bias], [made], pads=[1, 1, 1, 1], group=group)

    def prelu(read: str, made: str) -> onnx.NodeProto:
        slopes = stored(f"{made}.slopes", CHANNELS, 1, 1)
        chosen = rng.permutation(np.array([0.25, 1.5, -0.5, 3, 1, 0, 2, -2], np.float32))
        constants[slopes] = chosen.reshape(CHANNELS, 1, 1)
        return helper.make_node("PRelu", [read, slopes], [made])

    nodes = [
        convolution("image", "a", 3),
        prelu("a", "b"),  # read by a convolution of each kind, and by a sum whose PReLU sees its signs
        convolution("b", "c", group=CHANNELS),
        prelu("c", "d"),
        convolution("d", "e"),
        helper.make_node("Add", ["b", "e"], ["f"]),
        prelu("f", "g"),
        convolution("g", "h"),
    ]
    if pooled:
        nodes.append(helper.make_node("MaxPool", ["g"], ["i"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
    nodes.append(helper.make_node("Add", ["h", "i"], ["result"]) if pooled else prelu("h", "result"))
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 12, 12])],
        [helper.make_tensor_value_info("result", TensorProto.FLOAT, [1, CHANNELS, 12, 12])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
    image = {"image": rng.normal(size=(1, 3, 12, 12)).astype(np.float32)}
    (wanted,) = reproducible_session(model.SerializeToString()).run(None, image)
    rewritten = rewrite_prelu(model)
    assert "PRelu" not in {node.op_type for node in rewritten.graph.node}
    (found,) = reproducible_session(rewritten.SerializeToString()).run(None, image)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
