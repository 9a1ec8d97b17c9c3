"""Confidence intervals of statistics over clips of few speakers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "bootstrap"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A statistic with its 95 % confidence interval.

    Attributes:
        value: the statistic of all values.
        low: lower bound of the interval; NaN if it is unknown.
        high: upper bound of the interval; NaN if it is unknown.
    """

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
    """Return a statistic with its interval by the bootstrap (Efron 1979), drawing whole groups with replacement.

    Clips of one speaker are alike, so that drawing single clips would make the interval too narrow.

    Args:
        values: [n] what the statistic is of.
        groups: [n] the group, which is the speaker, of each value.
        statistic: a function of any number of values; where it is not finite, the draw is left out.
        repeats: number of draws.
        seed: of the random numbers.
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
