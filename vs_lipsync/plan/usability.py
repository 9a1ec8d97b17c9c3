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


def judge(landmarks: NDArray[np.float32], presence: NDArray[np.float32], width: int, height: int) -> list[Reason]:
    """Judge faces, one by one.

    Args:
        landmarks: [n, 468, 3] in luma samples of the picture.
        presence: [n] the landmark net's presence logits.
        width: width of the picture, in luma samples.
        height: height of the picture.

    Returns:
        For each face Reason.TARGET when it can be dubbed, else why not.
    """
    units = inter_ocular(landmarks)
    turns = np.array([pose.angles[:2] for pose in Pose.of_each(landmarks)]).reshape(-1, 2)
    lips = landmarks[:, list(LIPS), :2]
    margins = 0.1 * units[:, None]
    inside = (lips.min(1) >= margins) & (lips.max(1) <= np.array([width, height]) - 1 - margins)
    reasons = (
        (presence < MIN_PRESENCE, Reason.UNSURE),
        (units < MIN_INTER_OCULAR, Reason.TOO_SMALL),
        ((np.abs(turns) > (MAX_YAW, MAX_PITCH)).any(1), Reason.TURNED_AWAY),
        (~inside.all(1), Reason.CUT_OFF),
    )
    return [next((reason for holds, reason in reasons if holds[face]), Reason.TARGET) for face in range(len(landmarks))]
