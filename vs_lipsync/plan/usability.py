"""Whether a face can be given a new mouth."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS, Pose, inter_ocular
from vs_lipsync.plan.frame_plan import Reason

__all__ = ["judge"]

MIN_INTER_OCULAR: Final = 14.0
"""Luma samples between the eyes below which lips are a handful of pixels and nobody sees them move."""

MAX_YAW: Final = 46.0
"""Degrees of yaw beyond which half of the mouth is hidden. FaceMesh flattens faces: a head turned by 50 to 60 degrees
reads so."""

MAX_PITCH: Final = 40.0
"""Degrees of pitch beyond which the mouth is foreshortened to a line."""

MIN_PRESENCE: Final = 10.0
"""Presence logit that a face must have. Real faces, turned ones too, had 13 and more on the trial footage."""


def judge(landmarks: NDArray[np.float32], presence: float, width: int, height: int) -> Reason:
    """Judge one face.

    Args:
        landmarks: [468, 3] in luma samples of the picture.
        presence: FaceMesh's presence logit.
        width: width of the picture, in luma samples.
        height: height of the picture.

    Returns:
        Reason.TARGET when it can be dubbed, else why not.
    """
    if presence < MIN_PRESENCE:
        return Reason.UNSURE
    unit = inter_ocular(landmarks)
    if unit < MIN_INTER_OCULAR:
        return Reason.TOO_SMALL
    yaw, pitch, _ = Pose.of(landmarks).angles
    if abs(yaw) > MAX_YAW or abs(pitch) > MAX_PITCH:
        return Reason.TURNED_AWAY
    lips = landmarks[list(LIPS), :2]
    margin = 0.1 * unit
    if (lips.min(0) < margin).any() or (lips.max(0) > np.array([width, height]) - 1 - margin).any():
        return Reason.CUT_OFF
    return Reason.TARGET
