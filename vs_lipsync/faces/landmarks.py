"""The points of a face by name, and faces with their head pose taken out.

MediaPipe's face mesh (468 3-D points) is the one face model of the project: the plan finds its points, the motion net
predicts where some of them go, and the mouth is made by moving them. This module holds what all three share: which
points are which, and the pose-free frame in which lip shapes are compared and added.

The pose-free frame is that of `canonical_face()`, the average face: x to the right of the picture, y down, z away from
the camera, the origin at the mean of the four eye corners, and a length of 1 between the middles of the eyes (the
*inter-ocular* distance).
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from vs_lipsync.weights.shipped import shipped_model

__all__ = [
    "INNER_LIP",
    "JAW",
    "LEFT_EYE",
    "LIPS",
    "MOUTH",
    "MOUTH_CORNERS",
    "MOUTH_POINTS",
    "MOUTH_VALUES",
    "OUTER_LIP",
    "OUTER_LIP_AROUND",
    "POINTS",
    "RIGHT_EYE",
    "STABLE",
    "Pose",
    "canonical_face",
    "inter_ocular",
    "mouth_opening",
    "mouth_width",
    "opening_of",
]

POINTS = 468
"""Number of points of one face."""

OUTER_LIP = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409)
"""Outer contour of the lips: the lower one from corner to corner (11 points), then the upper one between them."""

OUTER_LIP_AROUND = (*OUTER_LIP[:11], *OUTER_LIP[:10:-1])
"""The same points in the order in which the contour goes round."""

INNER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415)
"""Inner contour of the lips, in the same order as `OUTER_LIP`."""

LIPS = OUTER_LIP + INNER_LIP

JAW = (172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397)
"""Edge of the jaw, from the left of the picture over the chin (152) to the right."""

MOUTH = LIPS + JAW
"""The 53 points that speech moves: the layout of every lip motion and of every requested shape."""

MOUTH_POINTS = len(MOUTH)
"""Points of a mouth shape: 53."""

MOUTH_VALUES = 3 * MOUTH_POINTS
"""Coordinates of a mouth shape: 159, x, y and z of each point in turn."""

STABLE = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 10, 67, 297, 103, 332, 127, 356, 70, 300, 105, 334, 9, 8, 151)
"""Eyes, brows, bridge of the nose and forehead: what speech does not move, and so what tells the pose of the head."""

_STABLE = np.array(STABLE)

LEFT_EYE = (33, 133)
"""Corners of the eye at the left of the picture."""

RIGHT_EYE = (362, 263)

# Rows of a MOUTH-shaped array, not numbers of points.
UPPER_LIP_INSIDE = (34, 35, 36)
"""Rows of a mouth shape: the middle of the inner edge of the upper lip."""

LOWER_LIP_INSIDE = (24, 25, 26)
"""Rows of a mouth shape: the middle of the inner edge of the lower lip."""

MOUTH_CORNERS = (0, 10)
"""Rows of a mouth shape: the outer corners of the mouth, left and right in the picture."""


@cache
def canonical_face() -> NDArray[np.float32]:
    """Return the average face [468, 3] in the pose-free frame; points that were not averaged are NaN."""
    stored = load(shipped_model("canonical_face"))
    face = np.full((POINTS, 3), np.nan, np.float32)
    face[stored["indices"]] = stored["points"]
    face.setflags(write=False)
    return face


@cache
def _canonical_stable() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the average face's stable points [24, 3] around their mean, and that mean [3]."""
    stable = canonical_face()[_STABLE].astype(np.float64)
    origin = stable.mean(0)
    return stable - origin, origin


@dataclass(frozen=True, slots=True)
class Pose:
    """The similarity that takes a face as seen to the pose-free frame: `(points - centre) @ rotation * scale + origin`.

    Attributes:
        rotation: [3, 3], proper.
        scale: pose-free units per unit of the face (per luma sample, for landmarks in luma samples).
        centre: [3] mean of the face's stable points.
        origin: [3] mean of the canonical face's stable points.
    """

    rotation: NDArray[np.float64]
    scale: float
    centre: NDArray[np.float64]
    origin: NDArray[np.float64]

    @classmethod
    def of(cls, face: NDArray[np.floating]) -> "Pose":
        """Fit the pose of a face [468, 3] by its stable points, in least squares (Umeyama 1991)."""
        return cls.of_each(face[None])[0]

    @classmethod
    def of_each(cls, faces: NDArray[np.floating]) -> "list[Pose]":
        """Fit the poses of faces [n, 468, 3]: much faster together than one by one."""
        seen = np.asarray(faces[:, _STABLE], np.float64)
        canonical, origin = _canonical_stable()
        centres = seen.mean(1)
        moved = seen - centres[:, None]
        u, s, vt = np.linalg.svd(moved.transpose(0, 2, 1) @ canonical)
        proper = np.ones_like(s)
        proper[:, 2] = np.sign(np.linalg.det(u @ vt))
        scales = (s * proper).sum(1) / (moved**2).sum((1, 2))
        rotations = (u * proper[:, None]) @ vt
        return [cls(*pose, origin) for pose in zip(rotations, scales.tolist(), centres, strict=True)]

    def remove(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Take points [..., 3] of the face to the pose-free frame."""
        return (np.asarray(points, np.float64) - self.centre) @ self.rotation * self.scale + self.origin

    def restore(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Take points [..., 3] of the pose-free frame to where the face is."""
        return (np.asarray(points, np.float64) - self.origin) / self.scale @ self.rotation.T + self.centre

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll in degrees: yaw > 0 looks to the right of the picture, pitch > 0 down, roll clockwise."""
        # Rows are the axes of the seen frame, in the pose-free frame.
        (across_x, _, back_x), (across_y, _, back_y), (_, _, back_z) = self.rotation.tolist()
        yaw = math.atan2(-back_x, back_z)
        pitch = math.asin(min(max(-back_y, -1.0), 1.0))
        roll = math.atan2(across_y, across_x)
        return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def inter_ocular(faces: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the distance [...] between the middles of the eyes of faces [..., 468, 3], in their unit, with depth."""
    left, right = faces[..., list(LEFT_EYE), :].mean(-2), faces[..., list(RIGHT_EYE), :].mean(-2)
    return np.asarray(np.linalg.norm(right - left, axis=-1))


def mouth_opening(shapes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the gap between the lips [...] of mouth shapes [..., 53, 3], in their unit; about 0 when they touch."""
    lower = shapes[..., list(LOWER_LIP_INSIDE), 1].mean(-1)
    return np.asarray(lower - shapes[..., list(UPPER_LIP_INSIDE), 1].mean(-1))


def mouth_width(shapes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the distance between the corners of the mouth [...] of mouth shapes [..., 53, 3], in their unit."""
    left, right = MOUTH_CORNERS
    return np.asarray(np.linalg.norm(shapes[..., right, :] - shapes[..., left, :], axis=-1))


def opening_of(landmarks: NDArray[np.floating]) -> float:
    """Return the gap between the lips of landmarks [468, 3], the head's pose removed, in inter-ocular distances."""
    return float(mouth_opening(Pose.of(landmarks).remove(landmarks[list(MOUTH)])))
