"""The pieces of a job, written side by side in processes of this machine."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from multiprocessing.connection import wait

from vs_lipsync.cli.jobs.pool.processes import Child, interrupts_held, stop
from vs_lipsync.cli.jobs.pool.worker import PieceTask, work
from vs_lipsync.cli.jobs.rendering.encode import keep, require_room
from vs_lipsync.cli.jobs.rendering.folder import JobFolder, Piece
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError
from vs_lipsync.plan.outcomes import Outcome

__all__ = ["record_side_by_side"]


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
    pool = [_Worker(task, run) for run in _runs(numbers, min(workers, len(numbers)))]
    try:
        with interrupts_held():
            for worker in pool:
                worker.start()
        for worker in pool:
            _give(worker, pool, job)
        busy = list(pool)
        while busy:
            ready = wait([worker.connection for worker in busy])
            for worker in [one for one in busy if one.connection in ready]:
                match _received(worker):
                    case Outcome() as outcome:
                        done(outcome)
                    case Piece() as piece:
                        keep(job, piece)
                        if not _give(worker, pool, job):
                            busy.remove(worker)
                    case JobError() as error:
                        raise error
                    case text:
                        notify(str(text))
    finally:
        stop(pool)


class _Worker(Child):
    """A process, and the numbers of the pieces that it is to write."""

    def __init__(self, task: PieceTask, numbers: Sequence[int]) -> None:
        super().__init__(work, task, daemon=True)
        self.numbers = deque(numbers)


def _received(worker: _Worker) -> object:
    try:
        return worker.receive()
    except EOFError:
        raise JobError(
            f"a process that wrote pieces ended {worker.ending}; if memory is short, give fewer --workers"
        ) from None


def _give(worker: _Worker, workers: Sequence[_Worker], job: JobFolder) -> bool:
    """Give a process its next piece, and return whether there was one; JobError if the disk has no room for it."""
    if not worker.numbers:
        busiest = max((one.numbers for one in workers), key=len)
        taken = [busiest.pop() for _ in range(-(-len(busiest) // 2))]
        worker.numbers.extend(reversed(taken))
    if not worker.numbers:
        worker.send(None)
        return False
    require_room(job, len(workers))
    worker.send(worker.numbers.popleft())
    return True


def _runs(numbers: Sequence[int], count: int) -> list[Sequence[int]]:
    """Divide numbers into so many runs of nearly equal length."""
    borders = [len(numbers) * number // count for number in range(count + 1)]
    return [numbers[begin:stop] for begin, stop in pairwise(borders)]
