"""Where chroma samples sit, and reading planes between their samples."""

import numpy as np
import pytest

from vs_lipsync.planes.colour import Seam, ramp
from vs_lipsync.planes.image import Crop, Region, SampleFormat
from vs_lipsync.planes.resample import in_plane, sample, sample_sites, to_samples

YUV420 = SampleFormat("yuv", np.dtype(np.float32), 32, 1, 1)


@pytest.mark.parametrize(
    ("location", "first"),
    [(0, (0.0, 0.5)), (1, (0.5, 0.5)), (2, (0.0, 0.0)), (3, (0.5, 0.0)), (4, (0.0, 1.0)), (5, (0.5, 1.0))],
)
def test_chroma_location(location: int, first: tuple[float, float]) -> None:
    xs, ys = sample_sites(Region(10, 20, 8, 4), YUV420, 1, location)
    np.testing.assert_array_equal(xs, 10 + first[0] + np.arange(0, 8, 2))
    np.testing.assert_array_equal(ys, 20 + first[1] + np.arange(0, 4, 2))


@pytest.mark.parametrize("location", range(6))
def test_all_planes_show_the_same_place(location: int) -> None:
    """A ramp over the picture, sampled where each plane's samples sit, reads as the same ramp from every plane."""
    region = Region(16, 8, 40, 32)
    planes = []
    for plane in range(3):
        xs, ys = sample_sites(region, YUV420, plane, location)
        planes.append((0.01 * xs[None] + 0.003 * ys[:, None]).astype(np.float32))
    crop = Crop(region, tuple(planes), YUV420, location)
    x, y = np.meshgrid(np.linspace(26, 46, 9, dtype=np.float32), np.linspace(18, 30, 7, dtype=np.float32))
    for plane in range(3):
        difference = sample(crop, plane, in_plane(np.dstack([x, y]), crop, plane)) - (0.01 * x + 0.003 * y)
        assert np.abs(difference[1:-1, 1:-1]).max() < 2e-3  # at the edges there is nothing to sharpen against


def test_chroma_at_its_own_sites_is_unchanged() -> None:
    rng = np.random.default_rng(0)
    planes = tuple(rng.random((16 >> s, 16 >> s), dtype=np.float32) for s in (0, 1, 1))
    crop = Crop(Region(4, 4, 16, 16), planes, YUV420)
    places = np.dstack(np.meshgrid(*sample_sites(crop.region, YUV420, 1, 0)))
    np.testing.assert_allclose(sample(crop, 1, in_plane(places, crop, 1)), planes[1], atol=1e-6)


def test_rounding_stays_in_range() -> None:
    ten = SampleFormat("yuv", np.dtype(np.uint16), 10, 1, 1)
    values = np.array([[-3.0, 0.6, 511.5, 1023.4, 2000.0]], np.float32)
    assert to_samples(values, ten).tolist() == [[0, 1, 512, 1023, 1023]]
    assert to_samples(values, YUV420).tolist() == values.tolist()


def test_colour_offset_meets_along_the_seam() -> None:
    rng = np.random.default_rng(0)
    here = rng.normal(100, 5, (40, 60)).astype(np.float32)
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, 60), np.linspace(-0.5, 0.5, 40))
    there = (here + 6 + 8 * x - 5 * y).astype(np.float32)
    seam = np.zeros((40, 60), bool)
    seam[:4] = seam[-4:] = seam[:, :4] = seam[:, -4:] = True
    offset = ramp(Seam.of(seam).offset(here, there), here.shape)
    assert abs(offset.mean() - 6) < 0.3
    assert np.abs(here + offset - there).max() < 2.5
    assert not Seam.of(np.zeros((40, 60), bool)).offset(here, there).any()


def test_colour_offset_leaves_out_what_does_not_fit() -> None:
    """A tenth of the seam lies on the background of one of the pictures: its 70 would pull the others by up to 20."""
    rng = np.random.default_rng(1)
    here = rng.normal(100, 2, (40, 60)).astype(np.float32)
    there = (here + 6 + rng.normal(0, 1, here.shape)).astype(np.float32)
    here[:, :6] += 70
    seam = np.ones((40, 60), bool)
    offset = ramp(Seam.of(seam).offset(here, there), here.shape)
    assert np.abs(offset[:, 6:] - 6).max() < 2
