"""Which voice belongs to which person, by how much speaks for each pair."""

from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_CONFIDENCE", "NOBODY", "Assigned", "assign", "doubt_about"]

NOBODY: Final = -1

LEAST_CONFIDENCE: Final = 0.98
"""How sure it has to be of every voice whose it is."""

_FORBIDDEN: Final = -1e6


@dataclass(frozen=True, slots=True)
class Assigned:
    """The person that a voice is given to.

    Attributes:
        person: row of the person, or NOBODY.
        confidence: 0..1, how likely that is beside the best way to give the voices in which this voice is another's.
    """

    person: int
    confidence: float


def assign(evidence: NDArray[np.floating], nobody: float = 0.0) -> list[Assigned]:
    """Give each voice to a person, no two to the same, so that the evidence for all of them is greatest.

    Args:
        evidence: [people, voices] logarithm of how much likelier it is that the voice is this person's than that it
            is nobody's who is seen.
        nobody: logarithm of the odds, before anything is known, that a voice is nobody's.

    Returns:
        For each voice whom it is given to; NOBODY where more speaks against all people than for one.
    """
    people, voices = evidence.shape
    # Whoever is not seen may be as many people as there are voices.
    scores = np.vstack([evidence, np.full((voices, voices), nobody)]).astype(np.float64)
    best, total = _best(scores)
    found = []
    for voice, person in enumerate(best):
        others = scores.copy()
        others[slice(people, None) if person >= people else person, voice] = _FORBIDDEN
        margin = total - _best(others)[1]
        found.append(Assigned(person if person < people else NOBODY, 1 / (1 + exp(-min(margin, 50.0)))))
    return found


def doubt_about(voice: str, given: Assigned, people: int) -> str | None:
    """Return why it is not clear whose a voice is; None if it is.

    Args:
        voice: what it is called.
        given: whom it is given to.
        people: how many people can be seen.
    """
    if given.person != NOBODY and given.confidence >= LEAST_CONFIDENCE:
        return None
    if not people:
        return f"nobody's face can be seen for long enough to tell who speaks {voice}"
    if given.person == NOBODY:
        return f"no mouth follows {voice} of the {people} that can be seen"
    sure = f"the confidence is {given.confidence:.2f}, and it takes {LEAST_CONFIDENCE}"
    return f"it is not clear who speaks {voice}: {sure}"


def _best(scores: NDArray[np.float64]) -> tuple[list[int], float]:
    """Return the row of each column, no row twice, with the greatest sum, and that sum."""
    from scipy.optimize import linear_sum_assignment  # slow to load, and few calls come here

    rows, columns = linear_sum_assignment(-scores)
    chosen = dict(zip(columns.tolist(), rows.tolist(), strict=True))
    return [chosen[column] for column in range(scores.shape[1])], float(scores[rows, columns].sum())
