"""Finds the frames that begin a shot, with PySceneDetect."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["AFTER", "BEFORE", "find_cuts", "shots_of"]

BEFORE: Final = 3
"""Frames of context that the detector needs before the first frame that it judges."""

AFTER: Final = 2
"""Frames of context that it needs behind the last one."""


def find_cuts(frames: Sequence[NDArray[np.uint8]], *, before: int = BEFORE, after: int = AFTER) -> list[int]:
    """Find the frames that begin a shot.

    With `min_scene_len=0`, AdaptiveDetector judges a frame by those around it alone, so that a clip may be searched in
    pieces: with BEFORE and AFTER frames of context a piece gives the cuts of the whole.

    Args:
        frames: consecutive small pictures [height, width, 3], BGR.
        before: leading frames that are context only.
        after: trailing frames that are context only.

    Returns:
        Indices among the judged frames, 0 being the first behind the leading context.
    """
    from scenedetect import FrameTimecode  # slow to load: it starts a program and reads videos
    from scenedetect.detectors import AdaptiveDetector

    detector = AdaptiveDetector(min_scene_len=0)
    cuts = [
        cut.frame_num
        for number, frame in enumerate(frames)
        for cut in detector.process_frame(FrameTimecode(number, fps=25.0), frame)
    ]
    return [cut - before for cut in cuts if before <= cut < len(frames) - after]


def shots_of(cuts: Sequence[bool] | NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the shots as (first frame, frame behind the last).

    Args:
        cuts: for each frame whether it begins a shot; the first frame always does.
    """
    return list(pairwise([0, *(index for index, cut in enumerate(cuts) if cut and index), len(cuts)]))
