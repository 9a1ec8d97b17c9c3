"""Pictures with a known difference (under 1 s)."""

import numpy as np
import pytest

from vs_lipsync.evaluation.picture_difference import Picture, compare, decibels
from vs_lipsync.planes.image import Region

BOX = Region(10, 20, 8, 6)


def picture(height: int = 48, width: int = 64) -> Picture:
    return np.random.default_rng(0).integers(40, 200, (height, width, 3)).astype(np.uint8)


def test_equal_pictures() -> None:
    found = compare(picture(), picture(), BOX, BOX)
    assert (found.squares, found.squares_inside, found.ssim, found.sharpness) == (0, 0, 1, 1)
    assert (found.samples, found.samples_inside) == (48 * 64 * 3, 8 * 6 * 3)
    assert decibels(found.squares, found.samples) == float("inf")
    assert np.isnan(decibels(0, 0))


def test_constant_error() -> None:
    found = compare(picture(), picture() + np.uint8(3), BOX, None)
    assert found.squares == 9 * found.samples
    assert found.squares_inside == 9 * found.samples_inside
    assert decibels(found.squares, found.samples) == pytest.approx(10 * np.log10(255**2 / 9))
    assert 0.99 < found.ssim < 1
    assert np.isnan(found.sharpness)


def test_error_inside_the_box_alone() -> None:
    changed = picture()
    changed[20:26, 10:18] += 5
    found = compare(picture(), changed, BOX, BOX)
    assert found.squares == found.squares_inside == 25 * found.samples_inside
    assert found.sharpness == pytest.approx(1)
    assert compare(picture(), changed, None, None).samples_inside == 0


def test_sharpness_falls_where_the_lips_are_blurred() -> None:
    blurred = picture()
    blurred[BOX.y : BOX.bottom, BOX.x : BOX.right] //= 2
    assert compare(picture(), blurred, None, BOX).sharpness == pytest.approx(0.25, abs=0.02)
    assert np.isnan(compare(np.full((48, 64, 3), 7, np.uint8), blurred, None, BOX).sharpness)


def test_tiny_pictures_have_no_ssim() -> None:
    assert np.isnan(compare(picture(8, 64), picture(8, 64), None, None).ssim)
