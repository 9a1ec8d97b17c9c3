"""Numbers that tell how a mouth moves, and how closely it follows another or a sound."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    "partial_correlation",
    "shifted",
    "silence_opening",
]


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
    a, b = a.astype(np.float64), b.astype(np.float64)  # in single precision, a constant may seem to vary
    if len(a) < 3 or np.std(a) < 1e-9 or np.std(b) < 1e-9:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
