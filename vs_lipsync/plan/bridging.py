"""Faces that the landmark net is unsure of for a moment, carried from the frames before to those behind."""

from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOMENT", "bridge"]

MOMENT: Final = 4
"""Frames in a row that are bridged at most: a sixth of a second, in which a head moves nearly evenly."""


def bridge(
    landmarks: NDArray[np.float32], presence: NDArray[np.float32], least: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Put a face that was found with too little presence, for a moment, on the way between its neighbours.

    In small, blurred or covered faces the net's presence falls below what is used, and its points wander, for single
    frames; a mouth that came and went with them would be seen.

    Args:
        landmarks: [n, points, 3] of one face in consecutive frames; any values where it was not found.
        presence: [n] logits; NaN where it was not found.
        least: presence from which a face is used.

    Returns:
        Landmarks and presence, interpolated linearly in runs of up to `MOMENT` frames that lie between frames with
        `least` or more, and in each of which the face was found; the others as they were.
    """
    landmarks, presence = landmarks.copy(), presence.copy()
    sure = presence >= least
    start = 0
    for state, group in groupby(sure.tolist()):
        stop = start + len(list(group))
        inside = start > 0 and stop < len(sure)
        if not state and inside and stop - start <= MOMENT and not np.isnan(presence[start:stop]).any():
            before, after = start - 1, stop
            weight = ((np.arange(start, stop) - before) / (after - before)).astype(np.float32)
            presence[start:stop] = (1 - weight) * presence[before] + weight * presence[after]
            weight = weight[:, None, None]
            landmarks[start:stop] = (1 - weight) * landmarks[before] + weight * landmarks[after]
        start = stop
    return landmarks, presence
