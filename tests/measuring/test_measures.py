"""The measures that the scripts use, where the right answer is known."""

import numpy as np
import pytest

from scripts.measuring.pictures import compared, gmsd
from scripts.measuring.ranking import area_under_curve


def test_equal_pictures_do_not_differ_and_worse_ones_differ_more() -> None:
    rng = np.random.default_rng(1)
    true = np.asarray(rng.uniform(0, 255, (40, 50)), np.float32)
    noise = np.asarray(rng.normal(0, 10, true.shape), np.float32)
    assert gmsd(true, true) == pytest.approx(0.0, abs=1e-6)
    assert 0 < gmsd(true + noise, true) < gmsd(true + 4 * noise, true)
    np.testing.assert_allclose(compared(true, true), [60.0, 1.0, 0.0, 1.0], atol=1e-5)


def test_the_area_under_the_curve() -> None:
    assert area_under_curve(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1.0
    assert area_under_curve(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0.5
    assert area_under_curve(np.array([0.0]), np.array([1.0, 2.0, -1.0])) == pytest.approx(1 / 3)
