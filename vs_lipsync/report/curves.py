"""The curves of a report: mouth openings and loudness, over the frames of the clip."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.mouth.profile import Profile
from vs_lipsync.mouth.request import requested_shape
from vs_lipsync.settings.voice import Voice
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
from vs_lipsync.speech.sounds import SAMPLE_RATE
from vs_lipsync.timing.timeline import Timeline

__all__ = ["bins_for", "loudness", "measured_openings", "requested_openings"]

MOST_BINS: Final = 400_000
"""Values of loudness of one sound, at most, where a frame has several."""

MOST_BINS_PER_FRAME: Final = 8

READ_FRAMES: Final = 512
"""Frames whose sound is read at once."""


def measured_openings(shapes: Sequence[NDArray[np.float64] | None]) -> NDArray[np.float32]:
    """Return the mouth openings [n] of shapes [53, 3] in inter-ocular distances; NaN for None."""
    return np.array([np.nan if shape is None else mouth_opening(shape) for shape in shapes], np.float32)


def requested_openings(
    dub: Dub,
    voice: Voice,
    shapes: Sequence[NDArray[np.float64] | None],
    dubbed: Sequence[bool],
    shots: Sequence[int],
    timeline: Timeline,
) -> NDArray[np.float32]:
    """Return the mouth opening [n] that a dub requests on each frame, in inter-ocular distances; NaN where it passes.

    The speaker's profile is that of the whole shot. The generator knows the frames about each block only, so that what
    it requests itself differs a little.

    Args:
        dub: the dub.
        voice: its settings.
        shapes: [n] the mouth of each frame [53, 3] in the pose-free frame; None where it is not known.
        dubbed: [n] whether each frame is dubbed.
        shots: first frame of each shot, beginning with 0.
        timeline: when the frames are shown.
    """
    motion = Motion(dub)
    openings = np.full(len(shapes), np.nan, np.float32)
    for first, stop in pairwise([*shots, len(shapes)]):
        known = [shape for shape in shapes[first:stop] if shape is not None]
        numbers = [number for number in range(first, stop) if dubbed[number]]
        if not known or not numbers:
            continue
        profile = Profile.of(np.array(known))
        samples = motion.at(np.array([float(timeline.start(number)) - float(voice.offset) for number in numbers]))
        for number, points in zip(numbers, samples.points, strict=True):
            openings[number] = mouth_opening(requested_shape(profile, points, motion.spread, voice.strength))
    return openings


def bins_for(frames: int) -> int:
    """Return how many values of loudness each of so many frames gets."""
    return int(np.clip(MOST_BINS // frames, 1, MOST_BINS_PER_FRAME))


def loudness(sound: Dub, offset: float, frames: int, timeline: Timeline, bins: int) -> NDArray[np.float32]:
    """Return the greatest amplitude [frames · bins], 0..1, of each of the `bins` equal parts of each frame.

    Args:
        sound: the sound.
        offset: seconds by which it starts later than the clip.
        frames: length of the clip.
        timeline: when its frames are shown.
        bins: parts of a frame.
    """
    parts = []
    for first in range(0, frames, READ_FRAMES):
        stop = min(first + READ_FRAMES, frames)
        starts = [float(timeline.start(number)) for number in range(first, stop + 1)]
        parts_of_frames = np.arange(first * bins, stop * bins + 1) / bins
        times = np.interp(parts_of_frames, np.arange(first, stop + 1), starts) - offset
        edges = np.rint(times * SAMPLE_RATE).astype(np.int64)
        samples = np.abs(sound.read(int(edges[0]), int(edges[-1])))
        parts.append(np.maximum.reduceat(samples, edges[:-1] - edges[0]))
    return np.concatenate(parts)
