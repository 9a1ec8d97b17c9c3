"""What becomes of each person of a project in every frame, and how far the mouth opens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH, Pose
from vs_lipsync.graph.dubbing import plan_props
from vs_lipsync.graph.plan_writer import frame_plans
from vs_lipsync.graph.prepare import Part, Prepared, prepare
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.graph.schedule import open_dub
from vs_lipsync.plan.frame_plan import Action, Reason
from vs_lipsync.plan.outcomes import Outcome, Range, merge
from vs_lipsync.report.curves import loudness, measured_openings, requested_openings
from vs_lipsync.report.encoded import levels_text, openings_text, outcome_fields, top_of
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.zones import excluded_spans
from vs_lipsync.speech.motion import Motion
from vs_lipsync.studio.call import Call
from vs_lipsync.studio.footage import Footage

__all__ = ["PartReader"]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the footage shows of a person.

    Attributes:
        shapes: [frames] the mouth [53, 3] in the pose-free frame; None where it is not to be changed.
        reasons: [frames] what happens to each frame, and why, whatever is spoken when.
        lane: number of the person's lane; None for none.
    """

    reasons: list[Reason]
    shapes: list[NDArray[np.float64] | None]
    lane: int | None


@dataclass(frozen=True, slots=True)
class _Curves:
    """What becomes of a person.

    Attributes:
        ranges: what happens to the frames, and why.
        measured: [frames] opening of the mouth in the clip.
        requested: [frames] opening that the dub asks for; None without one dub for all.
        level: [frames · bins] loudness of the dub; the same.
        lane: number of the person's lane; None for none.
    """

    ranges: list[Range]
    measured: NDArray[np.float32]
    requested: NDArray[np.float32] | None
    level: NDArray[np.float32] | None
    lane: int | None


class PartReader:
    """Reads what a project comes to, person by person; what it finds of a face is kept for the next time."""

    def __init__(self, clip: vs.VideoNode, footage: Footage) -> None:
        """Read projects of a clip."""
        self._clip = clip
        self._footage = footage
        self._seen: dict[Target | None, _Seen] = {}
        self._known: dict[str, _Curves] = {}
        self._motions: list[Motion] = []

    def told(self, call: Call, done: Callable[[int, int], None]) -> dict[str, Any]:
        """Return what the scripts of the page read of it; `page/script/data.js` says what is what.

        Args:
            call: the project, with the plan of the clip.
            done: called with how many frames of how many are done; what it raises ends the work.

        Raises:
            LipsyncError: the project cannot be done.
            vs.Error: a frame cannot be analysed, or somebody is not found.
        """
        prepared = prepare(self._clip, call.voice, call.settings)
        length = self._clip.num_frames
        total = length * len(prepared.parts)
        made: list[dict[str, Any]] = []
        count = 0

        def step() -> None:
            nonlocal count
            count += 1
            if not count % 64:
                done(count, total)

        known: dict[Outcome, int] = {}

        def number_of(outcome: Outcome) -> int:
            return known.setdefault(outcome, len(known))

        # What was heard of a file is kept as long as somebody has it open: whoever makes frames needs it, too.
        self._motions = [Motion(open_dub(part.voice)) for part in prepared.parts if part.voice.dub is not None]
        curves = []
        kept: dict[str, _Curves] = {}
        for part in prepared.parts:
            key = repr((part.voice, part.zones, call.settings.exclude, call.settings.extend))
            one = self._known.get(key) or self._curves(prepared, part, step)
            kept[key] = one
            curves.append(one)
            made.append(
                {
                    "lane": one.lane,
                    "ranges": [[run.first, run.last + 1, number_of(run.outcome)] for run in one.ranges],
                    "changed": sum(run.last + 1 - run.first for run in one.ranges if run.outcome.action == Action.DUB),
                    "dub": levels_text(one.level),
                    "offset": float(part.voice.offset),
                    "zones": [[zone.first, zone.stop, zone.number - 1] for zone in part.zones],
                }
            )
        self._known = kept
        top = top_of(values for one in curves for values in (one.measured, one.requested))
        for told, one in zip(made, curves, strict=True):
            told["measured"] = openings_text(one.measured, top)
            told["requested"] = openings_text(one.requested, top)
        spans = excluded_spans(call.settings.exclude, length, prepared.timeline) if call.settings.exclude else []
        return {"parts": made, "top": top, "excluded": spans, "reasons": [outcome_fields(outcome) for outcome in known]}

    def _curves(self, prepared: Prepared, part: Part, step: Callable[[], None]) -> _Curves:
        seen = self._of(part, prepared)
        outcomes = list(self._outcomes(prepared, part, seen, step))
        requested, level = self._sound(part, prepared, seen, outcomes)
        return _Curves(list(merge(outcomes)), measured_openings(seen.shapes), requested, level, seen.lane)

    def _outcomes(self, prepared: Prepared, part: Part, seen: _Seen, step: Callable[[], None]) -> Iterator[Outcome]:
        """Yield what happens to each frame.

        Somebody of a cast is one person in all frames: what is known of the faces is not looked for again when only the
        times have changed. The order of reasons is that of the filter: time, exclusions, faces.
        """
        schedule, excluded = part.schedule, prepared.analysis.excluded
        if part.speaker is not None and len(schedule.plans) == 1:
            part.speaker.get_frame(0).close()  # says whether two of the cast are one person
            for n, found in enumerate(seen.reasons):
                step()
                timed = schedule.reason(n)
                reason = timed if timed is not None else Reason.EXCLUDED if excluded[n] else found
                yield Outcome(str(reason.action), str(reason))
            return
        node = plan_props(replace(prepared, parts=(part,)))[: self._clip.num_frames]
        for frame in node.frames(close=True):
            step()
            yield outcome_of(frame)

    def _of(self, part: Part, prepared: Prepared) -> _Seen:
        target = part.voice.target
        if target == "all":
            target = None  # of several targets, the main face's mouth is shown
        if target not in self._seen:
            reasons: list[Reason] = []
            shapes: list[NDArray[np.float64] | None] = []
            ranks = np.full(self._clip.num_frames, -1, np.int64)
            plans = frame_plans(self._footage.analysis, target, part.voice.original, prepared.timeline)
            for number, plan in enumerate(plans):
                ranks[number] = plan.face
                reasons.append(plan.reason)
                known = plan.landmarks
                shapes.append(None if known is None else Pose.of(known).remove(known[list(MOUTH)]))
            self._seen[target] = _Seen(reasons, shapes, self._footage.lane_of(ranks))
        return self._seen[target]

    def _sound(
        self, part: Part, prepared: Prepared, seen: _Seen, outcomes: list[Outcome]
    ) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
        """Return the openings that a person's dub asks for, and its loudness; None without one dub for all."""
        if part.voice.dub is None:
            return None, None
        dub, length = open_dub(part.voice), self._clip.num_frames
        dubbed = [outcome.action == Action.DUB for outcome in outcomes]
        requested = requested_openings(dub, part.voice, seen.shapes, dubbed, self._footage.shots, prepared.timeline)
        level = loudness(dub, float(part.voice.offset), length, prepared.timeline, self._footage.bins)
        return requested, level
