"""All faces of one picture, with their landmarks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.blazeface import Detection
from vs_lipsync.faces.face_landmarker import MIN_PRESENCE, FaceLandmarker, around
from vs_lipsync.faces.mouth_cover import MouthCover

__all__ = ["GRAIN", "MAX_FACES", "Face", "FaceFinder"]

MAX_FACES: Final = 4
"""Faces kept per picture, the largest ones: a crowd costs no more than a conversation."""

GRAIN: Final = 32
"""Steps per luma sample to which landmarks are rounded, so that a plan file keeps them as they are. Their
jitter is a tenth of a sample and more: lips move by 0.007 inter-ocular distances from crop to crop."""

SURROUNDED_PRESENCE: Final = 0.0
"""Presence logit from which it is a face where the frames before and behind show one: small and blurred faces fall
below `MIN_PRESENCE` for single frames."""

OFF_CENTRE: Final = 0.08
"""Distance of a face from where it was sought, in its sizes, from which it is looked at once more where it is."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture.

    Attributes:
        landmarks: [468, 3] points in pixels of the picture.
        presence: the landmark net's logit that this is a face.
        cover: 0..1, how much of the mouth something lies before, as far as this picture tells.
    """

    landmarks: NDArray[np.float32]
    presence: float
    cover: float = 0.0

    @property
    def box(self) -> NDArray[np.float32]:
        """[4] left, top, right and bottom of the landmarks."""
        flat = self.landmarks[:, :2]
        return np.concatenate([flat.min(0), flat.max(0)])


class FaceFinder:
    """The landmark net where faces are expected. Depends on one picture alone. May be used from several threads."""

    def __init__(self) -> None:
        self._landmarker, self._cover = FaceLandmarker(), MouthCover()

    def __call__(self, rgb: NDArray[np.uint8], detections: Sequence[Detection]) -> list[Face]:
        """Return the faces of a picture.

        Args:
            rgb: [height, width, 3].
            detections: where faces are expected.

        Returns:
            The faces that are there, the largest first, at most MAX_FACES.
        """
        faces: list[Face] = []
        for sought in sorted(detections, key=lambda detection: -detection.size):
            landmarks, presence = self._landmarker(rgb, sought)
            found = around(landmarks, presence)
            if _off_centre(sought, found):
                landmarks, presence = self._landmarker(rgb, found)
            face = Face(landmarks, presence)
            least = SURROUNDED_PRESENCE if sought.surrounded else MIN_PRESENCE
            if presence >= least and not any(_same(face, other) for other in faces):
                faces.append(replace(face, cover=self._cover(rgb, landmarks)))
            if len(faces) == MAX_FACES:
                break
        return faces


def _off_centre(sought: Detection, found: Detection) -> bool:
    """Whether a crop was so far off that the landmark net does better in one around what it found."""
    moved = float(np.abs(found.centre - sought.centre).max())
    return moved > OFF_CENTRE * found.size or abs(found.size - sought.size) > 2 * OFF_CENTRE * found.size


def _same(face: Face, other: Face) -> bool:
    """Whether two finds are one face: the landmark net may slip from a false box onto a face beside it."""
    a, b = face.box, other.box
    larger = float(max((a[2:] - a[:2]).max(), (b[2:] - b[:2]).max()))
    return float(np.abs((a[:2] + a[2:]) - (b[:2] + b[2:])).max()) < 0.5 * larger
