"""Faces cut out of clips, in which things are drawn before the mouths."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from scripts.covering.halves import REAL_COVERS
from vs_lipsync.faces.detections import Detector
from vs_lipsync.faces.face import FaceFinder
from vs_lipsync.faces.landmarks import LIPS, Pose, inter_ocular
from vs_lipsync.graph.analysis import proxy_rgb
from vs_lipsync.plan.usability import MAX_YAW, MIN_PRESENCE
from vs_lipsync.planes.frames import rgb_of

__all__ = ["MIDDLE", "SIDE", "UNIT", "Faces", "read_faces"]

UNIT: Final = 32.0
"""Pixels of a crop for an inter-ocular distance."""

SIDE: Final = 96
"""Rows and columns of a crop."""

MIDDLE: Final = SIDE / 2 - 0.5
"""Where the middle of a crop lies."""

FRAMES: Final = 80
"""Frames of a clip that are looked at, evenly spread."""

_UP: Final = 0.35
_SMALLEST: Final = 12.0


@dataclass(frozen=True)
class Faces:
    """Faces of one clip, or of several.

    Attributes:
        crops: [n, SIDE, SIDE, 3] uint8, RGB; the middle of the lips lies 0.35 inter-ocular distances under the middle.
        points: [n, 468, 2] float32: landmarks in pixels of the crops.
        weights: [n] how often each is to be taken: speakers that are seen for long count less a frame.
    """

    crops: NDArray[np.uint8]
    points: NDArray[np.float32]
    weights: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Join the faces of several clips."""
        weights = np.concatenate([part.weights for part in parts])
        return cls(
            np.concatenate([part.crops for part in parts]),
            np.concatenate([part.points for part in parts]),
            weights / weights.sum(),
        )


def read_faces(path: Path) -> Faces | None:
    """Cut the faces out of frames, evenly spread over a clip, that show nothing before a mouth; None without faces."""
    clip = vs.core.bs.VideoSource(str(path), cachemode=0)
    proxy = proxy_rgb(clip)
    detect, find = Detector(), FaceFinder()
    crops, points = [], []
    end = REAL_COVERS.get(path.stem, (clip.num_frames, 0))[0]
    for number in range(0, end, max(1, clip.num_frames // FRAMES)):
        with proxy.get_frame(number) as frame:
            rgb = rgb_of(frame).copy()
        for face in find(rgb, detect(rgb)):
            unit, (yaw, _, roll) = float(inter_ocular(face.landmarks)), Pose.of(face.landmarks).angles
            if unit < _SMALLEST or face.presence < MIN_PRESENCE or abs(yaw) > MAX_YAW:
                continue
            crop, moved = _cut(rgb, face.landmarks, unit, roll)
            crops.append(crop)
            points.append(moved)
    if not crops:
        return None
    return Faces(np.array(crops), np.array(points), np.full(len(crops), len(crops) ** -0.7))


def _cut(
    rgb: NDArray[np.uint8], landmarks: NDArray[np.float32], unit: float, roll: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return a face turned upright, and its landmarks there."""
    angle, scale = np.radians(roll), UNIT / unit
    cosine, sine = np.cos(angle), np.sin(angle)
    centre = landmarks[list(LIPS), :2].mean(0) + _UP * unit * np.array([sine, -cosine])
    turn = scale * np.array([[cosine, sine], [-sine, cosine]])
    shift = MIDDLE - turn @ centre
    if scale < 1:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.4 / scale), np.uint8)
    crop = cv2.warpAffine(rgb, np.c_[turn, shift], (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8), np.asarray(landmarks[:, :2] @ turn.T + shift, np.float32)
