"""Numbers that tell how good a result is: of pictures, of mouth motion, and of how the two agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Agreement",
    "Interval",
    "amplitude_ratio",
    "bootstrap",
    "closure",
    "jitter",
    "lag_correlation",
    "mse",
    "partial_correlation",
    "psnr",
    "sharpness",
    "shifted",
    "silence_opening",
    "ssim",
]


_STRIP = 64
"""Rows for which SSIM is computed at once: what they need fits into a processor's cache."""


def mse(a: NDArray[np.generic], b: NDArray[np.generic]) -> float:
    """Return the mean squared difference of two arrays of one shape, in squared sample values.

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
        peak: the greatest value a sample can have (`planes.SampleFormat.peak`).
    """
    error = mse(a, b)
    return float("inf") if error == 0 else float(10.0 * np.log10(peak * peak / error))


def ssim(a: NDArray[np.generic], b: NDArray[np.generic], peak: float = 255.0) -> float:
    """Return the mean structural similarity of two planes [height, width], 1 when they are equal.

    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment" (2004), with its constants: an 11 × 11 Gaussian window
    of standard deviation 1.5, K1 = 0.01, K2 = 0.03; over the windows that lie inside the plane. Computed in single
    precision: exact to about 1e-6.

    Args:
        a: a plane of at least 11 × 11 samples.
        b: a plane of the same shape.
        peak: the greatest value a sample can have.

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
    """Return the weighted mean over every window of SSIM that lies inside a plane."""
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5)[5:-5, 5:-5], np.float32)


def sharpness(plane: NDArray[np.generic], mask: NDArray[np.bool_] | None = None) -> float:
    """Return the variance of the Laplacian of a plane [height, width], in squared sample values.

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (2000). Compare only pictures of the same
    thing at the same size.

    Args:
        plane: samples.
        mask: [height, width] where to measure; None for everywhere.
    """
    laplacian = cv2.Laplacian(np.ascontiguousarray(plane, np.float64), cv2.CV_64F)
    return float(np.var(laplacian if mask is None else laplacian[mask]))


def shifted(
    a: NDArray[np.floating], b: NDArray[np.floating], lag: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the parts of two series that meet when `a` is `lag` samples late: a[t + lag] goes with b[t]."""
    n = min(len(a), len(b))
    return a[max(0, lag) : n + min(0, lag)], b[max(0, -lag) : n + min(0, -lag)]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well one series follows another.

    Attributes:
        correlation: Pearson's, at the best lag; 0 where a series does not vary.
        lag: that lag in samples; positive when the first series is late.
    """

    correlation: float
    lag: int


def lag_correlation(a: NDArray[np.floating], b: NDArray[np.floating], reach: int = 2, around: int = 0) -> Agreement:
    """Return the greatest correlation of two series [n] over the lags around - reach to around + reach.

    Args:
        a: the series that is judged.
        b: the series that it should follow; the longer one is cut.
        reach: lags to try on each side, in samples.
        around: the lag in the middle.
    """
    lags = sorted(range(around - reach, around + reach + 1), key=abs)
    found = [Agreement(_correlation(*shifted(a, b, lag)), lag) for lag in lags]
    return max(found, key=lambda agreement: agreement.correlation)


def partial_correlation(a: NDArray[np.floating], b: NDArray[np.floating], given: NDArray[np.floating]) -> float:
    """Return the correlation of two series [n] once what a third one, or several [n, k], explains linearly is removed.

    With `a` the mouth that was made, `b` the mouth that was there, and `given` the mouth that was asked for, it tells
    how much of the old mouth shows through.
    """
    known = np.column_stack([np.ones(len(a)), np.asarray(given, np.float64).reshape(len(a), -1)])
    rest = [np.asarray(s, np.float64) - known @ np.linalg.lstsq(known, s, rcond=None)[0] for s in (a, b)]
    return _correlation(rest[0], rest[1])


def amplitude_ratio(made: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Return the standard deviation of one series [n] over that of another."""
    return float(np.std(made) / np.std(real))


def jitter(series: NDArray[np.floating]) -> float:
    """Return the mean absolute second difference of a series [n, ...]: its acceleration, per squared sample period."""
    return float(np.mean(np.abs(np.diff(series, 2, axis=0))))


def closure(made: NDArray[np.floating], touching: NDArray[np.bool_], limit: float = 0.015) -> float:
    """Return the share of the frames in which real lips touch where the made ones do as well; NaN if there are none.

    Args:
        made: [n] opening of the made lips above that of the closed mouth, inter-ocular units.
        touching: [n] whether real lips touch.
        limit: greatest opening that still counts as closed.
    """
    return float(np.mean(made[touching] <= limit)) if np.any(touching) else float("nan")


def silence_opening(
    opening: NDArray[np.floating], speech: NDArray[np.bool_], rate: float, margin: float = 0.2, level: float = 0.95
) -> float:
    """Return a quantile of the opening [n] in pauses, less a margin at both ends.

    Lips may take a moment to shut, and open before the voice is heard.

    Args:
        opening: of the made lips above that of the closed mouth.
        speech: [n] whether somebody speaks.
        rate: samples of the series per second.
        margin: seconds of a pause that do not count, at either end.
        level: which quantile.

    Returns:
        The quantile; NaN when there is no such time.
    """
    reach = int(np.ceil(margin * rate))
    near = np.convolve(np.asarray(speech, np.float64), np.ones(2 * reach + 1))[reach : reach + len(speech)] > 0.5
    return float(np.quantile(opening[~near], level)) if not near.all() else float("nan")


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with the range in which it lies in 95 of 100 repetitions."""

    value: float
    low: float
    high: float


def bootstrap(
    values: Sequence[float] | NDArray[np.floating],
    groups: Sequence[str],
    statistic: Callable[[NDArray[np.float64]], float],
    repeats: int = 1000,
    seed: int = 0,
) -> Interval:
    """Return a statistic of values [n] with a 95 % interval, drawing whole groups (speakers) with replacement.

    Clips of one speaker are alike, so that drawing clips would make the interval too narrow (Efron 1979).
    """
    data = np.asarray(values, np.float64)
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    parts = [data[member == k] for k in range(len(names))]
    rng = np.random.default_rng(seed)
    draws = [
        statistic(np.concatenate([parts[k] for k in rng.integers(0, len(parts), len(parts))])) for _ in range(repeats)
    ]
    known = np.array(draws)[np.isfinite(draws)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return Interval(statistic(data), float(low), float(high))


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return Pearson's correlation; 0 where a series is too short or does not vary."""
    if len(a) < 3 or np.std(a) < 1e-9 or np.std(b) < 1e-9:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _same_shape(a: NDArray[np.generic], b: NDArray[np.generic]) -> None:
    if a.shape != b.shape:
        raise ValueError(f"shapes differ: {a.shape} and {b.shape}")
