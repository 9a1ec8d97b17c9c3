"""Sample formats and planes for tests of packed arrays."""

import numpy as np

from vs_lipsync.planes.image import Planes, Region, SampleFormat

__all__ = ["FORMATS", "assert_equal", "planes"]

FORMATS = (
    SampleFormat("yuv", np.dtype(np.uint16), 10, 1, 1),
    SampleFormat("gray", np.dtype(np.uint8), 8),
    SampleFormat("rgb", np.dtype(np.float32), 32),
)


def planes(video: SampleFormat, region: Region) -> Planes:
    rng = np.random.default_rng(region.x)
    shapes = [(region.height >> y, region.width >> x) for x, y in map(video.subsampling, range(video.planes))]
    return tuple((rng.random(shape) * video.peak).astype(video.dtype) for shape in shapes)


def assert_equal(a: Planes, b: Planes) -> None:
    for one, other in zip(a, b, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
