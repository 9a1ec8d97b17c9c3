"""Matches the colour of one picture to another along a seam."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Seam", "ramp"]

_MOST_SAMPLES = 2000
"""Samples of a seam that are compared at most, evenly spread."""

_ROUNDS = 2
"""Times that samples are weighed by how well they fit."""

_USUAL = 3.0
"""Residual, as a multiple of the median one, at which a sample counts half."""

_DAMPING = 0.02
"""Of the slopes, for each sample: a seam that is seen from one side only says nothing about the other."""


@dataclass(frozen=True, slots=True)
class Seam:
    """Samples of a plane along which two pictures meet.

    Attributes:
        rows: [n] rows of the samples that are compared.
        columns: [n] their columns.
        terms: [3, n] 1, x and y of each, x and y from -0.5 to 0.5 over the picture.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    terms: NDArray[np.float32]

    @classmethod
    def of(cls, seam: NDArray[np.bool_]) -> "Seam":
        """Take the samples [h, w] that are True."""
        places = np.flatnonzero(seam)
        height, width = seam.shape
        rows, columns = np.divmod(places[:: max(1, -(-len(places) // _MOST_SAMPLES))], width)
        terms = np.ones((3, len(rows)), np.float32)
        terms[1], terms[2] = columns / width - 0.5, rows / height - 0.5
        return cls(rows, columns, terms)

    def offset(self, here: NDArray[np.float32], there: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what to add to a plane `here` [h, w] so that it meets the plane `there` [h, w] along the seam.

        The difference over the seam is fitted by a plane, which takes up a change of light across the mouth and cannot
        carry texture from the seam inwards. Samples that do not fit count less (Cauchy's weights): where a face is
        turned, the seam of one picture may lie on the background.

        Returns:
            [3] the plane a + b x + c y for `ramp`, in values of samples; 0 if the seam is empty.
        """
        if not self.terms.size:
            return np.zeros(3, np.float32)
        apart = there[self.rows, self.columns] - here[self.rows, self.columns]
        found = self._fit(apart, np.ones(len(apart), np.float32))
        for _ in range(_ROUNDS):
            rest = np.abs(apart - found @ self.terms)
            usual = float(np.median(rest))
            if not usual > 0:
                break
            weights = 1 / (1 + (rest / np.float32(_USUAL * usual)) ** 2)
            found = self._fit(apart, weights.astype(np.float32))
        return found

    def detail(self, plane: NDArray[np.float32]) -> float:
        """Return how much fine detail a plane [h, w] has along the seam, in values of samples: 0 where it is flat.

        It is the mean distance of a sample from its four neighbours' mean.
        """
        if not self.terms.size:
            return 0.0
        rows, columns = self.rows.clip(1, plane.shape[0] - 2), self.columns.clip(1, plane.shape[1] - 2)
        beside = plane[rows, columns - 1] + plane[rows, columns + 1]
        above = plane[rows - 1, columns] + plane[rows + 1, columns]
        return float(np.abs(plane[rows, columns] - np.float32(0.25) * (beside + above)).mean())

    def _fit(self, apart: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the plane [3] that fits differences [n] best, each with a weight."""
        weighted = self.terms * weights
        normal = weighted @ self.terms.T + weights.sum() * np.diag([0.0, _DAMPING, _DAMPING]).astype(np.float32)
        return np.asarray(np.linalg.solve(normal, weighted @ apart), np.float32)


def ramp(coefficients: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the plane a + b x + c y [h, w] over a picture of that shape, x and y from -0.5 to 0.5."""
    height, width = shape
    a, b, c = coefficients
    across = (np.arange(width, dtype=np.float32) / width - 0.5) * b
    down = (np.arange(height, dtype=np.float32) / height - 0.5) * c
    return np.asarray(a + across[None] + down[:, None], np.float32)
