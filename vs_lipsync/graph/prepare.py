"""Preparing a call of the filter: settings checked, the clip extended, zones placed, dubs opened, the analysis made."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import vapoursynth as vs

from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.clip import check_clip, timeline_of
from vs_lipsync.graph.extend import extended, length_to_end
from vs_lipsync.graph.findings import Findings
from vs_lipsync.graph.schedule import Schedule, open_dub
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.settings.call import CallSettings
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zones import PlacedZone, place_zones
from vs_lipsync.timing.timeline import ConstantRate, Timeline

__all__ = ["Prepared", "Scenes", "open_analysis", "prepare"]

type Scenes = Iterator[tuple[int, int]]
"""First frame of each shot, and the one behind its last."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call, ready for its graph.

    Attributes:
        clip: the clip, extended if the call says so.
        fps: its constant rate in frames per second; None with timecodes.
        timeline: when its frames are shown.
        voice: the settings of the call, with the plan file's target where the call has none.
        zones: the zones in the order of their frames; none where the whole clip is one.
        analysis: the nodes of its analysis.
        schedule: who speaks when.
    """

    clip: vs.VideoNode
    fps: Fraction | None
    timeline: Timeline
    voice: Voice
    zones: tuple[PlacedZone, ...]
    analysis: Analysis
    schedule: Schedule


def prepare(
    clip: vs.VideoNode,
    voice: Voice,
    call: CallSettings,
    watch: Callable[[Scenes], Scenes] = lambda scenes: scenes,
    findings: Findings | None = None,
) -> Prepared:
    """Check a call, and open the files that it names.

    Frames are requested only for zones that are given by scene, to detect the cuts up to there. With `extend` the dub
    is read to its end.

    Args:
        clip: as for `lipsync`.
        voice: the settings of the call, which zones may override.
        call: the settings that hold for the whole clip.
        watch: wraps the iterator over the scenes while zones given by scene are placed; for a progress bar.
        findings: as for `Analysis.of`; not used with a plan file.

    Raises:
        LipsyncError: a dub, a zone, a plan or another setting cannot be used.
        vs.Error: the clip cannot be used.
    """
    check_clip(clip)
    timeline = timeline_of(clip, call.timecodes)
    fps = timeline.fps if isinstance(timeline, ConstantRate) else None
    if call.extend is not None:
        if fps is None:
            raise vs.Error("lipsync: a clip with timecodes cannot be extended; extend it before, and its timecodes too")
        dub = open_dub(voice)
        voice = replace(voice, dub=dub)  # read once, here and later
        longer = extended(clip, length_to_end(dub, voice.offset, fps), call.extend)
        if call.plan is not None and longer is not clip:
            raise vs.Error("lipsync: a plan is of the clip as it is; extend the clip without one")
        clip = longer
    analysis, target = open_analysis(clip, call.plan, findings)
    if voice.target is None:
        voice = replace(voice, target=target)
    placed = place_zones(call.zones, clip.num_frames, timeline, lambda: watch(analysis.scenes()))
    schedule = Schedule.of(voice, placed, analysis, timeline)
    return Prepared(clip, fps, timeline, voice, tuple(placed), analysis, schedule)


def open_analysis(
    clip: vs.VideoNode, plan: str | os.PathLike[str] | None = None, findings: Findings | None = None
) -> tuple[Analysis, str | os.PathLike[str] | None]:
    """Return the analysis of a clip, read from a plan file if there is one, and the target that the file names.

    Args:
        clip: the clip.
        plan: its plan file; None to analyse its pictures, which gives no target.
        findings: as for `Analysis.of`; not used with a plan file.

    Raises:
        PlanError: the plan cannot be read, or is for another clip.
        WeightsError: a model file cannot be had.
    """
    if plan is not None:
        stored = StoredPlan.open(plan)
        return Analysis.stored(clip, stored), stored.target
    return Analysis.of(clip, findings), None
