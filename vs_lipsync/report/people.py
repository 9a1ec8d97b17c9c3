"""Who is in the clip: the faces of its shots, joined to people, with their pictures."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.tracks import follow
from vs_lipsync.graph.analysis import Analysis, proxy_rgb
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.identity.embedding import distance, quality
from vs_lipsync.identity.selection import ENTER
from vs_lipsync.plan.block import MIN_FRAMES
from vs_lipsync.plan.file.faces import FaceFile
from vs_lipsync.planes.frames import rgb_of
from vs_lipsync.report.report import FaceSpan, Lane

__all__ = ["people"]

MOST_PICTURES: Final = 400
"""Shots that have a picture, and whose faces are compared, at most: the longest ones."""

MOST_PEOPLE: Final = 6
"""Lanes of people, at most: those who are there longest."""

THUMBNAIL_HEIGHT: Final = 96
FACE_SIDE: Final = 72
QUALITY: Final = 72
"""Of the JPEGs: some 3 kB a thumbnail and 2 kB a face."""


@dataclass(slots=True)
class _Seen:
    """A face through a shot.

    Attributes:
        track: as the page shows it.
        area: of its boxes, summed over its frames.
        embedding: [128] who it is; None if that is not known.
    """

    track: FaceSpan
    area: float
    embedding: NDArray[np.float32] | None


@dataclass(slots=True)
class _Person:
    """Tracks of one person, none of which overlap."""

    tracks: list[FaceSpan] = field(default_factory=list)
    embeddings: list[NDArray[np.float32]] = field(default_factory=list)

    def far(self, seen: _Seen) -> float:
        """Return how far a face is from this person's mean; infinity if both are in the picture at once."""
        if seen.embedding is None or any(not _apart(seen.track, track) for track in self.tracks):
            return np.inf
        return distance(seen.embedding, np.mean(self.embeddings, axis=0))

    @property
    def frames(self) -> int:
        """Frames that show this person."""
        return sum(track.stop - track.first for track in self.tracks)


def people(
    clip: vs.VideoNode, analysis: Analysis, known: FaceFile, shots: Sequence[int], targets: Sequence[int]
) -> tuple[list[Lane], dict[int, bytes], list[bytes]]:
    """Find out who is in a clip.

    Args:
        clip: the clip.
        analysis: what is in it.
        known: its faces.
        shots: first frames of its shots.
        targets: per frame, the index of the target among its faces; -1 where it is not there.

    Returns:
        Lanes of people, those who are there longest first; pictures of shots, by their index; and pictures of faces.
    """
    small = proxy_rgb(clip)
    bounds = list(pairwise([*shots, clip.num_frames]))
    pictured = set(sorted(range(len(bounds)), key=lambda index: bounds[index][0] - bounds[index][1])[:MOST_PICTURES])
    embeddings = Embeddings(analysis.video)
    seen: list[_Seen] = []
    thumbnails: dict[int, bytes] = {}
    faces: list[bytes] = []
    for index, (first, stop) in enumerate(bounds):
        middle = (first + stop) // 2
        picture = None
        if index in pictured:
            with small.get_frame(middle) as frame:
                picture = rgb_of(frame)
            thumbnails[index] = _jpeg(_resized(picture, THUMBNAIL_HEIGHT))
        for found in follow([(number, known.faces(number)) for number in range(first, stop)]):
            if len(found.faces) < min(MIN_FRAMES, stop - first):
                continue
            face, embedding = -1, None
            if picture is not None and middle in found.faces:
                rank = found.faces[middle]
                shown = known.faces(middle)[rank]
                faces.append(_jpeg(_face(picture, shown.box * (picture.shape[1] / clip.width))))
                face = len(faces) - 1
                if quality(shown) > 0:
                    with closing(analysis.faces.get_frame(middle)) as pixels:
                        (embedding,) = embeddings.among([pixels], middle)([(0, rank)])
            is_target = any(targets[number] == rank for number, rank in found.faces.items())
            track = FaceSpan(min(found.faces), max(found.faces) + 1, face, is_target)
            seen.append(_Seen(track, found.area, embedding))
    return list(_lanes(seen)), thumbnails, faces


def _lanes(seen: Sequence[_Seen]) -> Iterator[Lane]:
    """Yield the lanes of the people who are there longest, and of all other faces."""
    found: list[_Person] = []
    others: list[FaceSpan] = []
    for one in sorted(seen, key=lambda one: -one.area):
        if one.embedding is None:
            others.append(one.track)
            continue
        person = min(found, key=lambda person: person.far(one), default=None)
        if person is None or person.far(one) > ENTER:
            person = _Person()
            found.append(person)
        person.tracks.append(one.track)
        person.embeddings.append(one.embedding)
    found.sort(key=lambda person: -person.frames)
    for number, person in enumerate(found[:MOST_PEOPLE], 1):
        yield Lane(f"Person {number}", sorted(person.tracks, key=lambda track: track.first))
    others += [track for person in found[MOST_PEOPLE:] for track in person.tracks]
    rows: list[list[FaceSpan]] = []
    for track in sorted(others, key=lambda track: track.first):
        row = next((row for row in rows if row[-1].stop <= track.first), None)
        if row is None:
            rows.append([track])
        else:
            row.append(track)
    for row in rows:
        yield Lane("Others" if found else "Faces", row)


def _apart(one: FaceSpan, other: FaceSpan) -> bool:
    return one.stop <= other.first or other.stop <= one.first


def _resized(picture: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _face(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut a square about a face's box [4] out of a picture; its border is repeated where the face leaves it."""
    centre, side = (box[:2] + box[2:]) / 2, 1.25 * float((box[2:] - box[:2]).max())
    scale = FACE_SIDE / max(side, 1.0)
    matrix = np.array([[scale, 0, FACE_SIDE / 2 - scale * centre[0]], [0, scale, FACE_SIDE / 2 - scale * centre[1]]])
    cut = cv2.warpAffine(picture, matrix, (FACE_SIDE, FACE_SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not ok:
        raise RuntimeError("OpenCV cannot write a JPEG")
    return data.tobytes()
