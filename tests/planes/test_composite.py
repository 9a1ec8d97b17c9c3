"""Laying a patch over a picture, against one sample at a time."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.planes.composite import lay_over
from vs_lipsync.planes.image import Planes, Region, SampleFormat

WIDTH, HEIGHT = 48, 32

FORMATS = [
    SampleFormat("gray", np.dtype(np.uint8), 8),
    SampleFormat("yuv", np.dtype(np.uint8), 8, 1, 1),
    SampleFormat("yuv", np.dtype(np.uint16), 10, 1, 1),
    SampleFormat("yuv", np.dtype(np.uint16), 16, 1, 0),
    SampleFormat("yuv", np.dtype(np.uint8), 8, 2, 0),
    SampleFormat("yuv", np.dtype(np.float32), 32),
    SampleFormat("rgb", np.dtype(np.float16), 16),
    SampleFormat("rgb", np.dtype(np.uint16), 12),
]


def picture(video: SampleFormat, width: int, height: int, rng: np.random.Generator) -> Planes:
    planes = []
    for plane in range(video.planes):
        shift_x, shift_y = video.subsampling(plane)
        values = rng.random((height >> shift_y, width >> shift_x)) * video.peak
        planes.append(values.astype(video.dtype))
    return tuple(planes)


def slowly(
    source: Planes, patch: Planes, mask: NDArray[np.float32], region: Region, video: SampleFormat
) -> list[NDArray[np.generic]]:
    result = [plane.copy() for plane in source]
    for index, plane in enumerate(result):
        shift_x, shift_y = video.subsampling(index)
        for y in range(patch[index].shape[0]):
            for x in range(patch[index].shape[1]):
                area = mask[y << shift_y : (y + 1) << shift_y, x << shift_x : (x + 1) << shift_x]
                weight = float(area.mean())
                if weight == 0:
                    continue
                at = (region.y >> shift_y) + y, (region.x >> shift_x) + x
                value = float(source[index][at]) * (1 - weight) + float(patch[index][y, x]) * weight
                plane[at] = value if video.dtype.kind == "f" else round(value)
    return result


@pytest.mark.parametrize("video", FORMATS, ids=lambda video: f"{video.family}{video.bits}")
def test_equals_one_sample_at_a_time(video: SampleFormat) -> None:
    rng = np.random.default_rng(7)
    source = picture(video, WIDTH, HEIGHT, rng)
    region = Region(8, 4, 24, 16)
    patch = picture(video, region.width, region.height, rng)
    mask = np.clip(rng.random((16, 24)) * 1.6 - 0.4, 0, 1).astype(np.float32)
    mask[:4], mask[:, :4] = 0, 0
    target = [plane.copy() for plane in source]
    lay_over(target, source, patch, mask, region, video)
    for got, wanted in zip(target, slowly(source, patch, mask, region, video), strict=True):
        tolerance = 1e-3 if video.dtype.kind == "f" else 1
        np.testing.assert_allclose(got.astype(np.float64), wanted.astype(np.float64), atol=tolerance)


@pytest.mark.parametrize("video", FORMATS, ids=lambda video: f"{video.family}{video.bits}")
def test_what_the_mask_leaves_out_is_not_written(video: SampleFormat) -> None:
    rng = np.random.default_rng(8)
    source = picture(video, WIDTH, HEIGHT, rng)
    region = Region(8, 4, 24, 16)
    patch = picture(video, 24, 16, rng)
    mask = np.zeros((16, 24), np.float32)
    mask[4:12, 8:16] = 1
    target = [plane.copy() for plane in source]
    lay_over(target, source, patch, mask, region, video)
    for index, (got, original, new) in enumerate(zip(target, source, patch, strict=True)):
        rows, columns = Region(16, 8, 8, 8).slices(video, index)
        inner_rows, inner_columns = Region(8, 4, 8, 8).slices(video, index)
        np.testing.assert_array_equal(got[rows, columns], new[inner_rows, inner_columns])
        outside = np.ones(got.shape, bool)
        outside[rows, columns] = False
        np.testing.assert_array_equal(got[outside], original[outside])
