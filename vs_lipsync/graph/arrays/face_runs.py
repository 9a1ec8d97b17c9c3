"""The faces of consecutive frames as packed arrays of one frame, without their pixels."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face
from vs_lipsync.graph.arrays.faces import FACE_ARRAYS, faces_from

__all__ = ["face_run_from", "face_run_to"]


def face_run_to(frames: Sequence[Mapping[str, NDArray[np.generic]]]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the faces of consecutive frames.

    Args:
        frames: for each frame, the arrays of `arrays.faces.faces_to`; others are left out.

    Returns:
        Nothing when there are no faces, or else those arrays of all faces, one frame's after the other's, and
            ends  [frames] int32: how many faces there are up to the end of each frame
    """
    shown = [frame for frame in frames if "landmarks" in frame]
    if not shown:
        return {}
    counts = [len(frame["landmarks"]) if "landmarks" in frame else 0 for frame in frames]
    together = {name: np.concatenate([frame[name] for frame in shown]) for name in FACE_ARRAYS}
    return {**together, "ends": np.cumsum(counts).astype(np.int32)}


def face_run_from(arrays: Mapping[str, NDArray[np.generic]], length: int) -> list[list[Face]]:
    """Return the faces of each of `length` frames from the arrays of `face_run_to`; their landmarks are views."""
    if "ends" not in arrays:
        return [[] for _ in range(length)]
    faces = faces_from(arrays)
    return [faces[first:stop] for first, stop in pairwise([0, *arrays["ends"].tolist()])]
