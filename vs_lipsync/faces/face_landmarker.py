"""MediaPipe's Face Landmarker: 468 3-D points on a face, through ONNX Runtime."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.blazeface import Detection
from vs_lipsync.faces.landmarks import LEFT_EYE, POINTS, RIGHT_EYE
from vs_lipsync.faces.level_crop import LevelCrop
from vs_lipsync.weights.onnx import Session, reproducible_session
from vs_lipsync.weights.shipped import shipped_model
from vs_lipsync.workers import once

__all__ = ["MIN_PRESENCE", "SIDE", "FaceLandmarker", "around"]

SIDE: Final = 256
"""The net looks at SIDE × SIDE pixels."""

MARGIN: Final = 1.5
"""The crop is this many times the face, as the net was trained."""

MIN_PRESENCE: Final = 4.0
"""Presence logit from which it is a face, in a crop around its own points. What BlazeFace finds in 51 clips of 5
seconds and is none (hair, masks, hands, drawings, letters) reached 3.8 there; faces began at 4.1, most of those below
6 in profile, and three quarters lie above 15."""


class FaceLandmarker:
    """The landmark net. May be used from several threads: they share one session, which keeps no state."""

    def __init__(self) -> None:
        self._session = _session()

    def __call__(self, rgb: NDArray[np.uint8], face: Detection) -> tuple[NDArray[np.float32], float]:
        """Find the points of one face.

        Args:
            rgb: [height, width, 3].
            face: where it is; the crop is turned until its eyes are level.

        Returns:
            The points [468, 3] in pixels (a pixel's centre is a whole number; depth in the same unit, away from the
            camera, 0 at the middle of the head), and the presence logit: above 0 it is a face.
        """
        crop_size = face.size * MARGIN
        crop = LevelCrop.of(rgb, face.centre, crop_size, face.eyes, SIDE)
        points, presence = self._session.run(
            ("points", "presence"), {"image": np.asarray(cv2.dnn.blobFromImage(crop.rgb, 1 / 255), np.float32)}
        )
        points = points[:POINTS]
        # The net counts from the edge of the crop: a picture and its mirror image add up to 256.1, not to 255.
        flat = crop.outside(points[:, :2] - 0.5)
        return np.c_[flat, points[:, 2:] * crop_size / SIDE].astype(np.float32), float(presence[0])


def around(points: NDArray[np.float32], presence: float) -> Detection:
    """Return where the points [468, 3] of a face put it."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    eyes = np.stack([points[list(eye), :2].mean(0) for eye in (LEFT_EYE, RIGHT_EYE)]).astype(np.float32)
    return Detection(((low + high) / 2).astype(np.float32), float((high - low).max()), presence, eyes)


@once
def _session() -> Session:
    return reproducible_session(shipped_model("face_landmarks_detector"))
