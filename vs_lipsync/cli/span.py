"""Ranges of a clip that are asked for by their ends."""

import click

from vs_lipsync.timing.position import Position, format_time
from vs_lipsync.timing.timeline import Timeline

__all__ = ["span_of"]


def span_of(frames: int, timeline: Timeline, start: Position | None, end: Position | None) -> tuple[int, int]:
    """Return the first frame of the range that was asked for, and the first behind it.

    Args:
        frames: length of the clip.
        timeline: when its frames are shown.
        start: first frame; None for the clip's first.
        end: first frame no longer in the range; None for the clip's end.

    Raises:
        click.BadParameter: there is no such range in the clip.
    """
    first = start.at(timeline) if start else 0
    stop = min(end.at(timeline), frames) if end else frames
    if first >= frames:
        length = f"{frames} frames long ({format_time(timeline.start(frames))})"
        raise click.BadParameter(f"frame {first} is not in the clip, which is {length}", param_hint="--start")
    if stop <= first:
        raise click.BadParameter(f"there is no frame from {first} to {stop}", param_hint="--end")
    return first, stop
