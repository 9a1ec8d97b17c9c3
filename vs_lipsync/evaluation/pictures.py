"""How much the pictures of a result differ from the original's."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.evaluation import picture_metrics
from vs_lipsync.planes.image import Region

__all__ = ["Picture", "compare", "decibels"]

_PEAK = 255.0
_SMALLEST_FOR_SSIM = 11
_FLAT = 1.0  # squared levels of the Laplacian's variance: less detail than that is noise of the conversion

type Picture = NDArray[np.uint8]
"""[height, width, 3], RGB."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two pictures differ by.

    Attributes:
        squares: sum of the squared differences of all samples, red, green and blue.
        samples: how many samples those are.
        squares_inside: of those inside the mouth box; 0 without one.
        samples_inside: how many those are.
        ssim: structural similarity of the grey pictures; NaN for pictures too small for it.
        sharpness: of the lips, relative to the original's; NaN where there are none, or they have no detail.
    """

    squares: float
    samples: int
    squares_inside: float
    samples_inside: int
    ssim: float
    sharpness: float


def compare(original: Picture, result: Picture, mouth: Region | None, lips: Region | None) -> Difference:
    """Compare two pictures of one size.

    Args:
        original: the picture as it was.
        result: the picture that is judged.
        mouth: where it may differ.
        lips: where its sharpness is looked at.
    """
    inside, count = 0.0, 0
    if mouth is not None:
        part = _part(mouth)
        inside, count = _squares(original[part], result[part]), 3 * mouth.width * mouth.height
    before, after = (np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8) for picture in (original, result))
    squares = _squares(original, result)
    ssim, sharpness = float("nan"), float("nan")
    if min(before.shape) >= _SMALLEST_FOR_SSIM:
        ssim = picture_metrics.ssim(before, after) if squares else 1.0
    if lips is not None:
        detail = picture_metrics.sharpness(before[_part(lips)])
        if detail > _FLAT:
            sharpness = picture_metrics.sharpness(after[_part(lips)]) / detail
    return Difference(squares, original.size, inside, count, ssim, sharpness)


def decibels(squares: float, samples: float) -> float:
    """Return the PSNR of a sum of squared differences of 8-bit samples; infinite when it is 0, NaN of no samples."""
    if samples == 0:
        return float("nan")
    return float(10 * np.log10(_PEAK * _PEAK * samples / squares)) if squares else float("inf")


def _squares(a: Picture, b: Picture) -> float:
    """Return the sum of squared differences, which is exact: a whole number below 2**53."""
    return float(cv2.norm(np.ascontiguousarray(a), np.ascontiguousarray(b), cv2.NORM_L2SQR))


def _part(region: Region) -> tuple[slice, slice]:
    return slice(region.y, region.bottom), slice(region.x, region.right)
