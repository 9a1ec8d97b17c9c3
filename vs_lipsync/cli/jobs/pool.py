"""The pieces of a job, written side by side in processes of this machine."""

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from multiprocessing.connection import Connection, wait
from typing import Any

from vs_lipsync.cli.jobs.encode import keep, require_room
from vs_lipsync.cli.jobs.folder import JobFolder, Piece
from vs_lipsync.cli.jobs.worker import PieceTask, work
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError
from vs_lipsync.plan.outcomes import Outcome

__all__ = ["record_side_by_side"]

_GRACE = 5.0
"""Seconds that a process has to end what it started, before it is killed."""


def record_side_by_side(
    task: PieceTask, job: JobFolder, numbers: Sequence[int], workers: int, done: Callable[[Outcome], None]
) -> None:
    """Write pieces of a job in several processes. They are gone when this returns or raises.

    Each process is given neighbouring pieces, so that what it has found out of the pictures between two of them is not
    found out twice. One that has no more takes half of what the busiest still has to do.

    Args:
        task: what the processes have to know.
        job: where the pieces go.
        numbers: which pieces, rising.
        workers: how many processes; there are no more than pieces.
        done: called with what happened to each frame that has been sent to an encoder.

    Raises:
        JobError: as for `encode.record`, or a process was ended by somebody.
    """
    context = multiprocessing.get_context("spawn")
    with contextlib.ExitStack() as stack:
        left = [_Worker(context, task, run) for run in _runs(numbers, min(workers, len(numbers)))]
        stack.callback(_stop, left)
        with _signals_held():
            for worker in left:
                worker.start()
        for worker in left:
            _give(worker, left, job)
        busy = list(left)
        while busy:
            ready = wait([worker.connection for worker in busy])
            for worker in [one for one in busy if one.connection in ready]:
                match worker.receive():
                    case Outcome() as outcome:
                        done(outcome)
                    case Piece() as piece:
                        keep(job, piece)
                        if not _give(worker, left, job):
                            busy.remove(worker)
                    case JobError() as error:
                        raise error
                    case text:
                        notify(str(text))


class _Worker:
    """A process, and the numbers of the pieces that it is to write."""

    def __init__(self, context: multiprocessing.context.SpawnContext, task: PieceTask, numbers: Sequence[int]) -> None:
        self.numbers = deque(numbers)
        self.connection: Connection[Any, Any]
        self.connection, self._theirs = context.Pipe()
        self._process = context.Process(target=work, args=(self._theirs, task), daemon=True)

    def start(self) -> None:
        self._process.start()
        self._theirs.close()  # so that its end is noticed

    def receive(self) -> object:
        """Return what the process sends; JobError if it has ended instead."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            self._process.join(_GRACE)
            code = self._process.exitcode
            how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
            raise JobError(
                f"a process that wrote pieces ended {how}; if memory is short, give fewer --workers"
            ) from None

    def give(self, number: int | None) -> None:
        """Tell the process the number of its next piece, or that there is none; `receive` tells if it has ended."""
        with contextlib.suppress(OSError):
            self.connection.send(number)

    def terminate(self) -> None:
        if self._process.pid is not None:
            self._process.terminate()

    def join(self) -> None:
        """Wait for the process to end, and make it end if it does not."""
        if self._process.pid is not None:
            self._process.join(_GRACE)
            self._process.kill()
            self._process.join()
        self.connection.close()


def _give(worker: _Worker, workers: Sequence[_Worker], job: JobFolder) -> bool:
    """Give a process its next piece, and return whether there was one; JobError if the disk has no room for it."""
    if not worker.numbers:
        busiest = max((one.numbers for one in workers), key=len)
        taken = [busiest.pop() for _ in range(-(-len(busiest) // 2))]
        worker.numbers.extend(reversed(taken))
    if not worker.numbers:
        worker.give(None)
        return False
    require_room(job, len(workers))
    worker.give(worker.numbers.popleft())
    return True


def _stop(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()


def _runs(numbers: Sequence[int], count: int) -> list[Sequence[int]]:
    """Divide numbers into so many runs of nearly equal length."""
    borders = [len(numbers) * number // count for number in range(count + 1)]
    return [numbers[begin:stop] for begin, stop in pairwise(borders)]


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Hold Ctrl-C back while the context lasts; processes that are started in it never see it, and are ended by us."""
    if os.name != "posix":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
