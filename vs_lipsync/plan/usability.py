"""Whether a face can be given a new mouth."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS, Pose, inter_ocular
from vs_lipsync.plan.frame_plan import Reason

__all__ = ["MIN_PRESENCE", "judge"]

MIN_INTER_OCULAR: Final = 14.0
"""Luma samples between the eyes below which lips are a handful of pixels and nobody sees them move."""

MAX_YAW: Final = 43.0
"""Degrees of yaw beyond which half of the mouth is hidden. The landmark net flattens faces: on the trial footage heads
in profile, one eye hidden, read 44 to 50, and those that show both corners of the mouth up to 43."""

MAX_PITCH: Final = 40.0
"""Degrees of pitch beyond which the mouth is foreshortened to a line. The trial footage has up to 33, with the mouth in
plain view."""

MIN_PRESENCE: Final = 6.0
"""Presence logit that a face must have. Of 5283 faces of the trial footage 0.8 % have less, nearly all in profile, and
their points wander; what is no face reached 3.8 (see `face_landmarker.MIN_PRESENCE`)."""


def judge(landmarks: NDArray[np.float32], presence: float, width: int, height: int) -> Reason:
    """Judge one face.

    Args:
        landmarks: [468, 3] in luma samples of the picture.
        presence: the landmark net's presence logit.
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
