"""The small pictures of the page."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.report.pictures import face_picture, shot_picture


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.asarray(bgr[:, :, ::-1], np.uint8)


@pytest.mark.parametrize(("height", "width", "shown"), [(540, 960, 171), (960, 540, 54), (48, 48, 96), (2000, 4, 1)])
def test_a_shot_keeps_its_shape(height: int, width: int, shown: int) -> None:
    picture = np.full((height, width, 3), (200, 90, 30), np.uint8)
    made = decoded(shot_picture(picture))
    assert made.shape == (96, shown, 3)
    np.testing.assert_allclose(made.mean((0, 1)), (200, 90, 30), atol=3)


def test_a_face_is_cut_out_with_room_around_it() -> None:
    """A red square of 80 pixels fills 0.8 of the picture's sides, also where it is cut off at the picture's edge."""
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[40:120, 100:180] = (255, 0, 0)
    made = decoded(face_picture(picture, np.array([100, 40, 180, 120], np.float32)))
    assert made.shape == (72, 72, 3)
    assert (made[:, :, 0] > 127).mean() == pytest.approx(0.64, abs=0.03)
    assert made[36, 36, 0] > 240 and made[36, 36, 1:].max() < 20
    edge = decoded(face_picture(picture[:, 100:], np.array([0, 40, 80, 120], np.float32)))
    assert (edge[20:52, 2, 0] > 200).all()  # the border is repeated beyond the left edge
