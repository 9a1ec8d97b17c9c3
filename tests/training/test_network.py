"""The net that is trained and the one that runs are the same, and hear no more than they say (under 5 s)."""

import numpy as np
import pytest
import torch

from vs_lipsync.speech.head import MotionHead, NetShape
from vs_lipsync.training.network import MotionNet


@pytest.mark.parametrize("shape", [NetShape(), NetShape(components=3, channels=24, dilations=(1, 8))])
def test_numpy_says_what_torch_says(shape: NetShape) -> None:
    torch.manual_seed(0)
    net = MotionNet(shape, 40).eval()
    features = torch.randn(120, 40)
    with torch.inference_mode():
        codes, speech, touching = net(features.T[None])
    found_codes, found_speech, found_touching = MotionHead(shape, net.arrays())(features.numpy())
    assert found_codes.shape == (60, shape.components)
    np.testing.assert_allclose(found_codes, codes[0].T.numpy(), atol=1e-5)
    np.testing.assert_allclose(found_speech, speech[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(found_touching, touching[0].numpy(), atol=1e-5)


def test_net_hears_its_context_and_no_more() -> None:
    shape = NetShape(dilations=(1, 3))
    net = MotionNet(shape, 40).eval()
    assert NetShape.from_text(shape.as_text()) == shape
    features = torch.rand(1, 40, 120)
    other = features.clone()
    other[..., 60:62] += 1  # frame 30
    with torch.inference_mode():
        change = (net(other)[0] - net(features)[0]).abs().sum((0, 1))
    reached = torch.nonzero(change)[:, 0]
    assert int(reached.min()) >= 30 - shape.context
    assert int(reached.max()) <= 30 + shape.context
    assert change[30] > 0


def test_a_net_without_all_of_its_weights_is_refused() -> None:
    arrays = MotionNet(NetShape(), 40).arrays()
    del arrays["out.bias"]
    with pytest.raises(KeyError, match=r"out\.bias"):
        MotionHead(NetShape(), arrays)
