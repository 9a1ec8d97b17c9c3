"""Crops as RGB, and changes of RGB as changes of a crop's own samples.

What a network makes is RGB. It is never converted and laid over the clip's samples: only the *change* it makes goes
back, through the linear part of the conversion, so that where nothing changes the samples stay as they are.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.planes.image import Crop, Planes, Region, SampleFormat
from vs_lipsync.planes.resample import sample_sites

__all__ = ["add_rgb", "cut", "to_rgb"]

_RED_BLUE: Final = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.470 B/G
    6: (0.299, 0.114),  # BT.601
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020
}
"""Weights of red and blue in luma, by number of the matrix (H.273, table 4)."""


def _weights(matrix: int) -> tuple[float, float, float]:
    # BT.709 for what a crop does not say, and for matrices that are not of this kind: the way back is the same matrix.
    red, blue = _RED_BLUE.get(matrix, _RED_BLUE[1])
    return red, 1.0 - red - blue, blue


def _levels(sample_format: SampleFormat, *, full_range: bool) -> tuple[float, float, float, float]:
    """Return black, black to white, neutral chroma, and the span of chroma, in values of samples (H.273, 8.3)."""
    if sample_format.dtype.kind == "f":
        return 0.0, 1.0, 0.0, 1.0
    unit = float(1 << (sample_format.bits - 8))
    middle = 128 * unit
    if full_range:
        return 0.0, sample_format.peak, middle, sample_format.peak
    return 16 * unit, 219 * unit, middle, 224 * unit


def cut(crop: Crop, region: Region) -> Crop:
    """Return the part of a crop in an aligned region inside it, as views."""
    inner = Region(region.x - crop.region.x, region.y - crop.region.y, region.width, region.height)
    planes = tuple(plane[inner.slices(crop.format, index)] for index, plane in enumerate(crop.planes))
    return Crop(region, planes, crop.format, crop.chroma_location, crop.matrix, crop.full_range)


def to_rgb(crop: Crop) -> NDArray[np.float32]:
    """Return a crop as R'G'B' [height, width, 3] at luma resolution, 0..1 from black to white.

    Values beyond black and white are kept. Subsampled chroma is interpolated linearly between its sites; gray gives
    three equal channels.
    """
    black, span, neutral, chroma_span = _levels(crop.format, full_range=crop.full_range)
    planes = [np.asarray(plane, np.float32) for plane in crop.planes]
    if crop.format.family != "yuv":
        scaled = [(plane - np.float32(black)) / np.float32(span) for plane in planes]
        return np.stack(scaled if len(scaled) == 3 else scaled * 3, axis=-1)
    red, green, blue = _weights(crop.matrix)
    luma = (planes[0] - np.float32(black)) / np.float32(span)
    cb, cr = (
        (_to_luma_sites(planes[index], crop, index) - np.float32(neutral)) / np.float32(chroma_span) for index in (1, 2)
    )
    r = luma + np.float32(2 * (1 - red)) * cr
    b = luma + np.float32(2 * (1 - blue)) * cb
    g = (luma - np.float32(red) * r - np.float32(blue) * b) / np.float32(green)
    return np.stack([r, g, b], axis=-1)


def add_rgb(crop: Crop, change: NDArray[np.float32]) -> Planes:
    """Return a crop's planes with a change of R'G'B' added.

    Args:
        crop: what is changed.
        change: [height, width, 3] in units of black to white.

    Returns:
        Planes of the crop's format, rounded and clamped to its range; where the change is 0, the crop's samples.
    """
    red, green, blue = _weights(crop.matrix)
    r, g, b = change[..., 0], change[..., 1], change[..., 2]
    luma = np.float32(red) * r + np.float32(green) * g + np.float32(blue) * b
    if crop.format.family == "rgb":
        changes = [r, g, b]
    elif crop.format.family == "gray":
        changes = [luma]
    else:
        cb, cr = (b - luma) / np.float32(2 * (1 - blue)), (r - luma) / np.float32(2 * (1 - red))
        changes = [luma, _to_plane_sites(cb, crop, 1), _to_plane_sites(cr, crop, 2)]
    _, span, _, chroma_span = _levels(crop.format, full_range=crop.full_range)
    return tuple(
        _added(plane, added * np.float32(chroma_span if index and crop.format.family == "yuv" else span), crop.format)
        for index, (plane, added) in enumerate(zip(crop.planes, changes, strict=True))
    )


def _added(plane: NDArray[np.generic], change: NDArray[np.float32], sample_format: SampleFormat) -> NDArray[np.generic]:
    values = plane.astype(np.float32) + change
    if sample_format.dtype.kind != "f":
        values = np.clip(np.rint(values), 0, sample_format.peak)
    return values.astype(sample_format.dtype)


def _sites(crop: Crop, plane: int) -> tuple[int, float, int, float]:
    """Return spacing and first position of a plane's samples in the crop, in luma samples: columns, then rows."""
    shift_x, shift_y = crop.format.subsampling(plane)
    xs, ys = sample_sites(crop.region, crop.format, plane, crop.chroma_location)
    return 1 << shift_x, float(xs[0]) - crop.region.x, 1 << shift_y, float(ys[0]) - crop.region.y


def _to_luma_sites(samples: NDArray[np.float32], crop: Crop, plane: int) -> NDArray[np.float32]:
    step_x, x, step_y, y = _sites(crop, plane)
    if step_x == step_y == 1:
        return samples
    place = np.array([[1 / step_x, 0, -x / step_x], [0, 1 / step_y, -y / step_y]])
    size = (crop.region.width, crop.region.height)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(samples, place, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _to_plane_sites(values: NDArray[np.float32], crop: Crop, plane: int) -> NDArray[np.float32]:
    step_x, x, step_y, y = _sites(crop, plane)
    return _reduced(_reduced(values, step_x, x, 1), step_y, y, 0)


def _reduced(values: NDArray[np.float32], step: int, site: float, axis: int) -> NDArray[np.float32]:
    """Average along an axis around sites `step` samples apart, the first at `site`."""
    if step == 1:
        return values
    if site != int(site):  # between samples: the mean of those it stands for
        shape = (*values.shape[:axis], values.shape[axis] // step, step, *values.shape[axis + 1 :])
        return np.asarray(values.reshape(shape).mean(axis + 1), np.float32)
    # On a sample: a triangle that reaches to the neighbouring sites, the transpose of linear interpolation.
    triangle = (1 - np.abs(np.arange(1 - step, step, dtype=np.float32)) / step) / step
    point = np.ones(1, np.float32)
    across, down = (point, triangle) if axis == 0 else (triangle, point)
    filtered = cv2.sepFilter2D(values, cv2.CV_32F, across, down, borderType=cv2.BORDER_REPLICATE)
    start = int(site)
    return np.asarray(filtered[start::step] if axis == 0 else filtered[:, start::step], np.float32)
