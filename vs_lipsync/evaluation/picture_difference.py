"""How much a picture of the result differs from the original's: what is kept of each pair, for the sums over a clip."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.evaluation import picture_metrics
from vs_lipsync.planes.image import Region

__all__ = ["Picture", "compare", "decibels"]

_PEAK: Final = 255.0

_SMALLEST_FOR_SSIM: Final = 11
"""Rows and columns of the smallest picture that SSIM is defined for."""

_FLAT: Final = 1.0
"""Variance of the Laplacian, in squared 8-bit levels, up to which detail is noise of the conversion to RGB."""

type Picture = NDArray[np.uint8]
"""8-bit R'G'B' [height, width, 3]."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two pictures differ by.

    Attributes:
        squares: sum of the squared differences of all samples, red, green and blue, in squared 8-bit levels.
        samples: number of these samples.
        squares_inside: sum of the squared differences inside the mouth box; 0 without one.
        samples_inside: number of the samples inside the mouth box.
        ssim: structural similarity of the grey pictures; NaN for pictures too small for it.
        sharpness: sharpness of the lips over that of the original's; NaN without lips, or if those have no detail.
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
        original: picture of the original.
        result: picture of the result.
        mouth: box in which the result may differ, in pixels; None if no mouth is changed.
        lips: box in which sharpness is measured, in pixels; None if there are no lips.
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
    """Return the PSNR in dB of a sum of squared differences of 8-bit samples; infinite for 0, NaN without samples."""
    if samples == 0:
        return float("nan")
    return float(10 * np.log10(_PEAK * _PEAK * samples / squares)) if squares else float("inf")


def _squares(a: Picture, b: Picture) -> float:
    """Return the sum of squared differences, which is exact: a whole number below 2**53."""
    return float(cv2.norm(np.ascontiguousarray(a), np.ascontiguousarray(b), cv2.NORM_L2SQR))


def _part(region: Region) -> tuple[slice, slice]:
    """Return the rows and columns of a box."""
    return slice(region.y, region.bottom), slice(region.x, region.right)
