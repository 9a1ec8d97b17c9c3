"""How the skin about a mouth goes with its corners."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH_CORNERS

__all__ = ["carried_along"]

_SHARES: Final = {
    (205, 425): (0.21, 0.20),
    (203, 423): (0.20, 0.18),
    (206, 426): (0.24, 0.25),
    (216, 436): (0.30, 0.44),
    (212, 432): (0.30, 0.58),
    (214, 434): (0.28, 0.45),
    (207, 427): (0.26, 0.30),
    (187, 411): (0.23, 0.24),
    (50, 280): (0.17, 0.18),
    (36, 266): (0.15, 0.11),
}
"""By points of the cheek at the left and the right of the picture: what share of the way of the mouth's corner on their
side they go, across and up or down. Regression over 12 speakers (1527 frames), of points in the pose-free frame on the
corner, the lower lip and the angles of the head, explains 0.6 to 0.9 of how they vary; left and right were averaged."""


def carried_along(points: Sequence[int], moved: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how far points of a face [n] are carried along by the corners of its mouth: [n, 2], in their unit.

    Args:
        points: points of the face. Those that are not on the cheeks stay where they are.
        moved: [53, 2] how far mouth points are moved, upright in the picture.
    """
    side, shares = _table(tuple(points))
    return np.asarray(moved[list(MOUTH_CORNERS)][side] * shares, np.float64)


@cache
def _table(points: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the side [n], 0 at the left of the picture, and the shares [n, 2] of points."""
    known = {point: (side, shares) for pair, shares in _SHARES.items() for side, point in enumerate(pair)}
    rows = [known.get(point, (0, (0.0, 0.0))) for point in points]
    return np.array([side for side, _ in rows]), np.array([shares for _, shares in rows])
