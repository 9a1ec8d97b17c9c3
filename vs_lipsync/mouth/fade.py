"""From the speaker's own mouth to the dub's and back, without a jump."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FADE", "fade"]

FADE: Final = 4
"""Frames that the change takes: at 25 a second, about as long as lips take to open."""


def fade(dubbed: NDArray[np.bool_], shots: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much of the dub's mouth each frame shows.

    Where dubbed frames of a shot follow or precede others of it that pass, since the face turns away or the dub begins,
    the mouth would jump from one frame to the next. At a cut it may.

    Args:
        dubbed: [n] which frames of a window are dubbed.
        shots: [n] the shot of each.

    Returns:
        [n] 0..1; 0 where a frame passes, less than 1 within FADE frames of one of its shot that does.
    """
    weights = dubbed.astype(np.float64)
    for distance in range(1, FADE + 1):
        limit = distance / (FADE + 1)
        limit = limit * limit * (3 - 2 * limit)
        for near, far in (
            (slice(distance, None), slice(None, -distance)),
            (slice(None, -distance), slice(distance, None)),
        ):
            passes = ~dubbed[far] & (shots[far] == shots[near])
            weights[near][passes] = np.minimum(weights[near][passes], limit)
    return weights
