"""A linear judge that learns to tell real stretches from made ones by what is counted of them, of other speakers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.measuring.ranking import area_under_curve

__all__ = ["Counted", "told_apart"]

_WEIGHT_DECAY = 1e-3

_ROUNDS = 25
"""Steps of Newton's method at most."""


@dataclass(frozen=True)
class Counted:
    """What was counted of one speaker.

    Attributes:
        real: [n, k] of real stretches.
        made: [n, k] of the same stretches, made.
    """

    real: NDArray[np.float64]
    made: NDArray[np.float64]


def told_apart(speakers: Sequence[Counted], folds: int = 6) -> float:
    """Return how often a made stretch seems more made than a real one of the same speaker, as a mean over speakers.

    Logistic regression; speakers are judged by one that has seen those of the other folds. 0.5 if they cannot be told.

    Args:
        speakers: what was counted of them.
        folds: number of judges.
    """
    areas = []
    for fold in range(folds):
        seen = [one for k, one in enumerate(speakers) if k % folds != fold]
        real, made = (np.concatenate([getattr(one, kind) for one in seen]) for kind in ("real", "made"))
        both = np.concatenate([real, made])
        middle = np.median(both, axis=0)
        scale = np.quantile(np.abs(both - middle), 0.8, axis=0) + 1e-9
        weights = _fitted(_terms(both, middle, scale), np.repeat([0.0, 1.0], (len(real), len(made))))
        for one in speakers[fold::folds]:
            made_look, real_look = (_terms(each, middle, scale) @ weights for each in (one.made, one.real))
            areas.append(area_under_curve(made_look, real_look))
    return float(np.mean(areas))


def _terms(values: NDArray[np.float64], middle: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values [n, k] at a common scale, with a column of ones [n, k + 1]; few are far out."""
    return np.asarray(np.c_[np.arcsinh((values - middle) / scale), np.ones(len(values))], np.float64)


def _fitted(terms: NDArray[np.float64], made: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights [k] of a logistic regression of `made` [n] on terms [n, k]."""
    count, size = terms.shape
    weights = np.zeros(size)
    for _ in range(_ROUNDS):
        likely = (1 + np.tanh(terms @ weights / 2)) / 2
        slope = terms.T @ (likely - made) / count + _WEIGHT_DECAY * weights
        bend = (terms * (likely * (1 - likely))[:, None]).T @ terms / count + _WEIGHT_DECAY * np.eye(size)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-4:
            break
    return weights
