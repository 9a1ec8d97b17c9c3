"""What `vs-lipsync plan` does once its options are read."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import click
import vapoursynth as vs

from vs_lipsync.cli.errors import JobError, one_line
from vs_lipsync.cli.footage import Footage
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.ranges import Outcome, summary
from vs_lipsync.plan.errors import PlanError
from vs_lipsync.plan_file import write_plan

__all__ = ["write"]


def write(source: Path, output: Path) -> None:
    """Analyse a clip and write its plan.

    Raises:
        JobError: it cannot be done.
    """
    footage = Footage.open(source)
    if footage.note:
        click.echo(footage.note, err=True)
    try:
        with Progress(footage.clip.num_frames) as shown:
            plan = write_plan(footage.clip, output, done=shown)
    except (vs.Error, PlanError) as error:
        raise JobError(one_line(error)) from error
    counts: Counter[Outcome] = Counter()
    for first, last, action, reason in plan.ranges:
        counts[Outcome(action, reason)] += last + 1 - first
    click.echo(f"{output}: {len(plan.cuts) + 1} shots, {summary(counts)}", err=True)


class Progress(ExitStack):
    """Progress of a run that may have been begun before: only what is still to do counts."""

    def __init__(self, total: int) -> None:
        """Expect to be told how many of `total` frames are done."""
        super().__init__()
        self._total = total
        self._done = -1

    def __call__(self, done: int) -> None:
        """Show that so many frames are done."""
        if self._done < 0:
            if done:
                click.echo(f"going on at frame {done} of {self._total}", err=True)
            self._advance = self.enter_context(progress("analysing", self._total - done))
            self._done = done
        for _ in range(done - self._done):
            self._advance()
        self._done = done
