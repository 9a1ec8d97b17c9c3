"""The lanes of people on the page: the faces of a clip's shots, joined to people, with their pictures."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.tracks import FaceTrack, follow
from vs_lipsync.graph.analysis import Analysis, proxy_rgb
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.identity.embedding import quality
from vs_lipsync.identity.people import Appearance, group_appearances
from vs_lipsync.plan.block import MIN_FRAMES
from vs_lipsync.plan.file.faces import FaceFile
from vs_lipsync.planes.frames import rgb_of
from vs_lipsync.report.pictures import face_picture, shot_picture
from vs_lipsync.report.report import FaceSpan, Lane

__all__ = ["Known", "People", "find_people"]

MOST_PICTURES: Final = 400
"""Shots that have a picture, and whose faces are compared, at most: the longest ones."""

MOST_PEOPLE: Final = 6
"""Lanes of people, at most: those who are there longest."""


@dataclass(slots=True)
class People:
    """Who is in a clip.

    Attributes:
        lanes: those of people, whoever is there longest first, and those of other faces.
        thumbnails: pictures of shots as JPEG, by the index of the shot.
        faces: pictures of faces as JPEG, to which the spans of the lanes refer.
    """

    lanes: list[Lane] = field(default_factory=list)
    thumbnails: dict[int, bytes] = field(default_factory=dict)
    faces: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was seen of a shot.

    Attributes:
        thumbnail: its picture as JPEG; None where it has none.
        tracks: its faces: area, span, view, and picture as JPEG, where there are such.
    """

    thumbnail: bytes | None
    tracks: list[tuple[float, FaceSpan, "_View | None", bytes | None]]


type Known = dict[tuple[int, int, bool], _Looked]
"""What was seen of shots, by first frame, the one behind the last, and whether they are pictured."""


@dataclass(frozen=True, slots=True)
class _View:
    """A face in the middle of its shot.

    Attributes:
        appearance: for telling whose it is.
        place: frame, x and y of its middle, in luma samples.
        quality: how well it is to be seen.
    """

    appearance: Appearance
    place: tuple[int, int, int]
    quality: float


def find_people(
    clip: vs.VideoNode,
    analysis: Analysis,
    known: FaceFile,
    shots: Sequence[int],
    targets: Sequence[int],
    most: int = MOST_PEOPLE,
    seen: Known | None = None,
) -> People:
    """Find out who is in a clip.

    Args:
        clip: the clip.
        analysis: its analysis.
        known: its faces.
        shots: first frame of each shot.
        targets: [frames] index of the target among the faces of each frame; -1 where it is not there.
        most: lanes of people, at most.
        seen: what was seen of shots when this was called before, with the same clip and targets; kept up to date.
    """
    people = People()
    proxy = proxy_rgb(clip)
    seen = {} if seen is None else seen
    before = dict(seen)
    seen.clear()
    bounds = list(pairwise([*shots, clip.num_frames]))
    by_length = sorted(range(len(bounds)), key=lambda index: bounds[index][0] - bounds[index][1])
    pictured = set(by_length[:MOST_PICTURES])
    embeddings = Embeddings(analysis.video)
    spans: list[tuple[float, FaceSpan, _View | None]] = []
    for index, (first, stop) in enumerate(bounds):
        key = first, stop, index in pictured
        looked = before.get(key) or _looked(clip, proxy, analysis, embeddings, known, targets, key)
        seen[key] = looked
        if looked.thumbnail is not None:
            people.thumbnails[index] = looked.thumbnail
        for area, span, view, picture in looked.tracks:
            if picture is not None:
                people.faces.append(picture)
            shown = span if picture is None else replace(span, picture=len(people.faces) - 1)
            spans.append((area, shown, view))
    spans.sort(key=lambda span: -span[0])
    people.lanes += _lanes([(span, view) for _, span, view in spans], most)
    return people


def _looked(
    clip: vs.VideoNode,
    proxy: vs.VideoNode,
    analysis: Analysis,
    embeddings: Embeddings,
    known: FaceFile,
    targets: Sequence[int],
    shot: tuple[int, int, bool],
) -> _Looked:
    """Look at a shot: first frame, the one behind its last, and whether it is pictured."""
    first, stop, is_pictured = shot
    middle = (first + stop) // 2
    picture, thumbnail = None, None
    if is_pictured:
        with proxy.get_frame(middle) as frame:
            picture = rgb_of(frame)
        thumbnail = shot_picture(picture)
    tracks: list[tuple[float, FaceSpan, _View | None, bytes | None]] = []
    for track in follow([(number, known.faces(number)) for number in range(first, stop)]):
        if len(track.faces) < min(MIN_FRAMES, stop - first):
            continue
        span, view, shown = _span(track, targets), None, None
        if picture is not None and middle in track.faces:
            rank = track.faces[middle]
            face = known.faces(middle)[rank]
            shown = face_picture(picture, face.box * (picture.shape[1] / clip.width))
            embedding = _embedding(embeddings, analysis, middle, rank, face)
            if embedding is not None:
                left, top, right, bottom = (float(side) for side in face.box)
                place = (middle, round((left + right) / 2), round((top + bottom) / 2))
                span = replace(span, place=place)
                view = _View(Appearance(span.first, span.stop, track.area, embedding), place, quality(face))
        tracks.append((track.area, span, view, shown))
    return _Looked(thumbnail, tracks)


def _span(track: FaceTrack, targets: Sequence[int]) -> FaceSpan:
    """Return a track as the page shows it, without its picture."""
    is_target = any(targets[number] == rank for number, rank in track.faces.items())
    return FaceSpan(min(track.faces), max(track.faces) + 1, -1, is_target, track.faces)


def _embedding(
    embeddings: Embeddings, analysis: Analysis, number: int, rank: int, face: Face
) -> NDArray[np.float32] | None:
    """Return the embedding [128] of a face of a frame; None if it is too small or turned too far away."""
    if quality(face) <= 0:
        return None
    with closing(analysis.face_crops.get_frame(number)) as pixels:
        (embedding,) = embeddings.among([pixels], number)([(0, rank)])
    return embedding


def _lanes(spans: Sequence[tuple[FaceSpan, _View | None]], most: int) -> Iterator[Lane]:
    """Yield the lanes of the people who are there longest, and of all other faces, from spans by falling area."""
    compared = [(span, view) for span, view in spans if view is not None]
    groups = group_appearances([view.appearance for _, view in compared])
    for number, members in enumerate(groups[:most], 1):
        best, view = max((compared[index] for index in members), key=lambda one: one[1].quality)
        shown = sorted((compared[index][0] for index in members), key=lambda span: span.first)
        mean = np.mean([compared[index][1].appearance.embedding for index in members], axis=0, dtype=np.float32)
        yield Lane(f"Person {number}", shown, view.place, best.picture, mean)
    others = [span for span, view in spans if view is None]
    others += [compared[index][0] for members in groups[most:] for index in members]
    for row in _rows(others):
        yield Lane("Others" if groups else "Faces", row)


def _rows(spans: Iterable[FaceSpan]) -> list[list[FaceSpan]]:
    """Put spans into as few rows as it takes for none to overlap."""
    rows: list[list[FaceSpan]] = []
    for span in sorted(spans, key=lambda span: span.first):
        row = next((row for row in rows if row[-1].stop <= span.first), None)
        if row is None:
            rows.append([span])
        else:
            row.append(span)
    return rows
