"""Which of a shot's faces is the target."""

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
    "samples",
    "split_track",
]

type Shot = Sequence[tuple[int, Sequence[Face]]]
"""(index of a frame in the window, its faces) in order, all of one shot."""

type Embed = Callable[[Sequence[tuple[int, int]]], Sequence[NDArray[np.float32]]]
"""Returns the embeddings [128] of faces, each given as (index of a frame in the window, index among its faces)."""

RUN: Final = 16
"""Frames of which the best face is compared: on a fixed grid, so that neighbouring blocks compare the same ones."""

ENTER: Final = 0.50
"""Distance below which a quarter of a face's samples must lie for it to be the target."""

STAY: Final = 0.57
"""Distance below which half of them must lie: laxer, since faces turn and blur. dlib's own threshold for two pictures
is 0.6; on the trial footage two samples of one person were up to 0.59 apart, half of them less than 0.4, and those of
two people 0.55 and more, half of them more than 0.66."""

MARGIN: Final = 0.08
"""How much nearer than every other face in the picture the target must be."""

APART: Final = 0.60
"""Distance of two samples of a track beyond which it may have slipped from one person to another."""


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """The target in a shot.

    Attributes:
        faces: index of a frame in the window -> index of the target among its faces.
        unsure: frames with a face that may or may not be the target's.
    """

    faces: Mapping[int, int]
    unsure: frozenset[int] = frozenset()


class Chooser(Protocol):
    """Chooses the target of a shot."""

    def __call__(self, shot: Shot, first: int, /) -> TargetChoice:
        """Choose in the part of a shot that a window shows, which begins with frame `first` of the clip."""
        ...


@dataclass(slots=True)
class _TrackPart:
    """A part of a track that shows one person.

    Attributes:
        faces: as of `FaceTrack`.
        distances: of its samples to the one who is sought.
    """

    faces: dict[int, int]
    distances: list[float] = field(default_factory=list)

    @property
    def near(self) -> float:
        """Distance below which a quarter of the samples lie."""
        return float(np.quantile(self.distances, 0.25))

    @property
    def typical(self) -> float:
        """Median distance of the samples."""
        return float(np.median(self.distances))

    def meets(self, other: "_TrackPart") -> bool:
        """Tell whether some frame shows both."""
        return not self.faces.keys().isdisjoint(other.faces)


def choose_main(shot: Shot, _first: int) -> TargetChoice:
    """Choose the shot's largest and longest face."""
    track = main_track(follow(shot))
    return TargetChoice(track.faces if track else {})


def choose_ranked(rank: int) -> Chooser:
    """Return what chooses the shot's main face for rank 0, the next largest and longest for 1, and so on."""

    def choose(shot: Shot, _first: int) -> TargetChoice:
        tracks = sorted(follow(shot), key=lambda track: -track.area)
        return TargetChoice(tracks[rank].faces if rank < len(tracks) else {})

    return choose


def choose_speaker(embeddings: NDArray[np.float32], embed: Embed) -> Chooser:
    """Return what chooses a person, known by embeddings [n, 128]; none for nobody.

    A track is taken apart where it seems to slip from one person to another. The distance of a piece is judged over all
    of the window, as a quantile of its samples; a piece that is not clearly nearer than another face beside it, or not
    clearly near, is in doubt.
    """
    if not len(embeddings):
        return lambda shot, first: TargetChoice({})
    centre = embeddings.mean(0)

    def choose(shot: Shot, first: int) -> TargetChoice:
        found = []
        for track in follow(shot):
            for faces, embeddings in split_track(track, shot, first, embed):
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


def split_track(
    track: FaceTrack, shot: Shot, first: int, embed: Embed
) -> Iterator[tuple[dict[int, int], Sequence[NDArray[np.float32]]]]:
    """Take a track apart where it slips from one person to another.

    Yields:
        The faces of each piece, as of `FaceTrack`, and the embeddings of its samples.
    """
    chosen = samples(track.faces, shot, first)
    embeddings = embed([(number, track.faces[number]) for number in chosen])
    frames = sorted(track.faces)
    begin, known = 0, 0
    for index, ((a, before), (b, after)) in enumerate(pairwise(zip(chosen, embeddings, strict=True)), 1):
        if distance(before, after) > APART:
            stop = _slip(track, frames, (frames.index(a), before), (frames.index(b), after), embed)
            yield {number: track.faces[number] for number in frames[begin:stop]}, embeddings[known:index]
            begin, known = stop, index
    yield {number: track.faces[number] for number in frames[begin:]}, embeddings[known:]


def samples(faces: Mapping[int, int], shot: Shot, first: int) -> list[int]:
    """Return the frames of a track that are compared, of those that show it well enough.

    They are the best of each run, and the first and the last, so that no slip is missed between a sample and an end.
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
    """Return the index of the first frame that shows the later person, by halving."""
    low, high = before[0], after[0]
    while high - low > 1:
        middle = (low + high) // 2
        (seen,) = embed([(frames[middle], track.faces[frames[middle]])])
        if distance(seen, before[1]) <= distance(seen, after[1]):
            low = middle
        else:
            high = middle
    return high
