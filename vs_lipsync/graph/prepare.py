"""Preparing a call of the filter: settings checked, the clip extended, zones placed, dubs opened, the analysis made."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import vapoursynth as vs

from vs_lipsync.errors import DubError, ExemplarError, JobError, LipsyncError, ModelError, WeightsError, ZoneError
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.cast import cast_speakers, named
from vs_lipsync.graph.clip import check_clip, timeline_of
from vs_lipsync.graph.extend import extended, length_to_end
from vs_lipsync.graph.findings import Findings
from vs_lipsync.graph.schedule import Schedule, open_dub
from vs_lipsync.settings.call import CallSettings
from vs_lipsync.settings.cast import CastMember, members_of
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zones import PlacedZone, Zone, excluded_spans, place_zones
from vs_lipsync.timing.timeline import ConstantRate, Timeline
from vs_lipsync.workers import limit_blas

__all__ = ["Part", "Prepared", "Scenes", "open_analysis", "prepare"]

type Scenes = Iterator[tuple[int, int]]
"""First frame of each shot, and the one behind its last."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is spoken by one person, or by whoever the settings and zones say.

    Attributes:
        voice: the settings, with the plan file's target where the call has none.
        zones: the zones in the order of their frames; none where the whole clip is one.
        schedule: who speaks when.
        title: what messages call the person; empty without a cast.
        speaker: a node of one frame that says how the person looks; None without a cast.
    """

    voice: Voice
    zones: tuple[PlacedZone, ...]
    schedule: Schedule
    title: str = ""
    speaker: vs.VideoNode | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call, ready for its graph.

    Attributes:
        clip: the clip, extended if the call says so.
        fps: its constant rate in frames per second; None with timecodes.
        timeline: when its frames are shown.
        analysis: the nodes of its analysis.
        parts: what is spoken, by each person of a cast; one part without a cast.
    """

    clip: vs.VideoNode
    fps: Fraction | None
    timeline: Timeline
    analysis: Analysis
    parts: tuple[Part, ...]

    @property
    def voice(self) -> Voice:
        """The settings of a call without a cast."""
        (part,) = self.parts
        return part.voice

    @property
    def zones(self) -> tuple[PlacedZone, ...]:
        """The zones of a call without a cast."""
        (part,) = self.parts
        return part.zones


def prepare(
    clip: vs.VideoNode,
    voice: Voice,
    call: CallSettings,
    watch: Callable[[Scenes], Scenes] = lambda scenes: scenes,
    findings: Findings | None = None,
) -> Prepared:
    """Check a call, and open the files that it names.

    Frames are requested only for zones that are given by scene, to detect the cuts up to there. With `extend` the dubs
    are read to their ends.

    Args:
        clip: as for `lipsync`.
        voice: the settings of the call, which zones and people of a cast may override.
        call: the settings that hold for the whole clip.
        watch: wraps the iterator over the scenes while zones given by scene are placed; for a progress bar.
        findings: as for `Analysis.of`; not used with a plan file.

    Raises:
        LipsyncError: a dub, a zone, a plan, a cast or another setting cannot be used.
        vs.Error: the clip cannot be used.
    """
    limit_blas()
    check_clip(clip)
    timeline = timeline_of(clip, call.timecodes)
    fps = timeline.fps if isinstance(timeline, ConstantRate) else None
    members = [] if call.cast is None else members_of(call.cast, voice, call.zones)
    voices = [member.voice(voice) for member in members] or [voice]
    dubs = [one.dub for one in voices]
    if call.extend is not None:
        if fps is None:
            raise vs.Error("lipsync: a clip with timecodes cannot be extended; extend it before, and its timecodes too")
        opened = [open_dub(one) for one in voices]
        dubs = [*opened]  # read once, here and later
        length = max(length_to_end(dub, one.offset, fps) for dub, one in zip(opened, voices, strict=True))
        longer = extended(clip, length, call.extend)
        if call.plan is not None and longer is not clip:
            raise vs.Error("lipsync: a plan is of the clip as it is; extend the clip without one")
        clip = longer
    analysis, target = open_analysis(clip, call.plan, findings)
    if call.exclude:
        excluded = analysis.excluded.copy()
        for first, stop in excluded_spans(call.exclude, clip.num_frames, timeline):
            excluded[first:stop] = True
        analysis = replace(analysis, excluded=excluded)

    def place(zones: Sequence[Zone]) -> tuple[PlacedZone, ...]:
        return tuple(place_zones(zones, clip.num_frames, timeline, lambda: watch(analysis.scenes())))

    placed = place(call.zones)
    if call.cast is None:
        (only,), (dub,) = voices, dubs
        if only.target is None:
            only = replace(only, target=target)
        parts = [Part(only, placed, Schedule.of(replace(only, dub=dub), placed, analysis, timeline))]
    else:
        own_zones = [_placed_for(member, place, placed) for member in members]
        speakers = cast_speakers(members, own_zones, analysis, voice.original, timeline)
        parts = []
        for member, own, dub, zones, speaker in zip(members, voices, dubs, own_zones, speakers, strict=True):
            try:
                schedule = Schedule.of(replace(own, dub=dub), zones, analysis, timeline, speaker)
            except (DubError, ExemplarError, JobError, ModelError, WeightsError, ZoneError) as error:
                raise (error if _is_of_the_call(error, member) else named(member, error)) from error
            parts.append(Part(own, zones, schedule, member.title, speaker))
    return Prepared(clip, fps, timeline, analysis, tuple(parts))


def _placed_for(
    member: CastMember, place: Callable[[Sequence[Zone]], tuple[PlacedZone, ...]], common: tuple[PlacedZone, ...]
) -> tuple[PlacedZone, ...]:
    """Return the zones of somebody of a cast, which are those of all where there are none."""
    try:
        return place(member.zones) if member.zones else common
    except ZoneError as error:
        raise named(member, error) from error


def _is_of_the_call(error: LipsyncError, member: CastMember) -> bool:
    """Tell whether what is wrong is a zone that all people have in common."""
    return isinstance(error, ZoneError) and not member.zones


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
        from vs_lipsync.plan.file.stored import StoredPlan  # slow to load

        stored = StoredPlan.open(plan)
        return Analysis.stored(clip, stored), stored.target
    return Analysis.of(clip, findings), None
