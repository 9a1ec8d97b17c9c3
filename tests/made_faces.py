"""Faces made for tests: the average face, placed where the test wants it."""

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import POINTS, canonical_face

__all__ = ["face_at", "landmarks_at"]


def landmarks_at(x: float, y: float, unit: float = 50.0, yaw: float = 0.0) -> NDArray[np.float32]:
    """Landmarks [468, 3] of a face between whose eyes lies (x, y), `unit` samples between the eyes."""
    known = np.nan_to_num(canonical_face().astype(np.float64))
    angle = np.radians(yaw)
    about_y = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    placed = known @ about_y.T * unit + [x, y, 0]
    assert placed.shape == (POINTS, 3)
    return np.asarray(placed, np.float32)


def face_at(x: float, y: float, unit: float = 50.0, yaw: float = 0.0, presence: float = 40.0) -> Face:
    return Face(landmarks_at(x, y, unit, yaw), presence)
