"""Collecting what the page shows from a clip, its plan and a dub."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.faces.landmarks import MOUTH, Pose, mouth_opening
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.dubbing import plan_props
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.plan_writer import frame_plans
from vs_lipsync.graph.prepare import prepare
from vs_lipsync.graph.properties import ACTION, REASON
from vs_lipsync.graph.schedule import open_dub
from vs_lipsync.mouth.profile import Profile
from vs_lipsync.mouth.request import requested_shape
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.plan.frame_plan import Action, FramePlan
from vs_lipsync.report.people import people
from vs_lipsync.report.report import PlanRange, Report, Sounds
from vs_lipsync.settings.call import CallSettings
from vs_lipsync.settings.voice import Voice
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
from vs_lipsync.speech.sounds import SAMPLE_RATE
from vs_lipsync.timing.timeline import ConstantRate

__all__ = ["gather"]

MOST_BINS: Final = 400_000
"""Values of loudness of one sound."""

READ_FRAMES: Final = 512


def gather(
    clip: vs.VideoNode,
    plan_path: str | os.PathLike[str],
    *,
    name: str,
    voice: Voice | None = None,
    done: Callable[[], None] | None = None,
) -> Report:
    """Collect what is to be shown of a plan.

    Args:
        clip: the clip.
        plan_path: its plan.
        name: what to call it.
        voice: the dub, if there is one, and how it is put into mouths; its `original` is the clip's own sound, if it
            has one. None for no dub.
        done: called after each frame whose plan has been read.

    Raises:
        vs.Error: the plan is not for this clip, or the dub cannot be opened.
    """
    voice = voice or Voice()
    with named_errors():
        plan = StoredPlan.open(plan_path)
        analysis = Analysis.stored(clip, plan)
        dub = None if voice.dub is None else open_dub(voice)
        voice = replace(voice, target=voice.target or plan.target)
    fps = Fraction(clip.fps_num, clip.fps_den)
    shots = [0, *(int(cut) for cut in np.flatnonzero(plan.cuts) if cut)]
    frames, measured, requested = [], np.full(clip.num_frames, np.nan, np.float32), None
    shapes: list[NDArray[np.float64] | None] = []
    targets = []
    measured_of = None if voice.target == "all" else voice.target  # of all, the main face's mouth is shown
    with named_errors():
        for frame in frame_plans(analysis, measured_of, voice.original, ConstantRate(fps)):
            frames.append((str(frame.action), str(frame.reason)))
            shapes.append(_mouth(frame))
            targets.append(frame.face)
            if done is not None:
                done()
    for number, shape in enumerate(shapes):
        if shape is not None:
            measured[number] = mouth_opening(shape)
    if dub is not None:
        with named_errors():
            planned = plan_props(prepare(clip, voice, CallSettings(plan=plan_path))).frames(close=True)
        frames = [(str(frame.props[ACTION]), str(frame.props[REASON])) for frame in planned]
        dubbed = [action == Action.DUB for action, _ in frames]
        requested = _requested(dub, voice, shapes, dubbed, shots, fps)
    lanes, thumbnails, faces = people(clip, analysis, plan.faces, shots, targets)
    with named_errors():
        sounds = _sounds(voice, dub, clip.num_frames, fps)
    return Report(
        name=name,
        frames=clip.num_frames,
        fps=fps,
        width=clip.width,
        height=clip.height,
        dub="" if dub is None else dub.name,
        shots=shots,
        spans=list(_spans(frames)),
        lanes=lanes,
        thumbnails=thumbnails,
        faces=faces,
        sounds=sounds,
        measured=measured,
        requested=requested,
    )


def _mouth(plan: FramePlan) -> NDArray[np.float64] | None:
    """Return the target's mouth [53, 3] in the pose-free frame."""
    if plan.landmarks is None:
        return None
    return Pose.of(plan.landmarks).remove(plan.landmarks[list(MOUTH)])


def _spans(frames: Sequence[tuple[str, str]]) -> Iterator[PlanRange]:
    first = 0
    for (action, reason), run in groupby(frames):
        stop = first + len(list(run))
        yield PlanRange(first, stop, action, reason)
        first = stop


def _requested(
    dub: Dub,
    voice: Voice,
    shapes: Sequence[NDArray[np.float64] | None],
    dubbed: Sequence[bool],
    shots: Sequence[int],
    fps: Fraction,
) -> NDArray[np.float32]:
    """Return the mouth opening [frames] that the dub asks for, in each shot by what the whole shot shows of the mouth.

    The generator knows the frames about each block only, so that its own requests differ a little.
    """
    motion = Motion(dub)
    opening = np.full(len(shapes), np.nan, np.float32)
    for first, stop in pairwise([*shots, len(shapes)]):
        seen = [shape for shape in shapes[first:stop] if shape is not None]
        numbers = [number for number in range(first, stop) if dubbed[number]]
        if not seen or not numbers:
            continue
        profile = Profile.of(np.array(seen))
        samples = motion.at(np.array([float(number / fps) - float(voice.offset) for number in numbers]))
        for number, points in zip(numbers, samples.points, strict=True):
            opening[number] = mouth_opening(requested_shape(profile, points, motion.spread, voice.strength))
    return opening


def _sounds(voice: Voice, dub: Dub | None, frames: int, fps: Fraction) -> Sounds:
    bins = int(np.clip(MOST_BINS // frames, 1, 8))
    own = None
    if voice.original is not None:
        try:
            own = _loudness(Dub.open(voice.original), 0.0, frames, fps, bins)
        except DubError:
            own = None  # a clip without sound
    return Sounds(bins, own, None if dub is None else _loudness(dub, float(voice.offset), frames, fps, bins))


def _loudness(dub: Dub, offset: float, frames: int, fps: Fraction, bins: int) -> NDArray[np.float32]:
    """Return the greatest amplitude [frames · bins] of each share of each frame."""
    parts = []
    for first in range(0, frames, READ_FRAMES):
        stop = min(first + READ_FRAMES, frames)
        times = np.arange(first * bins, stop * bins + 1) / (bins * float(fps)) - offset
        edges = np.rint(times * SAMPLE_RATE).astype(np.int64)
        samples = np.abs(dub.read(int(edges[0]), int(edges[-1])))
        parts.append(np.maximum.reduceat(samples, edges[:-1] - edges[0]))
    return np.concatenate(parts)
