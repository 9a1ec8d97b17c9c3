"""Positions of a plane's samples in the picture, and reading a plane between them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.planes.image import Crop, Region, SampleFormat

__all__ = ["in_plane", "readable", "sample", "sample_sites", "to_samples"]

_SHARPENING = 0.18
"""Share of a plane's difference from its blurred self (3 × 3) that is added to what is read between samples."""

_TOP_SITED, _BOTTOM_SITED = (2, 3), (4, 5)
_LEFT_SITED = (0, 2, 4)


def _site_offset(sample_format: SampleFormat, plane: int, chroma_location: int) -> tuple[float, float]:
    """Return how far a plane's first sample is from the first luma sample, in luma samples (H.273, chroma location)."""
    shift_x, shift_y = sample_format.subsampling(plane)
    centre_x, centre_y = ((1 << shift_x) - 1) / 2, ((1 << shift_y) - 1) / 2
    x = 0.0 if chroma_location in _LEFT_SITED else centre_x
    if chroma_location in _TOP_SITED:
        return x, 0.0
    return x, 2 * centre_y if chroma_location in _BOTTOM_SITED else centre_y


def sample_sites(
    region: Region, sample_format: SampleFormat, plane: int, chroma_location: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the columns and rows of a plane's samples in an aligned region, in luma samples of the picture."""
    shift_x, shift_y = sample_format.subsampling(plane)
    offset_x, offset_y = _site_offset(sample_format, plane, chroma_location)
    xs = region.x + offset_x + np.arange(region.width >> shift_x, dtype=np.float32) * (1 << shift_x)
    ys = region.y + offset_y + np.arange(region.height >> shift_y, dtype=np.float32) * (1 << shift_y)
    return xs.astype(np.float32), ys.astype(np.float32)


def in_plane(places: NDArray[np.float32], crop: Crop, plane: int) -> NDArray[np.float32]:
    """Take places [..., 2], x and y in luma samples of the picture, to samples of a plane of a crop."""
    shift_x, shift_y = crop.format.subsampling(plane)
    offset_x, offset_y = _site_offset(crop.format, plane, crop.chroma_location)
    first = np.array([crop.region.x + offset_x, crop.region.y + offset_y], np.float32)
    return (places - first) * np.array([1 / (1 << shift_x), 1 / (1 << shift_y)], np.float32)


def sample(crop: Crop, plane: int, places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Read a plane of a crop at places between its samples; beyond the edges, the edge is repeated.

    A cubic kernel (Keys 1981, a = -0.75), and for planes at full resolution a trace of sharpening that gives back what
    it takes of the finest grain. A Lanczos kernel of 8 × 8 samples costs four times as much.

    Args:
        crop: the crop.
        plane: index of the plane.
        places: [h, w, 2] columns and rows in samples of the plane, from `in_plane`.

    Returns:
        [h, w] float32, in the values of the plane's samples; not rounded, and not clamped to their range.
    """
    source = readable(crop.planes[plane])
    # Without a second map, OpenCV takes both coordinates from the first.
    read = cv2.remap(source, places, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    values = np.asarray(read, np.float32)
    if any(crop.format.subsampling(plane)):
        return values
    blurred = cv2.GaussianBlur(values, (3, 3), 0)
    return np.asarray(cv2.addWeighted(values, 1 + _SHARPENING, blurred, -_SHARPENING, 0), np.float32)


def readable(samples: NDArray[np.generic]) -> NDArray[np.integer | np.floating]:
    """Return samples in a type that OpenCV's remap reads: all are, but for 16-bit floats."""
    return np.asarray(samples, np.float32 if samples.dtype == np.float16 else None)


def to_samples(values: NDArray[np.float32], sample_format: SampleFormat) -> NDArray[np.generic]:
    """Round and clamp values to the sample type of a format; floats are only converted."""
    if sample_format.dtype.kind == "f":
        return values.astype(sample_format.dtype)
    return np.clip(np.rint(values), 0, sample_format.peak).astype(sample_format.dtype)
