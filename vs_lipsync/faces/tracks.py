"""Faces followed through a shot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face

__all__ = ["FaceTrack", "follow", "main_track"]

MIN_OVERLAP: Final = 0.3
"""Intersection over union from which a face is taken for the one before it."""

MAX_GAP: Final = 12
"""Frames for which a face may be lost, behind a hand or a turn of the head, and still be found again."""


@dataclass(slots=True)
class FaceTrack:
    """One face through a shot.

    Attributes:
        faces: frame number -> index among that frame's faces.
        box: [4] the latest box.
        last: frame number of the latest face.
        area: area of its boxes, summed over its frames: large and long-lived faces have most.
    """

    box: NDArray[np.float32]
    last: int
    area: float = 0.0
    faces: dict[int, int] = field(default_factory=dict)


def follow(shot: Sequence[tuple[int, Sequence[Face]]]) -> list[FaceTrack]:
    """Join the faces of a shot's frames to tracks by the overlap of their boxes.

    Args:
        shot: (frame number, its faces) in order, all of one shot.

    Returns:
        The tracks in the order in which they begin.
    """
    tracks: list[FaceTrack] = []
    for number, faces in shot:
        boxes = [face.box for face in faces]
        alive = [track for track in tracks if number - track.last <= MAX_GAP]
        taken = _matches(alive, boxes)
        for index, box in enumerate(boxes):
            track = taken.get(index)
            if track is None:
                track = FaceTrack(box, number)
                tracks.append(track)
            track.box, track.last = box, number
            track.area += float((box[2:] - box[:2]).prod())
            track.faces[number] = index
    return tracks


def main_track(tracks: Sequence[FaceTrack]) -> FaceTrack | None:
    """Return the track of the largest and longest face, the earlier one of equals."""
    return max(tracks, key=lambda track: track.area, default=None)


def _matches(tracks: Sequence[FaceTrack], boxes: Sequence[NDArray[np.float32]]) -> dict[int, FaceTrack]:
    if not tracks or not boxes:
        return {}
    overlap = np.array([[_overlap(track.box, box) for box in boxes] for track in tracks])
    return {c: tracks[r] for r, c in _assigned(overlap) if overlap[r, c] >= MIN_OVERLAP}


def _assigned(overlap: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Return the pairs of rows and columns, none of them twice, that have the greatest sum of overlaps."""
    if 1 in overlap.shape:
        row, column = np.unravel_index(np.argmax(overlap), overlap.shape)
        return [(int(row), int(column))]
    # It takes longer to load than all else together, and most clips show one face at a time.
    from scipy.optimize import linear_sum_assignment

    return [(int(row), int(column)) for row, column in zip(*linear_sum_assignment(-overlap), strict=True)]


def _overlap(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    shared = float(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod())
    both = float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod()) - shared
    return shared / both if both > 0 else 0.0
