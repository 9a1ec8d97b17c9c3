"""A plain dark interior of the mouth, for footage that never shows one."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import INNER_LIP
from vs_lipsync.planes.composite import plane_mask
from vs_lipsync.planes.image import Crop, Region

__all__ = ["darken_interior"]

_DARKEST = 0.22
"""Brightness at full strength as a part of what was there, in the clip's own transfer curve."""

_LIP_ROWS = slice(20, 40)


def darken_interior(
    planes: Sequence[NDArray[np.float32]],
    crop: Crop,
    region: Region,
    target: NDArray[np.float64],
    size: float,
    amount: float,
) -> None:
    """Darken the area between the inner lips in place, with a soft edge.

    Args:
        planes: planes of the region, float32 in values of samples; changed in place.
        crop: the crop that the region lies in, for its format and range.
        region: aligned to whole chroma samples.
        target: [53, 2] mouth points in luma samples of the picture.
        size: inter-ocular distance in luma samples.
        amount: strength, 0 to 1.
    """
    outline = target[_LIP_ROWS]
    order = [*range(11), *range(19, 10, -1)]  # around the mouth: the lower lip, then the upper one back
    assert len(order) == len(INNER_LIP)
    polygon = np.rint((outline[order] - [region.x, region.y]) * 16).astype(np.int32)
    inside = np.zeros((region.height, region.width), np.float32)
    cv2.fillPoly(inside, [polygon], (1.0,), cv2.LINE_AA, 4)
    blur = 2 * max(1, round(0.012 * size)) + 1
    inside = np.asarray(cv2.GaussianBlur(inside, (blur, blur), 0), np.float32)
    black = 0.0 if crop.full_range or crop.format.family == "rgb" else 16 / 255 * crop.format.peak
    if crop.format.dtype.kind == "f":
        black = 0.0
    for plane, values in enumerate(planes):
        weight = amount * plane_mask(inside, crop.format, plane)
        if crop.format.family == "yuv" and plane:
            grey = 0.0 if crop.format.dtype.kind == "f" else (crop.format.peak + 1) / 2
            values[:] += weight * 0.5 * (grey - values)
        else:
            values[:] += weight * (1.0 - _DARKEST) * (black - values)
