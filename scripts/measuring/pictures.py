"""How far one picture is from another, as the scripts that compare mouths count it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.evaluation.picture_metrics import psnr, sharpness, ssim

__all__ = ["MEASURES", "compared", "gmsd"]

MEASURES = ("psnr", "ssim", "gmsd", "sharpness")
"""What `compared` returns: dB, 0..1, 0 for equal pictures, and the share of the true picture's sharpness."""

_STABILITY = 170.0
"""The constant of GMSD for samples of 0 to 255 (Xue et al. 2014)."""


def compared(made: NDArray[np.float32], true: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return `MEASURES` [4] of a picture [h, w] of values 0 to 255 against the true one; at least 11 × 11 samples."""
    detail = sharpness(made) / max(sharpness(true), 1e-9)
    return np.array([min(psnr(made, true), 60.0), ssim(made, true), gmsd(made, true), detail])


def gmsd(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the gradient magnitude similarity deviation of two planes of values 0 to 255; 0 if they are equal.

    Xue, Zhang, Mou and Bovik, "Gradient magnitude similarity deviation" (2014): halved in size, Prewitt gradients.
    """
    across = np.array([[1, 0, -1]] * 3, np.float32) / 3
    magnitudes = []
    for plane in (a, b):
        half = cv2.blur(plane.astype(np.float32), (2, 2))[::2, ::2]
        magnitudes.append(np.hypot(cv2.filter2D(half, -1, across), cv2.filter2D(half, -1, across.T)))
    x, y = magnitudes
    return float(np.std((2 * x * y + _STABILITY) / (x * x + y * y + _STABILITY)))
