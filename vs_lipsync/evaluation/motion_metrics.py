"""Metrics of motion: of a series of mouth openings over time, or of two such series.

Series are sampled at constant rate; openings are in inter-ocular distances. Lags count samples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Agreement",
    "amplitude_ratio",
    "closure",
    "jitter",
    "lag_correlation",
    "partial_correlation",
    "shifted",
    "silence_opening",
]


def shifted(
    a: NDArray[np.floating], b: NDArray[np.floating], lag: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the parts of two series [n] that overlap when `a` is `lag` samples late: a[t + lag] goes with b[t]."""
    n = min(len(a), len(b))
    return a[max(0, lag) : n + min(0, lag)], b[max(0, -lag) : n + min(0, -lag)]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well one series follows another.

    Attributes:
        correlation: Pearson's correlation at the best lag; 0 where a series does not vary.
        lag: the best lag in samples; positive when the first series is late.
    """

    correlation: float
    lag: int


def lag_correlation(a: NDArray[np.floating], b: NDArray[np.floating], reach: int = 2, around: int = 0) -> Agreement:
    """Return the greatest correlation of two series over the lags from around - reach to around + reach.

    Args:
        a: [n] the series that is judged.
        b: [m] the series that it should follow; the longer one is cut at its end.
        reach: greatest distance of a lag from the middle one, in samples.
        around: the lag in the middle, in samples.
    """
    lags = sorted(range(around - reach, around + reach + 1), key=abs)
    agreements = [Agreement(_correlation(*shifted(a, b, lag)), lag) for lag in lags]
    return max(agreements, key=lambda agreement: agreement.correlation)


def partial_correlation(a: NDArray[np.floating], b: NDArray[np.floating], control: NDArray[np.floating]) -> float:
    """Return the partial correlation of two series: that of their residuals after regression on the control series.

    With `a` the opening of the result, `b` that of the original and `control` the requested one, it is a measure of how
    much of the original's motion is left in the result.

    Args:
        a: [n] a series.
        b: [n] another series.
        control: [n] or [n, k] the series whose linear influence is removed.
    """
    regressors = np.column_stack([np.ones(len(a)), np.asarray(control, np.float64).reshape(len(a), -1)])
    rest = [np.asarray(s, np.float64) - regressors @ np.linalg.lstsq(regressors, s, rcond=None)[0] for s in (a, b)]
    return _correlation(rest[0], rest[1])


def amplitude_ratio(made: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Return the standard deviation of a made series [n] over that of a real one [m]."""
    return float(np.std(made) / np.std(real))


def jitter(series: NDArray[np.floating]) -> float:
    """Return the mean absolute second difference of a series [n, ...], in its unit per squared sample period."""
    return float(np.mean(np.abs(np.diff(series, 2, axis=0))))


def closure(made: NDArray[np.floating], touching: NDArray[np.bool_], limit: float = 0.015) -> float:
    """Return the share, 0..1, of the frames with closed real lips in which the made lips are closed, too.

    Args:
        made: [n] opening of the made lips less that of the closed mouth, in inter-ocular distances.
        touching: [n] whether the real lips touch.
        limit: greatest opening that counts as closed.

    Returns:
        The share; NaN if the real lips never touch.
    """
    return float(np.mean(made[touching] <= limit)) if np.any(touching) else float("nan")


def silence_opening(
    opening: NDArray[np.floating], speech: NDArray[np.bool_], rate: float, margin: float = 0.2, level: float = 0.95
) -> float:
    """Return a quantile of the opening in pauses of speech.

    The ends of pauses do not count: lips take a moment to shut, and open before the voice is heard.

    Args:
        opening: [n] opening of the made lips less that of the closed mouth, in inter-ocular distances.
        speech: [n] whether somebody speaks.
        rate: samples per second.
        margin: seconds at either end of a pause that do not count.
        level: the quantile, 0..1.

    Returns:
        The quantile; NaN when no pause is long enough.
    """
    reach = int(np.ceil(margin * rate))
    near = np.convolve(np.asarray(speech, np.float64), np.ones(2 * reach + 1))[reach : reach + len(speech)] > 0.5
    return float(np.quantile(opening[~near], level)) if not near.all() else float("nan")


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return Pearson's correlation of two series [n]; 0 if they are shorter than 3 samples or one does not vary."""
    a, b = a.astype(np.float64), b.astype(np.float64)  # in single precision, a constant may seem to vary
    if len(a) < 3 or np.std(a) < 1e-9 or np.std(b) < 1e-9:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
