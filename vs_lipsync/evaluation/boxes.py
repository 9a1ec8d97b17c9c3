"""Where the mouth is in a picture."""

from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS, MOUTH, inter_ocular
from vs_lipsync.graph.properties import ACTION, BOX
from vs_lipsync.planes.image import Region

__all__ = ["lip_box", "mouth_box"]

MOUTH_MARGIN: Final = 0.6
"""Inter-ocular distances about lips and jaw. The default generator changes nothing further than 0.4 from where they are
and where they go."""

LIP_MARGIN: Final = 0.15
"""Widths of the lips about them."""


def mouth_box(landmarks: NDArray[np.float32] | None, result: vs.VideoFrame) -> Region | None:
    """Return the box that a dubbed frame may differ in; None where the mouth is to be left alone.

    Args:
        landmarks: [468, 3] of the target speaker in the original, in luma samples; None if there is no usable face.
        result: the frame that is judged; what it says itself, as frames straight from the filter do, goes first.
    """
    if ACTION in result.props:
        box = result.props.get(BOX)
        if box is None:
            return None
        boxes = np.asarray(box, int).reshape(-1, 4)  # several mouths count as one
        low, high = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
        return Region(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
    if landmarks is None:
        return None
    return _around(landmarks, MOUTH, MOUTH_MARGIN * inter_ocular(landmarks), result)


def lip_box(landmarks: NDArray[np.float32], frame: vs.VideoFrame) -> Region | None:
    """Return a tight box about the lips of landmarks [468, 3]; None when nothing of it is inside the frame."""
    lips = landmarks[list(LIPS), 0]
    return _around(landmarks, LIPS, LIP_MARGIN * float(np.ptp(lips)), frame)


def _around(
    landmarks: NDArray[np.float32], points: tuple[int, ...], margin: float, frame: vs.VideoFrame
) -> Region | None:
    chosen = landmarks[list(points), :2]
    low = np.maximum(np.floor(chosen.min(0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(chosen.max(0) + margin) + 1, [frame.width, frame.height]).astype(int)
    width, height = (int(side) for side in high - low)
    return Region(int(low[0]), int(low[1]), width, height) if min(width, height) > 0 else None
