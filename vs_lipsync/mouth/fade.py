"""Weights that blend between the speaker's own mouth and the dub's where dubbing begins and ends in a shot."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FADE", "fade"]

FADE: Final = 4
"""Length of a blend in frames: at 25 a second, about as long as lips take to open."""


def fade(dubbed: NDArray[np.bool_], shots: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weight of the dub's mouth in each frame of a window.

    Where a frame that passes lies beside dubbed frames of its shot, since the face turns away or the dub begins there,
    the mouth would jump from one frame to the next. At a cut it may. The weights are a smoothstep of the distance.

    Args:
        dubbed: [n] which frames of a window are dubbed.
        shots: [n] number of the first frame of each frame's shot.

    Returns:
        [n] 0..1: 0 in frames that pass, less than 1 within FADE frames of one of the same shot that passes, else 1.
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
