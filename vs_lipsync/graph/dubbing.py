"""The graph that dubs a clip: how its frames flow through the plan and the mouths to the output.

    clip ─► source ─┬─► cuts, faces ────────► plan ─► mouths (a frame per block each) ─► drawn ─┐
                    └─► pass or composite, frame by frame ◄─────────────────────────────────────┘

All of it is nodes of VapourSynth, so that the core does the locking, the merging of equal requests and the caching, and
counts the memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import vapoursynth as vs
from cachetools import LRUCache

from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.packing import carrier, unpack
from vs_lipsync.graph.arrays.plans import reasons_from
from vs_lipsync.graph.caches import cached, uncached
from vs_lipsync.graph.in_order import behind
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.nodes.dubbing import Composite, Drawn, Mask, PlanProps
from vs_lipsync.graph.nodes.hearing import Heard
from vs_lipsync.graph.nodes.mouths import Mouths
from vs_lipsync.graph.prepare import Prepared
from vs_lipsync.graph.properties import ACTION, BOX, REASON
from vs_lipsync.graph.schedule import Schedule
from vs_lipsync.graph.side_by_side import side_by_side
from vs_lipsync.graph.windows import every
from vs_lipsync.plan.frame_plan import Action, Reason

__all__ = ["composed", "masked", "pass_reasons", "plan_props"]

SIDE_BY_SIDE: Final = 8
"""Mouths that are drawn side by side at most."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """The nodes of at most one mouth per frame; where several faces speak at the same time, each is in a layer.

    Attributes:
        clip: the clip.
        analysis: its analysis.
        schedule: who speaks when.
        plans: for each plan of the clip, a node; its frame n has the plans of the window of frame n's block.
        mouths: once frame n is there, the mouths of frame n's block are known.
        drawn: frame n has its patch.
        heard: once frame n is there, the dub of frame n's block has been heard, if its mouths are likely to be made.
        above: whether there is a layer below this one.
    """

    clip: vs.VideoNode
    analysis: Analysis
    schedule: Schedule
    plans: Sequence[vs.VideoNode]
    mouths: vs.VideoNode
    drawn: vs.VideoNode
    heard: vs.VideoNode
    above: bool

    @classmethod
    def of(cls, prepared: Prepared, schedule: Schedule, *, above: bool) -> "_Layer":
        """Make the nodes of a schedule."""
        clip, analysis, fps = prepared.clip, prepared.analysis, prepared.fps
        grid = analysis.grid
        faces = analysis.face_windows()
        plans = schedule.plans
        make = Mouths(schedule.speakers, len(plans), grid, clip.num_frames, analysis.video, fps)
        banks = [bank.std.Loop(analysis.blocks) for bank in schedule.banks]
        made = cached(carrier(analysis.blocks).std.ModifyFrame([*plans, *faces, *banks], make), 2)
        each = [analysis.per_frame(plan) for plan in plans]
        hear = Heard(schedule.speakers, grid, clip.num_frames)
        heard = cached(carrier(analysis.blocks).std.ModifyFrame(analysis.first_faces(), hear), 2)
        mouths = analysis.per_frame(made)
        drawn = _drawn(mouths, analysis)
        return cls(clip, analysis, schedule, each, mouths, drawn, analysis.per_frame(heard), above)

    def choose(
        self, untouched: vs.VideoNode, dubbed: Sequence[vs.VideoNode], *, with_mouths: bool = True
    ) -> vs.VideoNode:
        """Return a node that takes each frame from the dubbed node of its plan, or the untouched node if it passes.

        Frames that pass get the properties of their reason; above another layer they keep those of that layer.

        Args:
            untouched: the frames without this layer.
            dubbed: the frames with this layer's mouths, one node for each plan.
            with_mouths: whether mouths are made for them.
        """
        schedule = self.schedule
        if self.above:
            uncached(untouched)  # the output of the layer below, which several nodes request here
        passed = {reason: untouched if self.above else _labelled(untouched, reason) for reason in Reason}
        asked = [[plan, self.heard] if with_mouths else [plan] for plan in self.plans]
        block = self.analysis.grid.block
        laid = [behind(self.mouths, uncached(node)) if with_mouths else uncached(node) for node in dubbed]
        by_plan = [_by_plan(nodes, passed, node, block) for nodes, node in zip(asked, laid, strict=True)]

        def by_time(n: int) -> vs.VideoNode:
            with named_errors():
                reason = schedule.reason(n)
            return by_plan[schedule.plan(n)] if reason is None else passed[reason]

        return untouched.std.FrameEval(by_time, clip_src=[*by_plan, *passed.values()])


def _drawn(mouths: vs.VideoNode, analysis: Analysis) -> vs.VideoNode:
    """Return a node; its frame n has the patch of frame n, from one whose frame n has the mouths of frame n's block."""

    def node(phase: int) -> vs.VideoNode:
        wanted = every(SIDE_BY_SIDE, phase, mouths)
        draw = Drawn(SIDE_BY_SIDE, phase, analysis.grid, analysis.video)
        return uncached(carrier(wanted.num_frames).std.ModifyFrame(wanted, draw))

    return side_by_side(mouths.num_frames, SIDE_BY_SIDE, node)


def _by_plan(
    asked: Sequence[vs.VideoNode], passed: dict[Reason, vs.VideoNode], dubbed: vs.VideoNode, block: int
) -> vs.VideoNode:
    """Return a node that takes each frame from `dubbed` or from the node of its reason, by its plan.

    Args:
        asked: of the first node, frame n has the plans of the window of frame n's block; frames of others are waited
            for.
        passed: the node for each reason to pass.
        dubbed: the node for reasons to dub.
        block: frames that share a plan.
    """
    known: LRUCache[int, tuple[int, list[Reason]]] = LRUCache(4)  # by block; calls of a node's callback never overlap
    nodes = passed | {reason: dubbed for reason in Reason if reason.action is Action.DUB}

    def planned(n: int, f: vs.VideoFrame | Sequence[vs.VideoFrame]) -> vs.VideoNode:
        if n // block not in known:
            known[n // block] = reasons_from(unpack(f if isinstance(f, vs.VideoFrame) else f[0]))
        first, reasons = known[n // block]
        return nodes[reasons[n - first]]

    return uncached(dubbed.std.FrameEval(planned, prop_src=list(asked), clip_src=list(nodes.values())))


def _schedules(prepared: Prepared) -> list[Schedule]:
    """Return the schedule of each layer of a call, the lowest first."""
    return [one for part in prepared.parts for one in (part.schedule, *part.schedule.above)]


def _layers(prepared: Prepared) -> list[_Layer]:
    """Return the layers of a call, the lowest first."""
    return [_Layer.of(prepared, one, above=number > 0) for number, one in enumerate(_schedules(prepared))]


def pass_reasons(prepared: Prepared) -> Callable[[int], Reason | None]:
    """Return what tells why a frame passes whatever is in the picture, as `plan_props` would say; None if that decides.

    What it returns raises DubError where a dub cannot be decoded.
    """
    schedules = _schedules(prepared)

    def reason(n: int) -> Reason | None:
        first, *others = (one.reason(n) for one in schedules)
        return None if None in others else first

    return reason


def composed(prepared: Prepared) -> vs.VideoNode:
    """Return the clip with its new mouths: the result of `lipsync`."""
    analysis = prepared.analysis
    shown = analysis.source
    for layer in _layers(prepared):
        compose = Composite(analysis.video, above=layer.above)
        shown = layer.choose(shown, [layer.clip.std.ModifyFrame([shown, layer.drawn], compose)] * len(layer.plans))
    return shown


def masked(prepared: Prepared) -> vs.VideoNode:
    """Return how much of each luma sample the new mouths replace, 0 to the peak, as a GRAY clip of the clip's depth."""
    analysis, clip = prepared.analysis, prepared.clip
    gray = clip.format.replace(color_family=vs.GRAY, subsampling_w=0, subsampling_h=0)
    shown = clip.std.BlankClip(format=gray.id, color=0, keep=True)
    for layer in _layers(prepared):
        mask = Mask(analysis.video, above=layer.above)
        shown = layer.choose(shown, [shown.std.ModifyFrame([shown, layer.drawn], mask)] * len(layer.plans))
    return shown


def plan_props(prepared: Prepared) -> vs.VideoNode:
    """Return 1 × 1 GRAY8 frames with LipSyncAction, LipSyncReason and LipSyncFace of each frame of the clip."""
    shown = prepared.clip.std.BlankClip(width=1, height=1, format=vs.GRAY8, keep=True)
    for layer in _layers(prepared):
        props = PlanProps(above=layer.above)
        labelled = [shown.std.ModifyFrame([shown, plan], props) for plan in layer.plans]
        shown = layer.choose(shown, labelled, with_mouths=False)
    return shown


def _labelled(node: vs.VideoNode, reason: Reason) -> vs.VideoNode:
    """Return a node whose frames have the properties of a reason to pass."""
    labelled = node.std.SetFrameProps(**{ACTION: str(reason.action), REASON: str(reason)})
    return uncached(labelled.std.RemoveFrameProps(BOX))
