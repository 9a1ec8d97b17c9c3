"""Matches the colour of one picture to another along a seam."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["match_offset"]

_MOST_SAMPLES = 2000
"""Samples of a seam that are compared at most, evenly spread."""


def match_offset(here: NDArray[np.float32], there: NDArray[np.float32], seam: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return what to add to a plane `here` so that it meets the plane `there` along a seam.

    The difference over the seam is fitted by a plane (a + b x + c y), which takes up a change of light across the mouth
    and cannot carry texture from the seam inwards.

    Args:
        here: [h, w] plane that is put in.
        there: [h, w] plane that surrounds it.
        seam: [h, w] True for the samples to compare.

    Returns:
        [h, w] offset, in values of samples; all 0 if the seam is empty.
    """
    places = np.flatnonzero(seam)
    height, width = here.shape
    if not len(places):
        return np.zeros((height, width), np.float32)
    rows, columns = np.divmod(places[:: -(-len(places) // _MOST_SAMPLES)], width)
    x, y = (columns / width - 0.5).astype(np.float32), (rows / height - 0.5).astype(np.float32)
    difference = there[rows, columns] - here[rows, columns]
    terms = np.stack([np.ones_like(x), x, y], 1)
    # A little damping of the slopes: a seam seen from one side only says nothing about the other.
    normal = terms.T @ terms + len(x) * np.diag([0.0, 0.02, 0.02]).astype(np.float32)
    a, b, c = np.linalg.solve(normal, terms.T @ difference)
    ramp_x = (np.arange(width, dtype=np.float32) / width - 0.5) * b
    ramp_y = (np.arange(height, dtype=np.float32) / height - 0.5) * c
    return np.asarray(a + ramp_x[None] + ramp_y[:, None], np.float32)
