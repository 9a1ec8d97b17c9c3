"""Frames in which something lies before the mouth, told from how much of it single pictures show covered."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import Pose

__all__ = ["find_covered"]

SURE: Final = 0.25
"""Covered share of the mouth from which something lies before it."""

LEVEL, STEEP = 15.0, 10.0
"""Degrees of pitch from which a face looks down, and by how many more it takes twice as much to be sure: its lips are
foreshortened, and read up to 0.42 with nothing before them."""

BEGUN: Final = 0.08
"""Share from which frames beside such a one belong to it: what comes, goes, or is moved away for a moment."""

BESIDE: Final = 2
"""Frames on either side of a cover that pass as well: no mouth is taken from where its edge or shadow touches it."""

REACH: Final = 2
"""Frames to either side whose median counts: what lies before a mouth for less than three frames is not seen."""

USUAL: Final = 0.25
"""Quantile of a face's shares in a shot that is taken to be usual for it: some beards are seen as half a cover."""


def find_covered(cover: NDArray[np.floating], landmarks: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell in which frames something lies before a mouth.

    Args:
        cover: [n] of one face in consecutive frames of a shot, `Face.cover`; NaN where the face was not found.
        landmarks: [n, 468, 3] of that face; any values where it was not found.

    Returns:
        [n] whether it is covered; False where the face was not found.
    """
    seen = np.isfinite(cover)
    if not seen.any():
        return seen
    steady = _medians(cover)
    usual = min(float(np.quantile(cover[seen], USUAL)), BEGUN)
    begun = seen & (steady - usual >= BEGUN)
    covered = np.zeros(len(cover), bool)
    edges = np.flatnonzero(np.diff(begun, prepend=False, append=False))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if (steady[start:stop] - usual >= _least(landmarks[start:stop])).any():
            covered[max(start - BESIDE, 0) : stop + BESIDE] = True
    return covered & seen


def _least(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the share from which something lies before a mouth [n] for faces [n, 468, 3]."""
    pitch = np.array([pose.angles[1] for pose in Pose.of_each(landmarks)])
    return np.asarray(SURE * (1 + np.maximum(pitch - LEVEL, 0) / STEEP), np.float64)


def _medians(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the median of each value [n] and those within REACH of it that are numbers; NaN where there is none."""
    padded = np.pad(np.asarray(values, np.float64), REACH, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1)
    known = np.isfinite(windows).any(1)
    result = np.full(len(values), np.nan)
    result[known] = np.nanmedian(windows[known], axis=1)
    return result
