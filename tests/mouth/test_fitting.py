"""Where an exemplar's skin does not meet the frame's own, the frame's is kept."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.mouth.fitting import kept_where_fitting

SIZE = 100.0
HEIGHT, WIDTH = 120, 160
MIDDLE = np.array([80.0, 60.0])


def ellipse(width: float, height: float) -> NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    return MIDDLE + np.stack([width * np.cos(turn), height * np.sin(turn)], axis=1)


def soft(outline: NDArray[np.float64]) -> NDArray[np.float32]:
    solid = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.fillConvexPoly(solid, np.rint(outline).astype(np.int32), (1.0,))
    return np.asarray(cv2.GaussianBlur(solid, (21, 21), 0), np.float32)


WEIGHT = soft(ellipse(65, 45))
LIPS = ellipse(30, 12)


def kept(apart: NDArray[np.float32]) -> NDArray[np.float32]:
    """Show a mouth that differs by that much from its frame, in parts of the range; a tenth of it is matched."""
    frame, matched = np.full(apart.shape, 90.0, np.float32), np.array([25.5, 0.0, 0.0], np.float32)
    mouths = [
        (np.float32(0.75), frame + 255 * apart - 25.5, matched),
        (np.float32(0.25), frame + 255 * apart, 0 * matched),
    ]
    return kept_where_fitting(WEIGHT, WEIGHT, mouths, frame, 255.0, LIPS, SIZE)


def test_skin_that_fits_is_shown_as_it_is() -> None:
    apart = np.full((HEIGHT, WIDTH), 0.03, np.float32)
    apart[50:70, 60:100] = 0.6  # another mouth, as is wanted
    apart += np.random.default_rng(0).normal(0, 0.01, apart.shape).astype(np.float32)  # and grain
    assert kept(apart) is WEIGHT


@pytest.mark.parametrize("difference", [-0.3, 0.3])
def test_background_in_place_of_a_cheek_is_not_shown(difference: float) -> None:
    apart = np.zeros((HEIGHT, WIDTH), np.float32)
    apart[:, 135:] = difference
    shown = kept(apart)
    assert (shown <= WEIGHT + 1e-6).all()
    assert np.abs(shown * apart).max() < 0.4 * np.abs(WEIGHT * apart).max()
    assert shown[60, 138] < 0.2 * WEIGHT[60, 138]
    np.testing.assert_allclose(shown[:, :90], WEIGHT[:, :90], atol=0.02)  # the mouth, and the other cheek
    steps = np.abs(np.diff(shown, axis=1)).max()
    assert steps < 1.5 * np.abs(np.diff(WEIGHT, axis=1)).max() + 0.02  # no edge of its own


def test_lips_are_shown_whatever_is_about_them() -> None:
    shown = kept(np.full((HEIGHT, WIDTH), 0.5, np.float32))
    inside = soft(ellipse(24, 9)) > 0.99
    assert shown[inside].min() > 0.8
