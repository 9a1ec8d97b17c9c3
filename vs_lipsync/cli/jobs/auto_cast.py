"""Finding out who of a clip's people speaks which stem, for `--cast auto`."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
import numpy as np
import vapoursynth as vs

from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import JobError, LipsyncError, one_line
from vs_lipsync.graph.casting import Matched, match_stems
from vs_lipsync.graph.prepare import open_analysis
from vs_lipsync.identity.assignment import NOBODY, doubt_about
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.settings.cast import CastMember
from vs_lipsync.speech.dub import Dub

__all__ = ["find_cast"]


def find_cast(
    source: Path, stems: Sequence[Path], offset: float, plan: Path | None, opening: SourceOptions
) -> tuple[CastMember, ...]:
    """Give each stem to the person whose mouth follows it, and print a table of that.

    Args:
        source: the clip.
        stems: what is spoken, each by one person.
        offset: seconds after the clip's first frame at which they start.
        plan: the clip's plan file, if there is one.
        opening: how the clip is opened.

    Returns:
        The cast, in the order of the stems; each person is told by a place in the clip.

    Raises:
        click.UsageError: it is not clear who speaks a stem.
        JobError: the clip or a stem cannot be read.
    """
    footage = SourceClip.open(source, opening)
    try:
        analysis, _ = open_analysis(footage.clip, plan)
        dubs = [Dub.open(stem) for stem in stems]
        steps = partial(progress, "comparing")
        matched = match_stems(analysis, dubs, offset, footage.timeline, steps)
    except (LipsyncError, vs.Error) as error:
        raise JobError(one_line(error)) from error
    for line in _table(stems, matched):
        notify(line)
    for stem, given in zip(stems, matched.given, strict=True):
        doubt = doubt_about(stem.name, given, len(matched.people))
        if doubt is not None:
            raise click.UsageError(f"{doubt}; say who speaks what, with --cast WHO=DUB for each person")
    places = [matched.people[given.person].place for given in matched.given]
    return tuple(CastMember(f"{frame}@{x:g},{y:g}", stem) for (frame, x, y), stem in zip(places, stems, strict=True))


def _table(stems: Sequence[Path], matched: Matched) -> list[str]:
    """Return lines that say whom each stem is given to."""
    rows = [("stem", "person", "confidence", "on screen while speaking")]
    for stem, given, seen in zip(stems, matched.given, matched.seen, strict=True):
        if given.person == NOBODY:
            rows.append((stem.name, "nobody", f"{given.confidence:.2f}", "-"))
            continue
        frame, x, y = matched.people[given.person].place
        share = "-" if np.isnan(seen) else f"{seen:.0%}" + ("; the rest passes" if seen < 0.995 else "")
        rows.append((stem.name, f"{frame}@{x:g},{y:g}", f"{given.confidence:.2f}", share))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return ["  ".join([*map(str.ljust, row[:3], widths), row[3]]).rstrip() for row in rows]
