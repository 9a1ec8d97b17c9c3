"""All faces of one picture, with their landmarks."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.plan.blazeface import BlazeFace, full_range, short_range
from vs_lipsync.plan.facemesh import FaceMesh

__all__ = ["MAX_FACES", "Face", "FaceFinder"]

MAX_FACES: Final = 4
"""Faces kept per picture, the largest ones: a crowd costs no more than a conversation."""

MIN_PRESENCE: Final = 0.0
"""Presence logit from which FaceMesh says that it sees a face."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture.

    Attributes:
        landmarks: [468, 3] FaceMesh points in pixels of the picture.
        presence: FaceMesh's logit that this is a face.
    """

    landmarks: NDArray[np.float32]
    presence: float

    @property
    def box(self) -> NDArray[np.float32]:
        """[4] left, top, right and bottom of the landmarks."""
        flat = self.landmarks[:, :2]
        return np.concatenate([flat.min(0), flat.max(0)])


class FaceFinder:
    """BlazeFace, then FaceMesh twice. Depends on one picture alone. Not for several threads at a time."""

    def __init__(self) -> None:
        self._full_range = full_range()
        self._short_range = short_range()
        self._mesh = FaceMesh()

    def __call__(self, rgb: NDArray[np.uint8]) -> list[Face]:
        """Return the faces of a picture [height, width, 3], the largest first, at most MAX_FACES."""
        return self._with(self._full_range, rgb) or self._with(self._short_range, rgb)

    def _with(self, detector: BlazeFace, rgb: NDArray[np.uint8]) -> list[Face]:
        detections = sorted(detector(rgb), key=lambda found: -found.size)[: 2 * MAX_FACES]
        faces: list[Face] = []
        for found in detections:
            rough, presence = self._mesh(rgb, found.centre, found.size, found.eyes)
            if presence < MIN_PRESENCE:
                continue
            landmarks, presence = self._mesh.refine(rgb, rough)
            face = Face(landmarks, presence)
            if presence >= MIN_PRESENCE and not any(_same(face, other) for other in faces):
                faces.append(face)
        return faces[:MAX_FACES]


def _same(face: Face, other: Face) -> bool:
    """Whether two finds are one face: FaceMesh may slip from a false box onto a face beside it."""
    a, b = face.box, other.box
    return float(np.abs((a[:2] + a[2:]) - (b[:2] + b[2:])).max()) < 0.5 * float(
        max((a[2:] - a[:2]).max(), (b[2:] - b[:2]).max())
    )
