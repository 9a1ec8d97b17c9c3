"""What `vs-lipsync batch` does once its list is read: several jobs at a time, each in a process of its own."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from multiprocessing.connection import wait
from pathlib import Path

import click
from filelock import FileLock, Timeout

from vs_lipsync.cli.jobs.batch.job import Failed, Finished, run_job
from vs_lipsync.cli.jobs.batch.listed import ListedJob
from vs_lipsync.cli.jobs.batch.report import BatchReport, JobReport, found_at
from vs_lipsync.cli.jobs.pool.capacity import fitting_workers, frame_bytes_of
from vs_lipsync.cli.jobs.pool.processes import Child, interrupts_held, stop
from vs_lipsync.cli.jobs.rendering.folder import describe_file
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.timing.position import format_time
from vs_lipsync.version import __version__

__all__ = ["run"]


type Dub = Callable[[Sequence[str]], Counter[Outcome]]
"""Dubs as `vs-lipsync dub` does with arguments; a function of a module."""


def run(jobs: Sequence[ListedJob], dub: Dub, report: Path, workers: int | None) -> bool:
    """Do the jobs of a list that an earlier run has not done.

    Args:
        jobs: the jobs.
        dub: does one of them.
        report: the file that says what has become of them, now and when they are taken up again.
        workers: how many processes work at a time; None for as many as the machine has room for.

    Returns:
        Whether all are done.

    Raises:
        JobError: the report cannot be written, or another run is at it.
    """
    with _locked(report):
        batch = _Batch(jobs, dub, report)
        if workers is None:
            workers = fitting_workers(max((frame_bytes_of(job.source) for job in jobs), default=0))
        try:
            batch.run(workers)
        finally:
            click.echo(batch.table())
    return all(one.state == "done" for one in batch.report.jobs)


def _report_of(job: ListedJob) -> JobReport:
    """Return what is said of a job before it begins."""
    made_of = [f"vs-lipsync {__version__}", *(describe_file(path) for path in job.files)]
    return JobReport(input=str(job.source), output=str(job.output), arguments=list(job.arguments), made_of=made_of)


class _Running(Child):
    """A job at work."""

    def __init__(self, number: int, dub: Dub, arguments: Sequence[str], workers: int) -> None:
        super().__init__(run_job, dub, tuple(arguments), daemon=False)
        self.number = number
        self.workers = workers
        self.begun = time.monotonic()


class _Batch:
    """A list of jobs and what has become of them."""

    def __init__(self, jobs: Sequence[ListedJob], dub: Dub, path: Path) -> None:
        before = BatchReport.read(path)
        known = {one.output: one for one in before.jobs} if before is not None else {}
        self._jobs = jobs
        self._dub = dub
        self._path = path
        self._again: set[int] = set()
        self.report = BatchReport(jobs=[_report_of(job) for job in jobs])
        for number, one in enumerate(self.report.jobs):
            earlier = known.get(one.output)
            if earlier is not None and one.follows(earlier):
                earlier.state, earlier.error, earlier.written = "done", "", found_at(Path(one.output))
                self.report.jobs[number] = earlier
                self._again.add(number)
        self.report.write(path)

    def run(self, workers: int) -> None:
        """Do what is not done, with so many processes in all."""
        waiting = deque(number for number, one in enumerate(self.report.jobs) if one.state != "done")
        if self._again:
            notify(f"{len(self._again)} of {len(self._jobs)} jobs were done before")
        running: list[_Running] = []
        try:
            while waiting or running:
                free = workers - sum(one.workers for one in running)
                while waiting and free > 0:
                    share = max(1, free // len(waiting))
                    running.append(self._start(waiting.popleft(), share))
                    free -= share
                ready = wait([one.connection for one in running])
                for one in [one for one in running if one.connection in ready]:
                    if self._heard(one):
                        one.join()
                        running.remove(one)
        finally:
            stop(running)

    def _start(self, number: int, workers: int) -> _Running:
        job, said = self._jobs[number], self.report.jobs[number]
        said.state, said.found = "running", found_at(job.output)
        self.report.write(self._path)
        job.output.parent.mkdir(parents=True, exist_ok=True)
        process = _Running(number, self._dub, [f"--workers={workers}", *job.arguments], workers)
        with interrupts_held():
            process.start()
        return process

    def _heard(self, one: _Running) -> bool:
        """Take what a job says, and return whether it has ended."""
        said, name = self.report.jobs[one.number], self._jobs[one.number].name
        try:
            message = one.receive()
        except EOFError:
            message = Failed(f"its process ended {one.ending}")
        match message:
            case Finished(counts):
                dubbed = sum(n for outcome, n in counts.items() if outcome.action == "dub")
                passed = Counter({o.reason or "no reason": n for o, n in counts.items() if o.action != "dub"})
                said.state, said.written = "done", found_at(Path(said.output))
                said.frames, said.dubbed, said.passed = counts.total(), dubbed, dict(passed)
            case Failed(error):
                said.state, said.error = "failed", error
                notify(f"[{name}] failed: {error}")
            case line:
                notify(f"[{name}] {line}")
                return False
        said.seconds = round(time.monotonic() - one.begun, 1)
        self.report.write(self._path)
        return True

    def table(self) -> str:
        """Return a summary: a row for each job, and one for all."""
        rows = [("job", "state", "frames", "dubbed", "time", "")]
        for number, (job, said) in enumerate(zip(self._jobs, self.report.jobs, strict=True)):
            state = "stopped" if said.state == "running" else said.state
            took = "" if said.seconds is None else format_time(Fraction(said.seconds)).partition(".")[0]
            remark = said.error or ("done before" if number in self._again else "")
            frames, dubbed = ("" if one is None else str(one) for one in (said.frames, said.dubbed))
            rows.append((job.name, state, frames, dubbed, took, remark))
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        lines = ["  ".join([*map(str.ljust, row[:5], widths), row[5]]).rstrip() for row in rows]
        states = Counter(row[1] for row in rows[1:])
        total = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        return "\n".join([*lines, f"{len(self._jobs)} jobs: {total}"])


@contextmanager
def _locked(report: Path) -> Iterator[None]:
    """Hold the lock of a list of jobs.

    Raises:
        JobError: another run holds it.
    """
    path = report.with_name(f".{report.name}.lock")
    try:
        with FileLock(path, timeout=0):
            yield
            path.unlink(missing_ok=True)
    except Timeout:
        raise JobError(f"another run is at the jobs of {report}; wait for it, or stop it first") from None
