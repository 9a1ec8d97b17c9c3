"""The boxes of a picture in which the mouth, or the lips alone, are judged."""

from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS, MOUTH, inter_ocular
from vs_lipsync.graph.properties import ACTION, BOX
from vs_lipsync.planes.image import Region

__all__ = ["lip_box", "mouth_box"]

MOUTH_MARGIN: Final = 0.6
"""Margin about lips and jaw, in inter-ocular distances. The default generator changes nothing further than 0.4 from
where they are and where they go."""

LIP_MARGIN: Final = 0.15
"""Margin about the lips, in widths of the lips."""


def mouth_box(landmarks: NDArray[np.float32] | None, result: vs.VideoFrame) -> Region | None:
    """Return the box in which a frame of a result may differ from the original.

    Args:
        landmarks: [468, 3] of the target in the original, in luma samples; None if there is no usable face.
        result: the frame of the result. If it has the filter's properties, LipSyncBox is the box, and the landmarks are
            not used; several boxes are joined to one.

    Returns:
        The box in luma samples; None where no mouth is changed.
    """
    if ACTION in result.props:
        box = result.props.get(BOX)
        if box is None:
            return None
        boxes = np.asarray(box, int).reshape(-1, 4)
        low, high = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
        return Region(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
    if landmarks is None:
        return None
    return _around(landmarks, MOUTH, MOUTH_MARGIN * float(inter_ocular(landmarks)), result)


def lip_box(landmarks: NDArray[np.float32], frame: vs.VideoFrame) -> Region | None:
    """Return a tight box about the lips of landmarks [468, 3], in luma samples; None if it is outside of the frame."""
    lips = landmarks[list(LIPS), 0]
    return _around(landmarks, LIPS, LIP_MARGIN * float(np.ptp(lips)), frame)


def _around(
    landmarks: NDArray[np.float32], points: tuple[int, ...], margin: float, frame: vs.VideoFrame
) -> Region | None:
    """Return the box of some of the landmarks, grown by a margin in luma samples, as far as it lies in the frame."""
    chosen = landmarks[list(points), :2]
    low = np.maximum(np.floor(chosen.min(0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(chosen.max(0) + margin) + 1, [frame.width, frame.height]).astype(int)
    width, height = (int(side) for side in high - low)
    return Region(int(low[0]), int(low[1]), width, height) if min(width, height) > 0 else None
