"""What light and sharpness of a face are taken to be."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.mouth.drawn import SIZE, YUV420P8, drawn_frame
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.look import LIGHT, light_of, sharpness_of
from vs_lipsync.planes.image import SampleFormat


def _with_luma(frame: MouthFrame, luma: np.ndarray) -> MouthFrame:
    assert frame.crop is not None
    planes = (np.clip(np.rint(luma), 0, 255).astype(np.uint8), *frame.crop.planes[1:])
    return replace(frame, crop=replace(frame.crop, planes=planes))


def _luma(frame: MouthFrame) -> np.ndarray:
    assert frame.crop is not None
    return frame.crop.planes[0].astype(np.float64)


def test_a_slope_of_light_is_made_up_for_and_a_shadow_is_not() -> None:
    frame = drawn_frame(0, 0.1)
    luma = _luma(frame)
    rows, columns = np.mgrid[: luma.shape[0], : luma.shape[1]]
    plain = light_of(frame, SIZE)
    sloped = light_of(_with_luma(frame, luma + 0.1 * columns + 0.05 * rows - 15), SIZE)
    assert plain.shape == (LIGHT,)
    assert np.abs(sloped - plain).max() < 0.004
    shadowed = light_of(_with_luma(frame, np.where(columns < luma.shape[1] / 2, luma - 40, luma)), SIZE)
    assert np.abs(shadowed - plain).max() > 0.03


@pytest.mark.parametrize(
    "sample_format",
    [SampleFormat("gray", np.dtype(np.float16), 16), SampleFormat("yuv", np.dtype(np.uint16), 10, 1, 1)],
)
def test_light_is_the_same_in_any_format(sample_format: SampleFormat) -> None:
    plain, other = (light_of(drawn_frame(0, 0.1, form), SIZE) for form in (YUV420P8, sample_format))
    assert np.abs(plain - other).max() < 0.005


def test_a_blurred_face_is_less_sharp() -> None:
    frame = drawn_frame(0, 0.1)
    blurred = _with_luma(frame, np.asarray(cv2.GaussianBlur(_luma(frame), (0, 0), 1.5)))
    assert sharpness_of(blurred) < sharpness_of(frame) - 0.3
