"""Groups the embeddings of a clip's faces by person."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["group", "most_shown", "spread_out"]

SAME: Final = 0.55
"""Mean Euclidean distance of two groups of embeddings up to which they belong to one person. It lies between the 0.2 to
0.4 measured within one person and the 0.65 to 0.9 between two."""


def spread_out(length: int, count: int, step: int) -> list[int]:
    """Return at most `count` frame numbers in 0..length - 1, rising, spread evenly, all multiples of `step`."""
    return sorted({int(n) // step * step for n in np.linspace(0, length - 1, count)})


def group(embeddings: NDArray[np.floating]) -> list[list[int]]:
    """Group embeddings by person: average-linkage clustering, cut at the distance `SAME`.

    Args:
        embeddings: [n, 128], n at least 0.

    Returns:
        For each person the rows of their embeddings, rising; people are in the order of their first rows.
    """
    if len(embeddings) < 2:
        return [[n] for n in range(len(embeddings))]
    from scipy.cluster.hierarchy import fcluster, linkage  # slow to load, and few calls come here

    labels = fcluster(linkage(np.asarray(embeddings, np.float64), "average"), SAME, "distance")
    return [np.flatnonzero(labels == label).tolist() for label in dict.fromkeys(labels)]


def most_shown(embeddings: NDArray[np.floating], frames: Sequence[int], areas: Sequence[float]) -> list[int]:
    """Return the rows of the person who is in most frames; of equals, the one with the greater sum of areas.

    Args:
        embeddings: [n, 128] of faces.
        frames: [n] number of the frame that each face is in.
        areas: [n] area of each face, in any unit.

    Returns:
        The rows, rising; none if n is 0.
    """

    def shown(rows: list[int]) -> tuple[int, float]:
        return len({frames[row] for row in rows}), sum(areas[row] for row in rows)

    return max(group(embeddings), key=shown, default=[])
