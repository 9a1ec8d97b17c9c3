"""Matches the colour of one picture to another along a seam."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Seam", "ramp"]

_MOST_SAMPLES = 2000
"""Samples of a seam that are compared at most, evenly spread."""

_DAMPING = 0.02
"""Of the slopes, for each sample: a seam that is seen from one side only says nothing about the other."""


@dataclass(frozen=True, slots=True)
class Seam:
    """Samples of a plane along which two pictures meet.

    Attributes:
        rows: [n] rows of the samples that are compared.
        columns: [n] their columns.
        fit: [3, n] takes differences at the samples to the plane a + b x + c y that fits them best, x and y from -0.5
            to 0.5 over the picture.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    fit: NDArray[np.float32]

    @classmethod
    def of(cls, seam: NDArray[np.bool_]) -> "Seam":
        """Take the samples [h, w] that are True."""
        places = np.flatnonzero(seam)
        height, width = seam.shape
        if not len(places):
            return cls(places, places, np.zeros((3, 0), np.float32))
        rows, columns = np.divmod(places[:: -(-len(places) // _MOST_SAMPLES)], width)
        terms = np.ones((3, len(rows)), np.float32)
        terms[1], terms[2] = columns / width - 0.5, rows / height - 0.5
        normal = terms @ terms.T + len(rows) * np.diag([0.0, _DAMPING, _DAMPING]).astype(np.float32)
        return cls(rows, columns, np.asarray(np.linalg.solve(normal, terms), np.float32))

    def offset(self, here: NDArray[np.float32], there: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what to add to a plane `here` [h, w] so that it meets the plane `there` [h, w] along the seam.

        The difference over the seam is fitted by a plane, which takes up a change of light across the mouth and cannot
        carry texture from the seam inwards.

        Returns:
            [3] the plane's a, b and c for `ramp`, in values of samples; 0 if the seam is empty.
        """
        return self.fit @ (there[self.rows, self.columns] - here[self.rows, self.columns])


def ramp(coefficients: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the plane a + b x + c y [h, w] over a picture of that shape, x and y from -0.5 to 0.5."""
    height, width = shape
    a, b, c = coefficients
    across = (np.arange(width, dtype=np.float32) / width - 0.5) * b
    down = (np.arange(height, dtype=np.float32) / height - 0.5) * c
    return np.asarray(a + across[None] + down[:, None], np.float32)
