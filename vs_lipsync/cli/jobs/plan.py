"""What `vs-lipsync plan` does once its options are read."""

import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
import vapoursynth as vs

from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import JobError, one_line
from vs_lipsync.files import write_text
from vs_lipsync.graph.plan_writer import write_plan
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.plan.outcomes import Outcome, summary
from vs_lipsync.report.gather import gather
from vs_lipsync.report.page import render
from vs_lipsync.settings.voice import Voice

__all__ = ["Shown", "SourceOptions", "write"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows besides the clip.

    Attributes:
        voice: the dub, if there is one, and how it is put into mouths.
        plan: the plan; None for the one that is made.
    """

    voice: Voice
    plan: Path | None


def write(source: Path, output: Path | None, page: Path | None, shown: Shown, opening: SourceOptions) -> None:
    """Analyse a clip, and write its plan, a page that shows it, or both.

    Raises:
        JobError: it cannot be done.
    """
    footage = SourceClip.open(source, opening)
    notify(footage.note)
    try:
        with ExitStack() as stack:
            plan = shown.plan
            if plan is None:
                plan = output
            if plan is None:
                plan = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "plan.json"
            if shown.plan is None:
                _write_plan(footage.clip, plan, output)
            if page is not None:
                _write_page(source, footage.clip, plan, page, shown, opening.timecodes)
    except vs.Error as error:
        raise JobError(one_line(error)) from error


def _write_plan(clip: vs.VideoNode, path: Path, output: Path | None) -> None:
    with Progress(clip.num_frames) as shown:
        plan = write_plan(clip, path, done=shown.analysed, summed=shown.summed)
    counts: Counter[Outcome] = Counter()
    for first, last, action, reason in plan.ranges:
        counts[Outcome(action, reason)] += last + 1 - first
    where = "" if output is None else f"{output}: "
    click.echo(f"{where}{len(plan.cuts) + 1} shots, {summary(counts)}", err=True)


def _write_page(source: Path, clip: vs.VideoNode, plan: Path, page: Path, shown: Shown, timecodes: Path | None) -> None:
    with progress("collecting", clip.num_frames) as advance:
        report = gather(
            clip,
            plan,
            name=source.name,
            voice=shown.voice,
            timecodes=timecodes,
            done=advance,
        )
    text = render(report)
    write_text(page, text)
    click.echo(f"{page}: {len(text.encode()) / 1e6:.1f} MB", err=True)


class Progress(ExitStack):
    """Progress of a plan, of which some may have been done before: first the analysis, then the summary."""

    def __init__(self, total: int) -> None:
        """Expect `total` frames."""
        super().__init__()
        self._total = total
        self._done: int | None = None
        self._summing = False

    def analysed(self, done: int) -> None:
        """Show that so many frames are analysed."""
        if self._done is None:
            if done:
                click.echo(f"going on at frame {done} of {self._total}", err=True)
            self._advance = self.enter_context(progress("analysing", self._total, done))
            self._done = done
        for _ in range(done - self._done):
            self._advance()
        self._done = done

    def summed(self) -> None:
        """Show that one more frame is in the summary."""
        if not self._summing:
            self.close()  # a terminal shows one bar at a time
            self._advance = self.enter_context(progress("summing up", self._total))
            self._summing = True
        self._advance()
