"""Where faces may be: detected in every few frames, and carried to the frames between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.blazeface import Detection, full_range, overlap, short_range
from vs_lipsync.faces.face_landmarker import MIN_PRESENCE, FaceLandmarker, around
from vs_lipsync.workers import once

__all__ = ["EVERY", "Detector", "Look", "between", "bridged", "detections_from", "detections_to", "detector"]

EVERY: Final = 4
"""Frames from one detection to the next. The landmark net looks at every frame, and finds a face that has moved by a
fifth of its size; detection is the dearest step of the analysis, and faces move less than that in four frames."""

DOUBT: Final = 0.0
"""Presence logit of what is refused from which it may be a face in the frames beside."""

MOST: Final = 8
"""Detections that are looked into, the largest ones."""

SAME: Final = 0.3
"""Detections of two frames that overlap by more are one face."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in a picture.

    Attributes:
        faces: the faces, each where the landmark net's points put it.
        doubtful: whether there is none, but something that may be one.
    """

    faces: list[Detection]
    doubtful: bool


class Detector:
    """Finds faces of any size. May be used from several threads."""

    def __init__(self) -> None:
        self._full_range = full_range()
        self._short_range = short_range()
        self._landmarker = FaceLandmarker()

    def __call__(self, rgb: NDArray[np.uint8]) -> list[Detection]:
        """Return the faces of a picture [height, width, 3], each where the landmark net's points put it."""
        return self.look(rgb).faces

    def look(self, rgb: NDArray[np.uint8]) -> Look:
        """Look for faces in a picture [height, width, 3]."""
        faces, refused = self._confirmed(rgb, self._full_range(rgb))
        if not faces:
            faces, also = self._confirmed(rgb, self._short_range(rgb))
            refused = max(refused, also)
        return Look(faces, not faces and refused >= DOUBT)

    def _confirmed(self, rgb: NDArray[np.uint8], found: Sequence[Detection]) -> tuple[list[Detection], float]:
        """Keep what the landmark net takes for a face too, and return the greatest presence that it sees otherwise.

        A box around its points is steadier than the detector's.
        """
        confirmed: list[Detection] = []
        refused = -np.inf
        for rough in sorted(found, key=lambda detection: -detection.size)[:MOST]:
            # The eyes of a face of few pixels may be anywhere, and a crop turned by them shows the net no face.
            for sought in (rough, _level(rough)):
                points, presence = self._landmarker(rgb, sought)
                if presence < MIN_PRESENCE:  # a face in a crop that is off: its points are nearer to it
                    points, presence = self._landmarker(rgb, around(points, presence))
                if presence >= MIN_PRESENCE:
                    confirmed.append(around(points, presence))
                    break
                refused = max(refused, presence)
        return confirmed, refused


@once
def detector() -> Detector:
    """Return the detector that all who look for faces in this process share."""
    return Detector()


def _level(found: Detection) -> Detection:
    """Return a detection whose eyes are level."""
    eyes = found.centre + np.array([[-0.2, -0.1], [0.2, -0.1]], np.float32) * np.float32(found.size)
    return Detection(found.centre, found.size, found.score, eyes)


def between(before: Sequence[Detection], after: Sequence[Detection], weight: float) -> list[Detection]:
    """Return the detections of a frame between two that were looked at.

    A face that both frames show is put between its places; one that only one of them shows may have come or gone, or
    there may be a cut, and is looked for where it was.

    Args:
        before: detections of the earlier frame.
        after: detections of the later frame.
        weight: of the later frame, 0..1.
    """
    merged: list[Detection] = []
    left = list(after)
    for one in before:
        other = max(left, key=lambda found: overlap(one.centre, one.size, found), default=None)
        if other is None or overlap(one.centre, one.size, other) < SAME:
            merged.append(one)
            continue
        left.remove(other)
        merged.append(
            Detection(
                (1 - weight) * one.centre + weight * other.centre,
                (1 - weight) * one.size + weight * other.size,
                max(one.score, other.score),
                (1 - weight) * one.eyes + weight * other.eyes,
                surrounded=True,
            )
        )
    return merged + left


def bridged(found: Sequence[Detection], before: Sequence[Detection], after: Sequence[Detection]) -> list[Detection]:
    """Return the detections of a frame that was looked at, and with them faces that were missed there alone.

    Args:
        found: its own detections.
        before: those of the frame that was looked at before it.
        after: those of the next one.
    """
    missed = [
        one
        for one in between(before, after, 0.5)
        if one.surrounded and not any(overlap(one.centre, one.size, other) >= SAME for other in found)
    ]
    return [*found, *missed]


def detections_to(found: Sequence[Detection]) -> dict[str, NDArray[np.generic]]:
    """Return the detections of a frame as arrays, the form in which they travel between nodes."""
    if not found:
        return {}
    return {
        "centres": np.stack([detection.centre for detection in found]).astype(np.float32),
        "sizes": np.array([detection.size for detection in found]),
        "scores": np.array([detection.score for detection in found]),
        "eyes": np.stack([detection.eyes for detection in found]).astype(np.float32),
    }


def detections_from(arrays: Mapping[str, NDArray[np.generic]]) -> list[Detection]:
    """Return the detections of a frame from their arrays."""
    if "centres" not in arrays:
        return []
    centres, eyes = (arrays[name].astype(np.float32, copy=False) for name in ("centres", "eyes"))
    return [
        Detection(centre, float(size), float(score), pair)
        for centre, size, score, pair in zip(centres, arrays["sizes"], arrays["scores"], eyes, strict=True)
    ]
