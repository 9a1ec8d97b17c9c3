"""Metrics of pictures: of two that differ (MSE, PSNR, SSIM), or of one (sharpness)."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["mse", "psnr", "sharpness", "ssim"]

_STRIP = 64
"""Rows of windows for which SSIM is computed at once, so that intermediate results fit into a processor's cache."""


def mse(a: NDArray[np.generic], b: NDArray[np.generic]) -> float:
    """Return the mean squared error of two arrays of samples, in squared sample values.

    Args:
        a: samples of any shape.
        b: samples of the same shape.

    Raises:
        ValueError: the shapes differ.
    """
    _same_shape(a, b)
    return float(np.mean((np.asarray(a, np.float64) - np.asarray(b, np.float64)) ** 2))


def psnr(a: NDArray[np.generic], b: NDArray[np.generic], peak: float = 255.0) -> float:
    """Return the peak signal-to-noise ratio of two arrays in dB; infinite when they are equal.

    Args:
        a: samples of any shape.
        b: samples of the same shape.
        peak: the greatest value that a sample can have (`planes.image.SampleFormat.peak`).

    Raises:
        ValueError: the shapes differ.
    """
    error = mse(a, b)
    return float("inf") if error == 0 else float(10.0 * np.log10(peak * peak / error))


def ssim(a: NDArray[np.generic], b: NDArray[np.generic], peak: float = 255.0) -> float:
    """Return the mean structural similarity (SSIM) of two planes, at most 1, which equal planes have.

    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment" (2004), with its constants: an 11 × 11 Gaussian window
    of standard deviation 1.5, K1 = 0.01, K2 = 0.03; over the windows that lie inside the plane. Computed in single
    precision: exact to about 1e-6.

    Args:
        a: plane [height, width] of at least 11 × 11 samples.
        b: plane of the same shape.
        peak: the greatest value that a sample can have.

    Raises:
        ValueError: the shapes differ, or a plane is too small.
    """
    _same_shape(a, b)
    if a.ndim != 2 or min(a.shape) < 11:
        raise ValueError(f"SSIM wants planes of at least 11 x 11 samples, not {a.shape}")

    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    total = 0.0
    for top in range(0, a.shape[0] - 10, _STRIP):
        rows = slice(top, top + _STRIP + 10)
        x, y = np.asarray(a[rows], np.float32), np.asarray(b[rows], np.float32)
        mean_x, mean_y = _windowed(x), _windowed(y)
        product = mean_x * mean_y
        squares = mean_x * mean_x + mean_y * mean_y
        variances, covariance = _windowed(x * x + y * y) - squares, _windowed(x * y) - product
        similarity = (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))
        total += float(similarity.sum(dtype=np.float64))
    return float(total / ((a.shape[0] - 10) * (a.shape[1] - 10)))


def _windowed(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weighted mean over every window of SSIM inside a plane [height, width]: [height - 10, width - 10]."""
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5)[5:-5, 5:-5], np.float32)


def sharpness(plane: NDArray[np.generic], mask: NDArray[np.bool_] | None = None) -> float:
    """Return the variance of the Laplacian of a plane, in squared sample values.

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (2000). Compare only pictures of the same
    thing at the same size.

    Args:
        plane: [height, width] samples.
        mask: [height, width] True where to measure; None for everywhere.
    """
    laplacian = cv2.Laplacian(np.ascontiguousarray(plane, np.float64), cv2.CV_64F)
    return float(np.var(laplacian if mask is None else laplacian[mask]))


def _same_shape(a: NDArray[np.generic], b: NDArray[np.generic]) -> None:
    if a.shape != b.shape:
        raise ValueError(f"shapes differ: {a.shape} and {b.shape}")
