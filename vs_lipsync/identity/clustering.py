"""The people of a clip, told apart by their faces, without anybody saying who they are."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

__all__ = ["group", "most_shown", "spread_out"]

SAME: Final = 0.55
"""Mean distance of two groups of faces below which they are one person's: between the 0.2 to 0.4 of one person and the
0.65 to 0.9 of two."""


def spread_out(length: int, count: int, step: int) -> list[int]:
    """Return at most `count` frames spread evenly over a clip, all multiples of `step`."""
    return sorted({int(n) // step * step for n in np.linspace(0, length - 1, count)})


def group(embeddings: NDArray[np.floating]) -> list[list[int]]:
    """Return the rows of embeddings [n, 128] that belong to one person, for each person."""
    if len(embeddings) < 2:
        return [[n] for n in range(len(embeddings))]
    labels = fcluster(linkage(np.asarray(embeddings, np.float64), "average"), SAME, "distance")
    return [np.flatnonzero(labels == label).tolist() for label in dict.fromkeys(labels)]


def most_shown(embeddings: NDArray[np.floating], frames: Sequence[int], areas: Sequence[float]) -> list[int]:
    """Return the rows of the person whom most frames show; of equals, the one whose faces are larger.

    Args:
        embeddings: [n, 128] of faces.
        frames: [n] the frame of each.
        areas: [n] how large each is.
    """

    def shown(rows: list[int]) -> tuple[int, float]:
        return len({frames[row] for row in rows}), sum(areas[row] for row in rows)

    return max(group(embeddings), key=shown, default=[])
