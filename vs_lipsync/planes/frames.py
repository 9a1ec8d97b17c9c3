"""Reads VapourSynth's frames as plain arrays, and their properties as numbers."""

from typing import Final, Literal

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.planes.image import Crop, Region, SampleFormat

__all__ = ["crop_of", "likely_matrix", "number_of", "planes_of", "rgb_of", "sample_format"]


SD_HEIGHT: Final = 576
"""Lines of the tallest standard definition picture."""


def sample_format(video: vs.VideoFormat) -> SampleFormat:
    """Return the description of a VapourSynth format; ValueError for one that is neither GRAY, YUV nor RGB."""
    families: dict[vs.ColorFamily, Literal["gray", "yuv", "rgb"]] = {vs.GRAY: "gray", vs.YUV: "yuv", vs.RGB: "rgb"}
    if video.color_family not in families:
        raise ValueError(f"format {video.name} is not GRAY, YUV or RGB")
    kind = "f" if video.sample_type == vs.FLOAT else "u"
    return SampleFormat(
        families[video.color_family],
        np.dtype(f"{kind}{video.bytes_per_sample}"),
        video.bits_per_sample,
        video.subsampling_w,
        video.subsampling_h,
    )


def likely_matrix(video: vs.VideoFormat, height: int) -> int:
    """Return the H.273 matrix number that players assume where a frame has none.

    It is 0 for RGB, 1 (BT.709) for more than `SD_HEIGHT` lines, else 6 (SMPTE 170M).
    """
    if video.color_family == vs.RGB:
        return int(vs.MATRIX_RGB)
    return int(vs.MATRIX_BT709 if height > SD_HEIGHT else vs.MATRIX_ST170_M)


def planes_of(frame: vs.VideoFrame) -> tuple[NDArray[np.generic], ...]:
    """Return the planes [height, width] of a frame, as views."""
    return tuple(np.asarray(frame[plane]) for plane in range(frame.format.num_planes))


def rgb_of(frame: vs.VideoFrame) -> NDArray[np.uint8]:
    """Return an RGB24 frame as one contiguous picture [height, width, 3]."""
    return np.asarray(cv2.merge([np.asarray(frame[plane], np.uint8) for plane in range(3)]), np.uint8)


def crop_of(frame: vs.VideoFrame, region: Region) -> Crop:
    """Cut an aligned region out of a frame, as views."""
    described = sample_format(frame.format)
    planes = tuple(plane[region.slices(described, index)] for index, plane in enumerate(planes_of(frame)))
    return Crop(region, planes, described, *_colour(frame))


def _colour(frame: vs.VideoFrame) -> tuple[int, int, bool]:
    """Return chroma location and matrix (H.273 numbers) and whether the range is full; where unset, the usual value."""
    location = number_of(frame, "_ChromaLocation", 0)
    matrix = number_of(frame, "_Matrix", vs.MATRIX_UNSPECIFIED)
    if matrix == vs.MATRIX_UNSPECIFIED:
        matrix = likely_matrix(frame.format, frame.height)
    # VapourSynth keeps the deprecated _ColorRange, which is numbered the other way round, as _Range.
    full = number_of(frame, "_Range", vs.RANGE_FULL if frame.format.color_family == vs.RGB else vs.RANGE_LIMITED)
    return location, matrix, full == vs.RANGE_FULL


def number_of(frame: vs.VideoFrame, name: str, unsaid: int) -> int:
    """Return a frame property as an int; of an array the first entry, as VapourSynth's resizer reads it.

    Args:
        frame: the frame.
        name: name of the property.
        unsaid: returned where the property is not set, or is no int.
    """
    value = frame.props.get(name, unsaid)
    if isinstance(value, list):
        value = value[0]
    return int(value) if isinstance(value, int) else int(unsaid)
