"""The default generator: the speaker's own mouth from another frame, warped to what the dub asks for.

Image-based rendering in the line of Video Rewrite (Bregler, Covell and Slaney 1997) and Synthesizing Obama
(Suwajanakorn, Seitz and Kemelmacher-Shlizerman 2017): every sample comes from the footage, at its own resolution.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.mouth.bank import with_bank
from vs_lipsync.mouth.base import Chunk
from vs_lipsync.mouth.drawing import Drawing, Mouth, chooser_of, drawing_of, shown_mouths
from vs_lipsync.mouth.fade import fade
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.mouth.measures import KnownMeasures
from vs_lipsync.mouth.profile import Profile
from vs_lipsync.mouth.request import LipMotion, requested_shape

__all__ = ["WarpGenerator"]

_SETTLE = 8
"""Frames on either side of a border that decide on the exemplar shown at it."""

_DARK_FROM = 0.04
"""Opening beyond the closed mouth, in inter-ocular distances, from which a missing interior is drawn at its darkest."""


class WarpGenerator:
    """Makes mouths out of the footage itself, of one clip.

    What it makes of a frame depends on the chunk only. At a border between chunks, both sides use the same measure of
    the speaker and the same exemplars, found from frames that both can see, so that there is no step.

    Args:
        motion: lip motion of the dub.
        strength: factor on the motion; 1 scales it to the speaker's own range.
        past: frames before a chunk that its window holds, away from the ends of the clip.
        ahead: frames behind a chunk that its window holds.
    """

    def __init__(self, motion: LipMotion, strength: float = 1.0, *, past: int = 96, ahead: int = 16) -> None:
        self._motion = motion
        self._strength = strength
        self._past, self._ahead = past, ahead
        self._known = KnownMeasures()

    def generate(self, chunk: Chunk) -> list[Drawing | None]:
        """Return a drawing for every frame of the chunk, None for those that pass."""
        footage = self._footage(chunk)
        drawings: list[Drawing | None] = [None] * (chunk.stop - chunk.start)
        for mouth in self.mouths(chunk, footage):
            drawings[mouth.index - chunk.start] = drawing_of(footage, mouth)
        return drawings

    def mouths(self, chunk: Chunk, footage: Footage | None = None) -> list[Mouth]:
        """Return what is to be shown in the frames of a chunk that do not pass, in order."""
        footage = footage or self._footage(chunk)
        samples = self._motion.at(chunk.times)
        moved = np.where(np.asarray(samples.inside)[:, None, None], samples.points, 0.0)
        inside = np.asarray(samples.inside)
        own = slice(len(chunk.window))
        weights = fade(footage.usable[own] & inside, footage.shots[own])
        return [
            mouth
            for first, last in _runs(footage, chunk.start, chunk.stop)
            for mouth in self._run(chunk, footage, moved, weights, first, last)
            if inside[mouth.index]
        ]

    def _footage(self, chunk: Chunk) -> Footage:
        """Measure the window of a chunk, with the mouths from other footage behind it."""
        footage = Footage.of(chunk.window, self._known)
        return footage if chunk.bank is None else with_bank(footage, chunk.bank)

    def _run(
        self,
        chunk: Chunk,
        footage: Footage,
        moved: NDArray[np.floating],
        weights: NDArray[np.float64],
        first: int,
        last: int,
    ) -> list[Mouth]:
        """Choose shapes and exemplars for usable frames first..last of one shot inside the chunk.

        A shape is the requested one by its weight, and for the rest the speaker's own.
        """
        shot = int(footage.shots[first])
        members = np.flatnonzero(footage.usable & (footage.shots == shot))
        candidates = footage.candidates(members)
        chooser = chooser_of(footage, candidates)
        rank = {int(one): i for i, one in enumerate(candidates)}
        run = range(first, last + 1)
        before, after = (self._border(at, chunk, footage, shot) for at in (chunk.start, chunk.stop))
        closing = (after or _Border.of(members, footage, chunk)).profile
        opening = before.profile if before is not None else closing
        span = chunk.stop - chunk.start
        profiles = [opening.mixed(closing, (i - chunk.start) / span) for i in run]
        shapes = self._requests(profiles, moved, run)

        pinned: dict[int, int] = {}
        behind, ahead = np.empty(0, np.int64), np.empty(0, np.int64)
        if before is not None and first == chunk.start and before.joins:
            behind, settled = self._settle(before, footage, moved, chunk.start)
            pinned[0] = rank[int(settled[0])]
            shapes = np.concatenate([self._requests([before.profile], moved, [chunk.start - 1]), shapes])
        if after is not None and last == chunk.stop - 1 and after.joins:
            settled, ahead = self._settle(after, footage, moved, chunk.stop)
            pinned[len(run) - 1] = rank[int(settled[0])]
            shapes = np.concatenate([shapes, self._requests([after.profile], moved, [chunk.stop])])
        # With the frames beyond its borders, as far as the mouths in them are known, since they cross over, too.
        known = slice(first - len(behind), last + 1 + len(ahead))
        own = slice(len(behind), len(behind) + len(run))
        weight = weights[known, None, None]
        shapes = weight * shapes + (1 - weight) * footage.shapes[known]
        lacking = np.array([profile.lacking for profile in profiles])
        path = chooser.choose(shapes[own], footage.conditions(slice(first, last + 1)), pinned, lacking=lacking)
        shown = shown_mouths(shapes, footage, np.concatenate([behind, candidates[path], ahead]))[own]
        shapes = shapes[own]
        return [
            Mouth(
                index=index,
                shape=shapes[k],
                shown=shown[k],
                lacking=1.0 - profiles[k].opens,
                darkness=_darkness(profiles[k], shapes[k]),
            )
            for k, index in enumerate(run)
        ]

    def _border(self, border: int, chunk: Chunk, footage: Footage, shot: int) -> "_Border | None":
        """Look at a border; None when the shot does not reach across it."""
        low, high = max(border - self._past, 0), min(border + self._ahead, len(chunk.window))
        members = np.flatnonzero(footage.usable[low:high] & (footage.shots[low:high] == shot)) + low
        if not len(members) or members[0] >= border or members[-1] < border:
            return None
        joins = bool(footage.usable[border - 1] and footage.usable[border])
        return _Border.of(members, footage, chunk, joins)

    def _settle(
        self, border: "_Border", footage: Footage, moved: NDArray[np.floating], at: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the frames of the window, [1] each, that both chunks take to be shown on the two sides of a border."""
        members = border.members
        candidates = footage.candidates(members)
        chooser = chooser_of(footage, candidates)
        near = members[np.abs(members - at) <= _SETTLE]
        profiles = [border.profile] * len(near)
        lacking = np.full(len(near), border.profile.lacking)
        path = chooser.choose(self._requests(profiles, moved, near), footage.conditions(near), lacking=lacking)
        behind = int(np.searchsorted(near, at))
        return candidates[path[behind - 1 : behind]], candidates[path[behind : behind + 1]]

    def _requests(
        self, profiles: Sequence[Profile], moved: NDArray[np.floating], indices: Iterable[int]
    ) -> NDArray[np.float64]:
        """Return the shapes [n, 53, 3] that the motion asks for in frames of the window, each by its profile."""
        return np.array(
            [
                requested_shape(profile, moved[i], self._motion.spread, self._strength)
                for profile, i in zip(profiles, indices, strict=True)
            ]
        )


@dataclass(frozen=True, slots=True)
class _Border:
    """What is known of a shot from the frames about a border that the chunks on both sides can see.

    Attributes:
        members: usable frames of the shot in the window.
        profile: the speaker's mouth in them.
        joins: whether the shot goes on across the border in usable frames.
    """

    members: NDArray[np.int64]
    profile: Profile
    joins: bool = False

    @classmethod
    def of(cls, members: NDArray[np.int64], footage: Footage, chunk: Chunk, joins: bool = False) -> "_Border":
        """Measure the members of a chunk's window."""
        profile = Profile.of(footage.shapes[members], _speeds(members, footage, chunk.times))
        if chunk.bank is not None:
            profile = chunk.bank.backed(profile, footage.conditions(members))
        return cls(members, profile, joins)


def _speeds(members: NDArray[np.int64], footage: Footage, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the speeds of the opening per second between those frames that follow each other at known times."""
    seconds = np.diff(times[members])
    known = (np.diff(members) == 1) & (seconds > 0)  # not where one is NaN
    moved = np.abs(np.diff(mouth_opening(footage.shapes[members])))
    return np.asarray(moved[known] / seconds[known], np.float64)


def _darkness(profile: Profile, shape: NDArray[np.float64]) -> float:
    """Return how dark the gap of a mouth shape is drawn: only as it opens, or closed lips would get a black line."""
    opened = float(mouth_opening(shape) - mouth_opening(profile.neutral))
    return (1.0 - profile.opens) * float(np.clip(opened / _DARK_FROM, 0.0, 1.0))


def _runs(footage: Footage, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield first and last index of the runs of usable frames of one shot in start..stop - 1."""
    first: int | None = None
    for i in range(start, stop):
        if first is None and footage.usable[i]:
            first = i
        following = i + 1 < stop and footage.usable[i + 1] and footage.shots[i + 1] == footage.shots[i]
        if first is not None and not following:
            yield first, i
            first = None
