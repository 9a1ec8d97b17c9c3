"""A mouth from a sharp frame is shown as soft as the frame that it is laid over."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.mouth.sharpness import as_soft
from vs_lipsync.planes.colour import Seam
from vs_lipsync.planes.image import SampleFormat

YUV = SampleFormat("yuv", np.dtype(np.uint8), 8, 1, 1)
RGB = SampleFormat("rgb", np.dtype(np.uint8), 8)
SKIN = np.random.default_rng(1).normal(120.0, 20.0, (80, 100)).astype(np.float32)


def ring() -> Seam:
    """Return a seam about the middle of the picture."""
    solid = np.zeros(SKIN.shape, np.float32)
    cv2.ellipse(solid, (50, 40), (35, 25), 0, 0, 360, (1.0,), -1)
    soft = cv2.GaussianBlur(solid, (9, 9), 0)
    return Seam.of((soft > 0.02) & (soft < 0.6))


def blurred(deviation: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(SKIN, (0, 0), deviation), np.float32)


@pytest.mark.parametrize("deviation", [0.5, 0.9, 1.5])
def test_sharp_mouth_becomes_as_soft_as_its_frame(deviation: float) -> None:
    seam, chroma = ring(), SKIN[::2, ::2].copy()
    wanted = seam.detail(blurred(deviation))
    luma, *others = as_soft([SKIN, chroma, chroma], wanted, seam, YUV)
    assert seam.detail(luma) == pytest.approx(wanted, rel=0.15)
    assert luma.mean() == pytest.approx(SKIN.mean(), abs=0.1)
    assert all(plane is chroma for plane in others)


def test_all_planes_of_rgb_become_soft() -> None:
    seam = ring()
    wanted = seam.detail(blurred(1.0))
    made = as_soft([SKIN, SKIN + 5, SKIN - 5], wanted, seam, RGB)
    assert [seam.detail(plane) for plane in made] == pytest.approx([wanted] * 3, rel=0.15)


def test_soft_mouth_stays_as_it_is() -> None:
    seam, plane = ring(), blurred(1.0)
    for other in (SKIN, plane):
        assert as_soft([plane], seam.detail(other), seam, SampleFormat("gray", np.dtype(np.uint8), 8))[0] is plane


def test_flat_frame_and_empty_seam_are_no_trouble() -> None:
    seam = ring()
    (made,) = as_soft([SKIN], 0.0, seam, SampleFormat("gray", np.dtype(np.uint8), 8))
    assert np.isfinite(made).all()
    empty = Seam.of(np.zeros(SKIN.shape, bool))
    assert empty.detail(SKIN) == 0.0
    assert as_soft([SKIN], 0.0, empty, YUV)[0] is SKIN
