"""Callbacks of the nodes that detect cuts, or read them from a plan file: one frame for each run of frames.

The m-th frame has the array
    cuts   [run] bool: whether frame m · run + i of the clip begins a shot; of no meaning behind the end
"""

from collections.abc import Sequence

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.packing import pack
from vs_lipsync.plan.scenes import AFTER, BEFORE, find_cuts
from vs_lipsync.planes.frames import rgb_of

__all__ = ["Cuts", "StoredCuts"]


class Cuts:
    """Frame m: the cuts of the m-th run.

    Inputs: consecutive RGB24 frames of at least 8 × 8 pixels: BEFORE frames before the run, the run, AFTER frames
    behind it. A frame of the run that has the property _SceneChangePrev begins a shot if that is not 0, whatever its
    picture shows.
    """

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Detect the cuts of the run."""
        pictures = [cv2.cvtColor(rgb_of(frame), cv2.COLOR_RGB2BGR) for frame in f]
        detected = set(find_cuts([np.asarray(picture, np.uint8) for picture in pictures]))
        props = [frame.props.get("_SceneChangePrev") for frame in f[BEFORE : len(f) - AFTER]]
        cuts = [i in detected if prop is None else bool(prop) for i, prop in enumerate(props)]
        return pack({"cuts": np.array(cuts)})


class StoredCuts:
    """Frame m: the cuts of the m-th run, from a plan file.

    Input: any frame; it is not read.
    """

    def __init__(self, cuts: NDArray[np.bool_], run: int) -> None:
        """Take the cuts [frames] of a clip, and the length of a run."""
        self._cuts = cuts
        self._run = run

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Return the cuts of the run."""
        cuts = self._cuts[n * self._run : (n + 1) * self._run]
        return pack({"cuts": np.pad(cuts, (0, self._run - len(cuts)))})
