"""The graph: how the frames of a clip flow through the plan and the mouth to the output.

    clip ─► source ─┬─► small ─┬─► faces ─┐
                    │          └─► cuts ──┴─► plan (a frame per block) ─► mouths (a frame per block) ─┐
                    └─► pass or composite, frame by frame ◄───────────────────────────────────────────┘

All of it is nodes of VapourSynth, so that the core does the locking, the merging of equal requests and the caching, and
counts the memory. No callback requests a frame, but for the sound of a dub that is an audio node.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypedDict, Unpack, get_args

import vapoursynth as vs

from vs_lipsync import weights
from vs_lipsync.errors import SettingError
from vs_lipsync.faces.face import MODELS
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.caches import cached, uncached
from vs_lipsync.graph.clip import check_clip, frame_rate
from vs_lipsync.graph.dubbing_nodes import Composite, Mask, Mouths, PlanProps
from vs_lipsync.graph.extend import Extension, extended, length_to_end
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.packing import carrier, unpack
from vs_lipsync.graph.plan_arrays import plan_from
from vs_lipsync.graph.properties import ACTION, BOX, REASON
from vs_lipsync.graph.schedule import Schedule
from vs_lipsync.graph.targets import speaker_node
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.plan.frame_plan import Action, Reason
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zones import Zone
from vs_lipsync.speech.dub import DubSource, SilencePolicy
from vs_lipsync.timing.seconds import Seconds
from vs_lipsync.timing.timecodes import TimecodeSource, open_timecodes
from vs_lipsync.timing.timeline import ConstantRate, Timeline

__all__ = ["Options", "lipsync", "lipsync_mask", "lipsync_plan", "planned"]


class Options(TypedDict, total=False):
    """The keyword arguments of `lipsync`, which its companions take as well."""

    target: Target | None
    original: DubSource | None
    zones: Sequence[Zone]
    offset: Seconds
    strength: float
    model: str
    device: str
    silence: SilencePolicy
    outside: SilencePolicy
    extend: Extension | None
    plan: str | os.PathLike[str] | None
    timecodes: TimecodeSource | None


def lipsync(
    clip: vs.VideoNode,
    dub: DubSource | None = None,
    *,
    target: Target | None = None,
    original: DubSource | None = None,
    zones: Sequence[Zone] = (),
    offset: Seconds = 0.0,
    strength: float = 1.0,
    model: str = "warp",
    device: str = "auto",
    silence: SilencePolicy = "close",
    outside: SilencePolicy = "pass",
    extend: Extension | None = None,
    plan: str | os.PathLike[str] | None = None,
    timecodes: TimecodeSource | None = None,
) -> vs.VideoNode:
    """Make the speaker of a clip speak a dub.

    Frames without the speaker, and those outside the dub, are the clip's own. In the others only the mouth changes.
    Every frame carries the properties LipSyncAction ("dub" or "pass") and LipSyncReason; dubbed ones also LipSyncBox,
    [x, y, width, height] in luma samples, outside of which all planes equal the clip's; several mouths have one such
    box after the other.

    Args:
        clip: constant format and size, progressive; GRAY, YUV or RGB. Its frame rate is constant, but for `timecodes`.
        dub: the new voice: a file that FFmpeg can read (a video's sound, too), an audio node, a list of `Cue`, or a
            subtitle file (.srt, .vtt) whose texts name sound files. It may be None when all zones have their own.
        target: who is to speak: a picture file of the person, or one saved by `vs-lipsync speaker` (.json); a place in
            the clip, as (frame, x, y) in luma samples or as text, "120@640,360"; a `Speaker`; "main", who is on screen
            most; "speaking", whose mouth follows the original sound; or "all", up to four faces at a time. None for the
            main face of each shot.
        original: the clip's own sound, for the target "speaking".
        zones: ranges of the clip with settings of their own; frames outside of them are left alone. If there are none,
            the whole clip is one.
        offset: seconds by which the dub starts after the clip's first frame; negative when it starts before.
        strength: factor on the movement of the lips, 0..2; 1 is the speaker's own range.
        model: what makes the mouths: "warp", out of the footage itself, or "wav2lip:" and the path of a Wav2Lip
            checkpoint, or its name in the model store.
        device: where a checkpoint runs: "auto", "cpu", "cuda" or "cuda:1".
        silence: what happens between the cues of a dub: "close" shuts the mouth, "pass" leaves the footage as it is. A
            pause inside a recording always shuts it.
        outside: the same before the dub's start and after its end.
        extend: what to do when the dub ends after the clip: None to cut it off, "loop" to go on with the footage played
            back and forth until the dub ends, "freeze" to hold the last frame. The whole dub is read for it at once.
        plan: a plan file that was made for this clip, which need not be analysed again then. Who is to speak may be
            said there.
        timecodes: when the frames of a clip of variable frame rate are shown: a file of format v1 or v2, or a list of
            seconds. The first frame's time counts as 0. Clips cannot be extended then.

    Returns:
        A clip of the same format, size and rate; and of the same length, if it is not extended.

    Raises:
        vs.Error: the clip, the dub or a zone cannot be used, with what to do about it.
    """
    voice = (offset, strength, model, device, silence, outside, target, original)
    with named_errors():
        return _output(clip, _Call(Voice(dub, *voice), zones, extend, plan, timecodes), _composed)


def lipsync_mask(clip: vs.VideoNode, dub: DubSource | None = None, **options: Unpack[Options]) -> vs.VideoNode:
    """Show what `lipsync` with the same arguments replaces.

    Returns:
        A GRAY clip of the clip's size and bit depth: 0 where the clip is left alone, the peak value where the new mouth
        stands alone.

    Raises:
        vs.Error: as `lipsync`.
    """
    with named_errors():
        return _output(clip, _Call.of(dub, options), _masked)


def lipsync_plan(clip: vs.VideoNode, dub: DubSource | None = None, **options: Unpack[Options]) -> vs.VideoNode:
    """Tell what `lipsync` with the same arguments does to each frame, without doing it.

    Mouths are not made, so that a frame to be dubbed is "target speaks" here also where `lipsync` finds no exemplar for
    it, and the few whose mouth cannot be made count as dubbed.

    Returns:
        A clip of the same length and rate whose 1 × 1 frames carry the properties LipSyncAction and LipSyncReason, and
        those to be dubbed LipSyncFace, [x, y, width, height] of the target's face in luma samples.

    Raises:
        vs.Error: as `lipsync`.
    """
    with named_errors():
        return _output(clip, _Call.of(dub, options), _told)


def planned(clip: vs.VideoNode, target: Target | None = None) -> vs.VideoNode:
    """Find the target speaker of a clip.

    Args:
        clip: as for `lipsync`.
        target: as for `lipsync`.

    Returns:
        A clip of the same length whose frame n carries the plan of frame n: `plan_from(unpack(frame), n)`.

    Raises:
        vs.Error: the clip cannot be used.
    """
    check_clip(clip)
    analysis = Analysis.of(clip)
    with named_errors():
        weights.fetch(MODELS)
        speaker = None if target is None else speaker_node(target, analysis)
    return analysis.per_frame(analysis.plans(speaker))


@dataclass(frozen=True, slots=True)
class _Call:
    """What `lipsync` and its companions were asked for."""

    voice: Voice
    zones: Sequence[Zone] = ()
    extend: Extension | None = None
    plan: str | os.PathLike[str] | None = None
    timecodes: TimecodeSource | None = None

    @classmethod
    def of(cls, dub: DubSource | None, options: Options) -> "_Call":
        """Take the arguments of a companion."""
        voice: dict[str, Any] = {**options}
        own = {name: voice.pop(name) for name in ("zones", "extend", "plan", "timecodes") if name in voice}
        return cls(Voice(dub, **voice), **own)


@dataclass(frozen=True, slots=True)
class _Graph:
    """The nodes that all outputs have in common.

    Attributes:
        clip: the clip.
        analysis: what is in it.
        schedule: who speaks when.
        plans: the plans of its block, for every frame.
        mouths: the mouths of its block, for every frame.
        above: whether there are mouths below, which are drawn before.
    """

    clip: vs.VideoNode
    analysis: Analysis
    schedule: Schedule
    plans: Sequence[vs.VideoNode]
    mouths: vs.VideoNode
    above: bool

    @classmethod
    def of(
        cls, clip: vs.VideoNode, analysis: Analysis, schedule: Schedule, fps: Fraction | None, above: bool
    ) -> "_Graph":
        """Put voices into a clip, which is of constant rate if `fps` is given."""
        grid = analysis.grid
        faces = analysis.face_windows()
        plans = schedule.plans
        make = Mouths(schedule.speakers, len(plans), grid, clip.num_frames, analysis.video, fps)
        mouths = cached(carrier(analysis.blocks).std.ModifyFrame([*plans, *faces], make), 3)
        each = [analysis.per_frame(plan) for plan in plans]
        return cls(clip, analysis, schedule, each, analysis.per_frame(mouths), above)

    def choose(self, untouched: vs.VideoNode, dubbed: Sequence[vs.VideoNode]) -> vs.VideoNode:
        """Take each frame from a dubbed node, of which there is one for each plan, or the untouched one, labelled.

        Above others, what they have said of an untouched frame stays.
        """
        schedule = self.schedule
        if self.above:
            uncached(untouched)  # the output of the layer below, which several nodes ask here
        passed = {reason: untouched if self.above else _labelled(untouched, reason) for reason in Reason}
        by_plan = [_by_plan(plan, passed, uncached(node)) for plan, node in zip(self.plans, dubbed, strict=True)]

        def by_time(n: int) -> vs.VideoNode:
            with named_errors():
                reason = schedule.reason(n)
            return by_plan[schedule.plan(n)] if reason is None else passed[reason]

        return untouched.std.FrameEval(by_time, clip_src=[*by_plan, *passed.values()])


def _by_plan(plan: vs.VideoNode, passed: dict[Reason, vs.VideoNode], dubbed: vs.VideoNode) -> vs.VideoNode:
    """Take each frame from the node that its plan asks for."""
    nodes = passed | {reason: dubbed for reason in Reason if reason.action is Action.DUB}

    def planned(n: int, f: vs.VideoFrame) -> vs.VideoNode:
        return nodes[plan_from(unpack(f), n).reason]

    return uncached(dubbed.std.FrameEval(planned, prop_src=[plan], clip_src=list(nodes.values())))


def _output(clip: vs.VideoNode, call: _Call, show: Callable[[Sequence[_Graph]], vs.VideoNode]) -> vs.VideoNode:
    """Return what `show` makes of a clip and its voices."""
    check_clip(clip)
    voice = call.voice
    fps: Fraction | None
    timeline: Timeline
    if call.timecodes is None:
        fps = frame_rate(clip)
        timeline = ConstantRate(fps)
    else:
        fps, timeline = None, open_timecodes(call.timecodes, clip.num_frames)
    if call.extend is not None:
        if fps is None:
            raise vs.Error("lipsync: a clip with timecodes cannot be extended; extend it before, and its timecodes too")
        if call.extend not in get_args(Extension.__value__):
            raise SettingError("extend", "'loop', 'freeze' or None", call.extend)
        voice = replace(voice, dub=voice.open())  # read once, here and later
        longer = extended(clip, length_to_end(voice.open(), voice.offset, fps), call.extend)
        if call.plan is not None and longer is not clip:
            raise vs.Error("lipsync: a plan is of the clip as it is; extend the clip without one")
        clip = longer
    if call.plan is None:
        weights.fetch(MODELS)
        analysis = Analysis.of(clip)
    else:
        stored = StoredPlan.open(call.plan)
        analysis = Analysis.stored(clip, stored)
        if voice.target is None:
            voice = replace(voice, target=stored.target)
    schedule = Schedule.of(voice, call.zones, analysis, timeline)
    layers = [schedule, *schedule.above]
    return show([_Graph.of(clip, analysis, layer, fps, above=number > 0) for number, layer in enumerate(layers)])


def _composed(graphs: Sequence[_Graph]) -> vs.VideoNode:
    """The clip with its new mouths."""
    analysis = graphs[0].analysis
    shown = analysis.source
    for graph in graphs:
        compose = Composite(analysis.grid, analysis.video, above=graph.above)
        shown = graph.choose(shown, [graph.clip.std.ModifyFrame([shown, graph.mouths], compose)] * len(graph.plans))
    return shown


def _masked(graphs: Sequence[_Graph]) -> vs.VideoNode:
    """How much of each luma sample the new mouths replace."""
    analysis, clip = graphs[0].analysis, graphs[0].clip
    gray = clip.format.replace(color_family=vs.GRAY, subsampling_w=0, subsampling_h=0)
    shown = clip.std.BlankClip(format=gray.id, color=0, keep=True)
    for graph in graphs:
        mask = Mask(analysis.grid, analysis.video, above=graph.above)
        shown = graph.choose(shown, [shown.std.ModifyFrame([shown, graph.mouths], mask)] * len(graph.plans))
    return shown


def _told(graphs: Sequence[_Graph]) -> vs.VideoNode:
    """What is done to each frame."""
    shown = graphs[0].clip.std.BlankClip(width=1, height=1, format=vs.GRAY8, keep=True)
    for graph in graphs:
        told = PlanProps(above=graph.above)
        shown = graph.choose(shown, [shown.std.ModifyFrame([shown, plan], told) for plan in graph.plans])
    return shown


def _labelled(node: vs.VideoNode, reason: Reason) -> vs.VideoNode:
    labelled = node.std.SetFrameProps(**{ACTION: str(reason.action), REASON: str(reason)})
    return uncached(labelled.std.RemoveFrameProps(BOX))
