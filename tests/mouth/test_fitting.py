"""Where an exemplar's skin does not meet the frame's own, the frame's is kept."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH_POINTS, OUTER_LIP
from vs_lipsync.mouth.fitting import kept_where_fitting, left_behind
from vs_lipsync.mouth.profile import INNER_LOWER, INNER_UPPER
from vs_lipsync.mouth.warp_field import bend
from vs_lipsync.planes.image import Region

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


def kept(apart: NDArray[np.float32], left: NDArray[np.float64] | None = None) -> NDArray[np.float32]:
    """Show a mouth that differs by that much from its frame, in parts of the range; a tenth of it is matched."""
    frame, matched = np.full(apart.shape, 90.0, np.float32), np.array([25.5, 0.0, 0.0], np.float32)
    mouths = [
        (np.float32(0.75), frame + 255 * apart - 25.5, matched),
        (np.float32(0.25), frame + 255 * apart, 0 * matched),
    ]
    return kept_where_fitting(
        WEIGHT, WEIGHT, mouths, frame, 255.0, LIPS, lambda: np.empty((0, 2)) if left is None else left, SIZE
    )


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


def test_what_is_left_of_the_old_lips_is_not_kept() -> None:
    apart = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    old = ellipse(16, 10) + np.array([0.0, 34.0])
    below = slice(93, 97), slice(74, 86)
    assert kept(apart)[below].max() < 0.5
    assert kept(apart, old)[below].min() > 0.9


def test_old_lips_are_where_the_skin_shows_them() -> None:
    """They are drawn up by a half only; where the mouth is not to shut, none are left behind."""
    mouth = np.zeros((MOUTH_POINTS, 2))
    mouth[: len(OUTER_LIP)] = ellipse(30, 24)
    mouth[list(INNER_LOWER)], mouth[list(INNER_UPPER)] = MIDDLE + np.array([[0.0, 10.0]]), MIDDLE
    shut = mouth.copy()
    shut[list(INNER_LOWER)] = MIDDLE
    here = np.array([[0.0, 0.0], [WIDTH, 0.0], [0.0, HEIGHT], [WIDTH, HEIGHT]])
    skin = bend(Region(0, 0, WIDTH, HEIGHT), 4.0, here, here + np.array([0.0, 5.0]), follow=True)
    left = left_behind(mouth, shut, skin, SIZE)
    np.testing.assert_allclose((left.min(0) + left.max(0)) / 2, MIDDLE - np.array([0.0, 5.0]), atol=2.5)
    np.testing.assert_allclose(np.ptp(left, axis=0), 1.2 * np.array([60.0, 48.0]), atol=6.0)
    assert not len(left_behind(shut, mouth, skin, SIZE))
    assert not len(left_behind(mouth, mouth, skin, SIZE))
