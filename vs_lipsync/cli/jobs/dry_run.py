"""What would be done with each frame, told without making one."""

from collections import Counter
from itertools import groupby
from pathlib import Path

import click
import vapoursynth as vs

from vs_lipsync.cli.jobs.cast_sound import dubs_of
from vs_lipsync.cli.jobs.cast_targets import check_cast, outcomes_of_each
from vs_lipsync.cli.jobs.dubbing import Dubbing
from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.span import span_of
from vs_lipsync.errors import JobError, one_line
from vs_lipsync.graph.dubbing import pass_reasons, plan_props
from vs_lipsync.graph.prepare import Prepared
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.media.source import SourceClip
from vs_lipsync.plan.outcomes import Outcome, Range, merge, summary
from vs_lipsync.timing.position import Position, format_time
from vs_lipsync.timing.timeline import Timeline

__all__ = ["planned", "print_plan"]


def print_plan(source: Path, dubbing: Dubbing, start: Position | None, end: Position | None) -> None:
    """Print the ranges of frames that are treated alike; arguments and errors as for `dub.write`."""
    footage = SourceClip.open(source, dubbing.opening)
    notify(footage.note)
    prepared = dubbing.prepare(footage.clip)
    clip, timeline = prepared.clip, prepared.timeline
    dubs_of(prepared, dubbing.sound).notify_remarks()
    first, stop = span_of(clip.num_frames, timeline, start, end)
    check_cast(prepared)
    if dubbing.cast is not None:
        for person, outcomes in zip(prepared.parts, outcomes_of_each(prepared, (first, stop)), strict=True):
            click.echo(f"{person.title}:")
            for part in merge(outcomes, first):
                click.echo(f"  {_line(part, timeline)}")
            notify(f"{person.title}: {summary(Counter(outcomes))}")
        return
    found = planned(prepared, (first, stop))
    counts = Counter(found)
    zones = [zone for zone in prepared.zones if zone.first < stop and zone.stop > first]
    borders = [border for zone in zones for border in ((zone.first, ""), (zone.stop, f"  zone {zone.number}"))]
    begun = first
    for border, name in [*borders, (stop, "")]:
        until = min(max(border, first), stop)
        for part in merge(found[begun - first : until - first], begun):
            click.echo(_line(part, timeline) + name)
        begun = until
    notify(summary(counts))


def planned(prepared: Prepared, span: tuple[int, int]) -> list[Outcome]:
    """Return what happens to each frame of a span, by its plan.

    Raises:
        JobError: a frame cannot be analysed.
        DubError: a dub cannot be decoded.
    """
    plans, why = plan_props(prepared), pass_reasons(prepared)
    try:
        with progress("planning", span[1] - span[0]) as advance:
            found: list[Outcome] = []
            for reason, run in groupby([why(n) for n in range(*span)]):  # what passes in any case is not asked for
                count = sum(1 for _ in run)
                if reason is None:
                    first = span[0] + len(found)
                    for frame in plans[first : first + count].frames(close=True):
                        found.append(outcome_of(frame))
                        advance()
                else:
                    found += [Outcome(str(reason.action), str(reason))] * count
                    for _ in range(count):
                        advance()
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    return found


def _line(part: Range, timeline: Timeline) -> str:
    times = f"{format_time(timeline.start(part.first))} to {format_time(timeline.start(part.last + 1))}"
    return f"{part.first}-{part.last}  {times}  {part.outcome.action}  {part.outcome.reason}".rstrip()
