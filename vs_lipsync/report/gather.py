"""Collecting what the page shows from a clip, its plan and a dub."""

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.faces.landmarks import MOUTH, Pose
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.clip import timeline_of
from vs_lipsync.graph.dubbing import plan_props
from vs_lipsync.graph.exemplars import OtherFootage
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.plan_writer import frame_plans
from vs_lipsync.graph.prepare import prepare
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.graph.schedule import open_dub
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.plan.frame_plan import Action, FramePlan
from vs_lipsync.plan.outcomes import Outcome, merge
from vs_lipsync.report.curves import bins_for, loudness, measured_openings, requested_openings
from vs_lipsync.report.people import find_people
from vs_lipsync.report.report import Report, Sounds
from vs_lipsync.settings.call import CallSettings
from vs_lipsync.settings.voice import Voice
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.timeline import Timeline

__all__ = ["gather"]


def gather(
    clip: vs.VideoNode,
    plan_path: str | os.PathLike[str],
    *,
    name: str,
    voice: Voice | None = None,
    timecodes: Path | None = None,
    done: Callable[[], None] | None = None,
) -> Report:
    """Collect what the page shows.

    Args:
        clip: the clip; as for `lipsync`.
        plan_path: its plan file.
        name: name of the clip.
        voice: the dub, if there is one, and how it is put into mouths; its `original` is the clip's own sound, if it
            has one. None for no dub.
        timecodes: a file that says when the frames are shown; None for a constant rate.
        done: called after each frame whose plan has been read.

    Raises:
        vs.Error: the plan is not for this clip, the target is not found, or the dub cannot be opened.
    """
    voice = voice or Voice()
    with named_errors():
        plan = StoredPlan.open(plan_path)
        analysis = Analysis.stored(clip, plan)
        dub = None if voice.dub is None else open_dub(voice)
        voice = replace(voice, target=voice.target or plan.target)
        if voice.exemplars is not None and voice.target is None:
            voice = replace(voice, target=OtherFootage.of(voice.exemplars, clip).person())
        timeline = timeline_of(clip, timecodes)
    fps = Fraction(clip.fps_num, clip.fps_den)
    shots = [0, *(int(cut) for cut in np.flatnonzero(plan.cuts) if cut)]
    outcomes: list[Outcome] = []
    shapes: list[NDArray[np.float64] | None] = []
    targets: list[int] = []
    shown = None if voice.target == "all" else voice.target  # of several targets, the main face's mouth is shown
    with named_errors():
        for frame_plan in frame_plans(analysis, shown, voice.original, timeline):
            outcomes.append(Outcome(str(frame_plan.action), str(frame_plan.reason)))
            shapes.append(_mouth(frame_plan))
            targets.append(frame_plan.face)
            if done is not None:
                done()
    requested = None
    if dub is not None:
        with named_errors():
            planned = plan_props(prepare(clip, voice, CallSettings(plan=plan_path, timecodes=timecodes))).frames(
                close=True
            )
        outcomes = [outcome_of(frame) for frame in planned]
        dubbed = [outcome.action == Action.DUB for outcome in outcomes]
        requested = requested_openings(dub, voice, shapes, dubbed, shots, timeline)
    people = find_people(clip, analysis, plan.faces, shots, targets)
    with named_errors():
        sounds = _sounds(voice, dub, clip.num_frames, timeline)
    return Report(
        name=name,
        frames=clip.num_frames,
        fps=fps,
        width=clip.width,
        height=clip.height,
        dub="" if dub is None else dub.name,
        shots=shots,
        ranges=list(merge(outcomes)),
        lanes=people.lanes,
        thumbnails=people.thumbnails,
        faces=people.faces,
        sounds=sounds,
        measured=measured_openings(shapes),
        requested=requested,
    )


def _mouth(plan: FramePlan) -> NDArray[np.float64] | None:
    """Return the target's mouth [53, 3] in the pose-free frame; None on a frame that passes."""
    if plan.landmarks is None:
        return None
    return Pose.of(plan.landmarks).remove(plan.landmarks[list(MOUTH)])


def _sounds(voice: Voice, dub: Dub | None, frames: int, timeline: Timeline) -> Sounds:
    """Return the loudness of the clip's own sound and of the dub."""
    bins = bins_for(frames)
    own = None
    if voice.original is not None:
        try:
            own = loudness(Dub.of_clip(voice.original), 0.0, frames, timeline, bins)
        except DubError:
            own = None  # a clip without sound
    return Sounds(bins, own, None if dub is None else loudness(dub, float(voice.offset), frames, timeline, bins))
