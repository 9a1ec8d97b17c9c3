"""The warp goes through its points, and never folds."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from vs_lipsync.mouth.warp_field import Field, bend
from vs_lipsync.planes.image import Region

REGION = Region(20, 30, 120, 100)


def _places(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def test_field_is_bilinear_between_its_nodes() -> None:
    rng = np.random.default_rng(1)
    xs, ys = np.linspace(10, 40, 4, dtype=np.float32), np.linspace(5, 25, 5, dtype=np.float32)
    source = rng.normal(size=(5, 4, 2)).astype(np.float32)
    at_x, at_y = _places(10, 17.5, 31.25, 40), _places(5, 9.5, 25)
    found = Field(xs, ys, source).at(at_x, at_y)
    for row, v in enumerate(at_y):
        for column, u in enumerate(at_x):
            i, j = min(int((u - 10) / 10), 2), min(int((v - 5) / 5), 3)
            a, b = (u - 10) / 10 - i, (v - 5) / 5 - j
            corners = source[j : j + 2, i : i + 2]
            expected = (1 - b) * ((1 - a) * corners[0, 0] + a * corners[0, 1])
            expected += b * ((1 - a) * corners[1, 0] + a * corners[1, 1])
            np.testing.assert_allclose(found[row, column], expected, atol=1e-5)


def test_jacobian_bounds_that_of_a_dense_map() -> None:
    rng = np.random.default_rng(2)
    xs, ys = np.linspace(0, 40, 5, dtype=np.float32), np.linspace(0, 30, 4, dtype=np.float32)
    grid = np.stack(np.meshgrid(xs, ys), -1)
    field = Field(xs, ys, (grid + rng.normal(0, 4, grid.shape)).astype(np.float32))
    fine_x, fine_y = np.linspace(0, 40, 401, dtype=np.float32), np.linspace(0, 30, 301, dtype=np.float32)
    x, y = np.moveaxis(field.at(fine_x, fine_y).astype(np.float64), -1, 0)
    dense = np.diff(x, axis=1)[:-1] * np.diff(y, axis=0)[:, :-1] - np.diff(y, axis=1)[:-1] * np.diff(x, axis=0)[:, :-1]
    dense /= 0.01
    least = np.array(
        [[dense[j * 100 : j * 100 + 99, i * 100 : i * 100 + 99].min() for i in range(4)] for j in range(3)]
    )
    np.testing.assert_allclose(field.jacobian(), least, atol=0.05)


def test_bend_goes_through_its_points() -> None:
    rng = np.random.default_rng(3)
    here = np.stack(np.meshgrid(np.linspace(40, 120, 5), np.linspace(50, 110, 5)), -1).reshape(-1, 2)
    there = here + rng.normal(0, 2, here.shape)
    field = bend(REGION, 1.0, here, there, follow=False)
    found = np.diagonal(field.at(here[:, 0].astype(np.float32), here[:, 1].astype(np.float32))).T
    assert np.abs(found - there).max() < 0.1


def test_bend_is_a_thin_plate_spline() -> None:
    """Of displacements that fold nowhere, it is SciPy's interpolation at the nodes."""
    rng = np.random.default_rng(5)
    here = rng.uniform((40, 50), (120, 110), (14, 2))
    there = here + rng.normal(0, 1.5, here.shape)
    field = bend(REGION, 6.0, here, there, follow=False)
    nodes = np.stack(np.meshgrid(field.xs, field.ys), -1).reshape(-1, 2).astype(np.float64)
    reference = nodes + RBFInterpolator(here, there - here, kernel="thin_plate_spline")(nodes)
    np.testing.assert_allclose(field.source.reshape(-1, 2), reference, atol=0.02)


def test_bend_follows_a_turned_and_scaled_source() -> None:
    rng = np.random.default_rng(4)
    here = rng.uniform([30, 40], [130, 120], (12, 2))
    turn = 1.3 * np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])
    field = bend(REGION, 4.0, here, here @ turn + [5, -7], follow=True)
    grid = np.stack(np.meshgrid(field.xs, field.ys), -1)
    np.testing.assert_allclose(field.source, grid @ turn + [5, -7], atol=0.02)
    np.testing.assert_allclose(field.jacobian(), 1.69, rtol=1e-3)


def test_border_stays_where_it_is() -> None:
    field = bend(REGION, 3.0, np.array([[80.0, 80], [60, 70], [90, 100]]), np.array([[84.0, 86], [60, 70], [90, 100]]),
                 follow=False, border=10.0)  # fmt: skip
    grid = np.stack(np.meshgrid(field.xs, field.ys), -1)
    moved = np.abs(field.source - grid).max(-1)
    assert moved.max() > 4
    edge = np.ones((REGION.height, REGION.width), bool)
    edge[1:-1, 1:-1] = False
    still = np.stack(np.meshgrid(np.arange(20, 140), np.arange(30, 130)), -1)
    np.testing.assert_allclose(field.each(REGION)[edge], still[edge], atol=1e-4)


@pytest.mark.parametrize("cell", [1.0, 2.0, 5.0, 7.0, 300.0])
def test_each_sample_of_the_region_is_read_where_the_map_says(cell: float) -> None:
    rng = np.random.default_rng(6)
    here = rng.uniform((40, 50), (120, 110), (14, 2))
    field = bend(REGION, cell, here, here + rng.normal(0, 3, here.shape), follow=False)
    xs, ys = np.arange(20, 140, dtype=np.float32), np.arange(30, 130, dtype=np.float32)
    np.testing.assert_allclose(field.each(REGION), field.at(xs, ys), atol=1e-3)


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_no_folds_whatever_is_asked(seed: int, follow: bool) -> None:
    rng = np.random.default_rng(seed)
    here = rng.uniform([40, 50], [120, 110], (30, 2))
    there = here + rng.normal(0, 12, here.shape)  # points that cross
    field = bend(REGION, 3.0, here, there, follow=follow, border=0.0 if follow else 15.0)
    assert field.jacobian().min() > 0


def test_what_does_not_fold_is_not_pulled_back() -> None:
    here = np.array([[60.0, 60], [100, 60], [60, 100], [100, 100], [80, 80]])
    there = here.copy()
    there[4] += [3, 2]
    field = bend(REGION, 2.0, here, there, follow=False)
    np.testing.assert_allclose(field.at(_places(80), _places(80))[0, 0], (83, 82), atol=0.1)
