"""Chooses which of a shot's faces is the target."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.tracks import FaceTrack, follow, main_track
from vs_lipsync.identity.embedding import distance, quality

__all__ = [
    "ENTER",
    "Chooser",
    "Embed",
    "Shot",
    "TargetChoice",
    "choose_main",
    "choose_ranked",
    "choose_speaker",
    "compared_frames",
    "split_tracks",
]

type Shot = Sequence[tuple[int, Sequence[Face]]]
"""(index of a frame in the window, its faces) in order, all of one shot."""

type Embed = Callable[[Sequence[tuple[int, int]]], Sequence[NDArray[np.float32]]]
"""Returns an embedding [128] of each face, given as (index of a frame in the window, index among its faces)."""

RUN: Final = 16
"""Frames in a run; of each run only the frame with the best face is compared. Runs lie on a fixed grid of the clip, so
that neighbouring blocks compare the same frames."""

ENTER: Final = 0.50
"""Euclidean distance to the target's mean embedding below which the lower quartile of a track part must lie."""

STAY: Final = 0.57
"""Distance below which the median of a track part must lie: greater than `ENTER`, since faces turn and blur. dlib's own
threshold for two pictures is 0.6; on the trial footage two embeddings of one person were up to 0.59 apart, half of them
less than 0.4, and those of two people 0.55 and more, half of them more than 0.66."""

MARGIN: Final = 0.08
"""Least difference between the median distance of the target and that of any track part that shares a frame with it."""

APART: Final = 0.60
"""Distance between consecutive embeddings of a track beyond which it may have slipped from one person to another."""


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """The target in a shot.

    Attributes:
        faces: index of a frame in the window -> index of the target among its faces.
        unsure: indices of frames with a face that may be the target's.
    """

    faces: Mapping[int, int]
    unsure: frozenset[int] = frozenset()


class Chooser(Protocol):
    """Chooses the target of a shot."""

    def __call__(self, shot: Shot, first: int, /) -> TargetChoice:
        """Choose among the faces of a shot.

        Args:
            shot: the frames of the shot that lie in the window.
            first: number in the clip of the window's first frame, which has index 0.
        """
        ...


@dataclass(slots=True)
class _TrackPart:
    """A part of a track that shows one person.

    Attributes:
        faces: as of `FaceTrack`.
        distances: of its embeddings to the target's mean embedding.
    """

    faces: dict[int, int]
    distances: list[float] = field(default_factory=list)

    @property
    def near(self) -> float:
        """Lower quartile of the distances."""
        return float(np.quantile(self.distances, 0.25))

    @property
    def typical(self) -> float:
        """Median of the distances."""
        return float(np.median(self.distances))

    def meets(self, other: "_TrackPart") -> bool:
        """Return whether the two have a frame in common."""
        return not self.faces.keys().isdisjoint(other.faces)


def choose_main(shot: Shot, _first: int) -> TargetChoice:
    """Choose the shot's largest and longest face."""
    track = main_track(follow(shot))
    return TargetChoice(track.faces if track else {})


def choose_ranked(rank: int) -> Chooser:
    """Return a chooser of a shot's track with the `rank`-th greatest sum of areas, counted from 0; nobody beyond."""

    def choose(shot: Shot, _first: int) -> TargetChoice:
        tracks = sorted(follow(shot), key=lambda track: -track.area)
        return TargetChoice(tracks[rank].faces if rank < len(tracks) else {})

    return choose


def choose_speaker(embeddings: NDArray[np.float32], embed: Embed) -> Chooser:
    """Return a chooser of the person with these embeddings [n, 128]; with n = 0 it chooses nobody.

    A track is split where it seems to slip from one person to another. Each part is judged by quantiles of its
    embeddings' distances to the mean of the person's: it is chosen if they are below `ENTER` and `STAY`, and its median
    is less by `MARGIN` than that of every part with which it shares a frame. Frames of parts that come close to that
    are returned as unsure, as are those of parts of which no frame can be compared.
    """
    if not len(embeddings):
        return lambda shot, first: TargetChoice({})
    centre = embeddings.mean(0)

    def choose(shot: Shot, first: int) -> TargetChoice:
        found = []
        for faces, embeddings in split_tracks(shot, first, embed):
            found.append(_TrackPart(faces, [distance(one, centre) for one in embeddings]))
        compared = [piece for piece in found if piece.distances]
        chosen: dict[int, int] = {}
        unsure = {number for piece in found if not piece.distances for number in piece.faces}
        for piece in sorted(compared, key=lambda piece: piece.typical):
            others = [other.typical for other in compared if other is not piece and other.meets(piece)]
            rival = min(others, default=np.inf)
            if piece.near >= ENTER or piece.typical >= STAY:
                if piece.near < STAY and rival > piece.typical:
                    unsure.update(piece.faces)
            elif rival - piece.typical >= MARGIN:
                chosen.update(piece.faces)
            elif rival > piece.typical:
                unsure.update(piece.faces)
        return TargetChoice(chosen, frozenset(unsure - chosen.keys()))

    return choose


def split_tracks(
    shot: Shot, first: int, embed: Embed
) -> Iterator[tuple[dict[int, int], Sequence[NDArray[np.float32]]]]:
    """Follow the faces of a shot, and split each track where it slips from one person to another.

    Yields:
        For each part its faces (index of a frame in the window -> index among the frame's faces) and the embeddings
        [128] of its frames that were compared.
    """
    for track in follow(shot):
        yield from _split(track, shot, first, embed)


def _split(
    track: FaceTrack, shot: Shot, first: int, embed: Embed
) -> Iterator[tuple[dict[int, int], Sequence[NDArray[np.float32]]]]:
    """Split a track as for `split_tracks`: where embeddings that follow one another are apart."""
    chosen = compared_frames(track.faces, shot, first)
    embeddings = embed([(number, track.faces[number]) for number in chosen])
    frames = sorted(track.faces)
    begin, known = 0, 0
    for index, ((a, before), (b, after)) in enumerate(pairwise(zip(chosen, embeddings, strict=True)), 1):
        if distance(before, after) > APART:
            stop = _slip(track, frames, (frames.index(a), before), (frames.index(b), after), embed)
            yield {number: track.faces[number] for number in frames[begin:stop]}, embeddings[known:index]
            begin, known = stop, index
    yield {number: track.faces[number] for number in frames[begin:]}, embeddings[known:]


def compared_frames(faces: Mapping[int, int], shot: Shot, first: int) -> list[int]:
    """Return the frames of a track whose embeddings are compared: indices in the window, rising.

    Only frames of a `quality` above 0 count: of those the best of each run of `RUN`, and the first and the last, so
    that a slip near an end is noticed.
    """
    seen = dict(shot)
    good = {number: quality(seen[number][faces[number]]) for number in sorted(faces)}
    comparable = [number for number in good if good[number] > 0]
    runs = groupby(comparable, key=lambda number: (first + number) // RUN)
    best = {max(run, key=lambda number: good[number]) for _, run in runs}
    return sorted(best.union(comparable[:1], comparable[-1:]))


def _slip(
    track: FaceTrack,
    frames: Sequence[int],
    before: tuple[int, NDArray[np.float32]],
    after: tuple[int, NDArray[np.float32]],
    embed: Embed,
) -> int:
    """Return where a track slips, by bisection between two compared frames.

    Args:
        track: the track.
        frames: its frames, rising.
        before: index in `frames` and embedding [128] of the earlier frame.
        after: the same of the later frame.
        embed: makes embeddings.

    Returns:
        The index in `frames` of the first frame that is nearer to the later embedding.
    """
    low, high = before[0], after[0]
    while high - low > 1:
        middle = (low + high) // 2
        (seen,) = embed([(frames[middle], track.faces[frames[middle]])])
        if distance(seen, before[1]) <= distance(seen, after[1]):
            low = middle
        else:
            high = middle
    return high
