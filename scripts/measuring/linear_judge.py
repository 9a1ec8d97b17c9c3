"""A linear judge that learns to tell real stretches from made ones by what is counted of them, of other speakers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from scripts.measuring.ranking import area_under_curve

__all__ = ["Counted", "told_apart"]

_WEIGHT_DECAY = 1e-3


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
        # C weighs the sum over what was seen, and the decay its mean.
        judge = LogisticRegression(C=1 / (_WEIGHT_DECAY * len(both)), solver="newton-cholesky")
        judge.fit(_terms(both, middle, scale), np.repeat([0, 1], (len(real), len(made))))
        for one in speakers[fold::folds]:
            made_look, real_look = (
                judge.decision_function(_terms(each, middle, scale)) for each in (one.made, one.real)
            )
            areas.append(area_under_curve(made_look, real_look))
    return float(np.mean(areas))


def _terms(values: NDArray[np.float64], middle: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values [n, k] at a common scale; few are far out."""
    return np.asarray(np.arcsinh((values - middle) / scale), np.float64)
