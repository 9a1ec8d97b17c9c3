"""Who of a clip's people speaks in which of several stems.

A dub is in time with the people of the original: a stem has a voice where its person's mouth moves, and is silent where
it rests. Where people talk at the same time, that does not tell them apart; but if the mouths also move as the stem
sounds, as with the original's own voices, that does.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import mouth_opening, opening_of
from vs_lipsync.faces.smoothing import smooth
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.cuts import cuts_from, runs_of
from vs_lipsync.graph.arrays.faces import faces_from
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.identity.assignment import NOBODY, Assigned, assign
from vs_lipsync.identity.embedding import quality
from vs_lipsync.identity.people import Appearance, group_appearances
from vs_lipsync.identity.selection import split_tracks
from vs_lipsync.plan.scenes import shots_of
from vs_lipsync.speech.activity import STEP, voice_activity
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
from vs_lipsync.timing.timeline import Timeline

__all__ = ["Matched", "Person", "match_stems", "windows_for"]

WHOLE: Final = 3000
"""Frames of a clip up to which all of it is looked at."""

WINDOW: Final = 192
"""Frames of a window of a longer clip, and those that are looked at together in any."""

EACH: Final = 8
"""Windows of a longer clip for each stem."""

_LEAST_FRAMES: Final = 12
"""Frames of a face in a shot from which its mouth is looked at."""

_REACH: Final = 6
"""Frames on either side over which the movement of a mouth is taken."""

_MOVING: Final = 0.02
"""Standard deviation of the opening, in inter-ocular distances, that is as likely of a mouth that speaks as of one that
rests: the net's noise is 0.005 to 0.014, and mouths that speak have 0.03 and more."""

_SLOPE: Final = 1.5
"""Evidence for each factor e of that deviation, per independent sample."""

_MOST: Final = 1.5
"""Evidence that one independent sample can give, at most, in either direction."""

_SPEAKING: Final = 0.4
"""Share of the time in which somebody who is seen speaks, if nothing is known."""

_UNSEEN: Final = -4.0
"""Logarithm of the odds that a stem is of somebody who is never seen: stems are given for the people of a clip."""

_INDEPENDENT: Final = 12
"""Consecutive frames of a mouth that count as one independent sample of whether it moves."""

_INDEPENDENT_SHAPES: Final = 6
"""The same of how far it is open."""

_LAG: Final = 2
"""Steps by which a mouth and a stem may be apart where their shapes are compared."""


@dataclass(slots=True)
class Person:
    """Somebody who is seen in a clip.

    Attributes:
        place: frame, x and y of the best view, in luma samples.
        frames: [n] numbers of the frames looked at that show the person.
        opening: [n] of the mouth, in inter-ocular distances, less the mean of its part of a shot.
        moving: [n] standard deviation of the opening around each frame.
    """

    place: tuple[int, float, float]
    frames: NDArray[np.int64]
    opening: NDArray[np.float64]
    moving: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of comparing stems with people.

    Attributes:
        people: everybody who is seen for long enough, whoever is seen most first.
        given: for each stem, whom it is given to.
        seen: for each stem, the share of what it says, in the frames looked at, during which that person is seen; NaN
            where it is nobody, or where the stem says nothing.
    """

    people: list[Person]
    given: list[Assigned]
    seen: list[float]


@dataclass(slots=True)
class _Parts:
    """Parts of tracks: one face each, through a part of a shot."""

    appearances: list[Appearance] = field(default_factory=list)
    faces: list[list[tuple[int, Face]]] = field(default_factory=list)


def match_stems(
    analysis: Analysis,
    stems: Sequence[Dub],
    offset: float,
    timeline: Timeline,
    steps: Callable[[int], AbstractContextManager[Callable[[], None]]] = lambda frames: nullcontext(lambda: None),
) -> Matched:
    """Find out who speaks each stem.

    Args:
        analysis: of the clip.
        stems: what is spoken, each by one person.
        offset: seconds after the clip's first frame at which they start.
        timeline: when the clip's frames are shown.
        steps: is given the number of frames that will be looked at, and returns a context that gives what is called for
            each of them, such as `cli.progress.progress`.

    Raises:
        DubError: a stem cannot be decoded.
        vs.Error: a frame cannot be analysed.
    """
    length = analysis.length
    seconds = float(timeline.start(length)) - offset
    times = np.array([float(timeline.start(n)) for n in range(length)]) - offset
    spoken = [_at(voice_activity(stem, seconds), times) for stem in stems]
    windows = windows_for(spoken, length)
    parts = _Parts()
    with steps(sum(stop - begin for begin, stop in windows)) as done:
        for begin, stop in windows:
            for first in range(begin, stop, WINDOW):  # not more at once: their pixels are held meanwhile
                _look(analysis, first, min(first + WINDOW, stop), parts, done)
    people = _people(parts)
    looked = np.zeros(length, bool)
    for begin, stop in windows:
        looked[begin:stop] = True
    evidence = np.zeros((len(people), len(stems)))
    for column, (stem, voice) in enumerate(zip(stems, spoken, strict=True)):
        motion = Motion(stem)
        for row, person in enumerate(people):
            evidence[row, column] = _in_time(person, voice) + _in_shape(person, motion, times)
    given = assign(evidence, _UNSEEN)
    seen = []
    for one, voice in zip(given, spoken, strict=True):
        said = np.count_nonzero(voice & looked)
        is_known = one.person != NOBODY and said > 0
        seen.append(float(np.count_nonzero(voice[people[one.person].frames]) / said) if is_known else np.nan)
    return Matched(people, given, seen)


def windows_for(spoken: Sequence[NDArray[np.bool_]], length: int) -> list[tuple[int, int]]:
    """Return the ranges of frames that are looked at: all of a short clip; of a longer one those that tell most.

    Args:
        spoken: for each stem, [length] whether it speaks in each frame.
        length: frames of the clip.

    Returns:
        First frame of each range and the one behind its last, in order; no two overlap.
    """
    if length <= WHOLE:
        return [(0, length)]
    starts = np.arange(0, length - WINDOW + 1, WINDOW)
    chosen: set[int] = set()
    for number, voice in enumerate(spoken):
        others = np.any([one for at, one in enumerate(spoken) if at != number] or [np.zeros(length, bool)], axis=0)
        alone = np.add.reduceat(voice & ~others, starts)
        ranked = [int(at) for at in np.argsort(-alone, kind="stable") if alone[at] > 0 and int(at) not in chosen]
        chosen.update(ranked[:EACH])
    return [(int(starts[at]), int(starts[at]) + WINDOW) for at in sorted(chosen)] or [(0, WHOLE)]


def _at(steps: NDArray[np.bool_], times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the activity [n] at times [n]; none before a stem and behind it."""
    numbers = np.floor(times / STEP).astype(np.int64)
    inside = (numbers >= 0) & (numbers < len(steps))
    return np.asarray(inside & np.append(steps, False)[np.where(inside, numbers, len(steps))])


def _look(analysis: Analysis, begin: int, stop: int, parts: _Parts, done: Callable[[], None]) -> None:
    """Add the faces of a range of frames."""
    frames, run = [], analysis.grid.ahead
    for frame in analysis.face_crops[begin:stop].frames():
        frames.append(frame)
        done()
    cuts = cuts_from([analysis.cuts.get_frame(n) for n in runs_of(begin, stop, run)], begin, stop, run)
    faces = [faces_from(unpack(frame)) for frame in frames]
    embed = analysis.embeddings.among(frames, begin)
    for low, high in shots_of(cuts):
        shot = [(i, faces[i]) for i in range(low, high)]
        for shown, embeddings in split_tracks(shot, begin, embed):
            if len(shown) < _LEAST_FRAMES or not len(embeddings):
                continue
            seen = [(begin + n, faces[n][shown[n]]) for n in sorted(shown)]
            area = sum(float((face.box[2:] - face.box[:2]).prod()) for _, face in seen)
            mean = np.asarray(np.mean(embeddings, 0), np.float32)
            parts.appearances.append(Appearance(seen[0][0], seen[-1][0] + 1, area, mean))
            parts.faces.append(seen)


def _people(parts: _Parts) -> list[Person]:
    people = []
    for members in group_appearances(parts.appearances):
        frames: list[int] = []
        openings: list[NDArray[np.float64]] = []
        moving: list[NDArray[np.float64]] = []
        for member in sorted(members, key=lambda member: parts.appearances[member].first):
            numbers, faces = zip(*parts.faces[member], strict=True)
            landmarks = smooth(np.stack([face.landmarks for face in faces]))
            opening = np.array([opening_of(one) for one in landmarks], np.float64)
            frames += numbers
            openings.append(opening - opening.mean())
            moving.append(_deviation(opening))
        best, face = max((one for member in members for one in parts.faces[member]), key=lambda one: quality(one[1]))
        left, top, right, bottom = (float(side) for side in face.box)
        place = (best, round((left + right) / 2), round((top + bottom) / 2))
        people.append(Person(place, np.array(frames), np.concatenate(openings), np.concatenate(moving)))
    return people


def _deviation(opening: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation [n] of a curve [n] around each of its points."""
    return np.array([opening[max(0, n - _REACH) : n + _REACH + 1].std() for n in range(len(opening))])


def _in_time(person: Person, voice: NDArray[np.bool_]) -> float:
    """Return how much speaks for a person's mouth moving where a stem speaks, and resting where it does not.

    It is the logarithm of how much likelier the movements are with that stem than with one that speaks now and then.
    """
    ratio = np.clip(_SLOPE * np.log(np.maximum(person.moving, 1e-4) / _MOVING), -_MOST, _MOST)
    whoever = np.log(1 - _SPEAKING + _SPEAKING * np.exp(ratio))
    return float((np.where(voice[person.frames], ratio, 0.0) - whoever).sum() / _INDEPENDENT)


def _in_shape(person: Person, motion: Motion, times: NDArray[np.float64]) -> float:
    """Return how much speaks for a person's mouth moving as a stem sounds (of normal variables with a correlation)."""
    best = 0.0
    for lag in range(-_LAG, _LAG + 1):
        found = motion.at(times[person.frames] + lag * STEP)
        if found.inside.sum() < _LEAST_FRAMES:
            continue
        asked = np.asarray(mouth_opening(found.points), np.float64)[found.inside]
        own = person.opening[found.inside]
        scale = asked.std() * own.std()
        if scale > 0:
            best = max(best, float(np.mean((asked - asked.mean()) * (own - own.mean())) / scale))
    samples = len(person.frames) / _INDEPENDENT_SHAPES
    # One standard error less, as the best of several lags is chosen.
    sure = max(0.0, np.tanh(np.arctanh(min(best, 0.999)) - 1 / np.sqrt(max(samples - 3, 1.0))))
    return float(-samples / 2 * np.log(1 - sure**2))
