"""Who writes the pieces of a job: this process, several of this machine, or the machines of a cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from vs_lipsync.cli.jobs.cluster.node import THREADS
from vs_lipsync.cli.jobs.cluster.pieces import record_on_cluster
from vs_lipsync.cli.jobs.pool.capacity import fitting_workers, needed_memory
from vs_lipsync.cli.jobs.pool.local import record_side_by_side
from vs_lipsync.cli.jobs.pool.worker import PieceTask
from vs_lipsync.cli.jobs.rendering.encode import record
from vs_lipsync.cli.jobs.rendering.folder import JobFolder
from vs_lipsync.cli.jobs.rendering.pieces import Cutter
from vs_lipsync.cli.notify import notify
from vs_lipsync.media.encoding.sending import Sending
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.workers import processors

__all__ = ["ALONE", "Writers"]

_ONE_PROCESS: Final = "there is one piece to write: this process writes it alone"

_WORTH_A_PROCESS: Final = 500
"""Frames for which a process more is worth its start, which takes some seconds, if nobody says how many there are."""


@dataclass(frozen=True, slots=True)
class Writers:
    """Who writes the pieces of a job.

    Attributes:
        processes: how many of this machine; None for as many as it has room for.
        cluster: Ray's module, connected to the cluster whose machines write them; None for this machine.
    """

    processes: int | None = 1
    cluster: Any = None

    def tell_of_one(self) -> None:
        """Tell the user that there is one piece, if more than this process were to write pieces."""
        if self.processes not in (None, 1) or self.cluster is not None:
            notify(_ONE_PROCESS)

    def write(
        self,
        sending: Sending,
        job: JobFolder,
        cutter: Cutter | None,
        task: Callable[[int], PieceTask] | None,
        frames: int,
        frame_bytes: int,
        done: Callable[[Outcome], None],
    ) -> None:
        """Write the pieces that a job does not have yet.

        Args:
            sending: the frames, for this process.
            job: where the pieces go.
            cutter: where they end; None for a single one.
            task: returns what other processes have to know, given the threads of the core in each; None if this one is
                to do it all.
            frames: how many all pieces have.
            frame_bytes: of the samples of a frame.
            done: called with what happened to each frame that has been sent to an encoder.

        Raises:
            JobError: as for `encode.record` and those that work beside it.
        """
        missing = job.missing(cutter.count if cutter is not None else 1)
        if task is None or len(missing) <= 1:
            if missing and task is not None:
                self.tell_of_one()
            record(sending, job, cutter, done)
        elif self.cluster is not None:
            room = needed_memory(frame_bytes)
            record_on_cluster(self.cluster, task(THREADS), job, missing, room, done)
        elif (workers := self._fitting(frames - job.frames, len(missing), frame_bytes)) == 1:
            record(sending, job, cutter, done)
        else:
            record_side_by_side(task(-(-processors() // workers)), job, missing, workers, done)

    def _fitting(self, frames: int, pieces: int, frame_bytes: int) -> int:
        """Return how many processes of this machine write so many frames in so many pieces."""
        if self.processes is not None:
            return min(pieces, self.processes)
        return max(1, min(pieces, frames // _WORTH_A_PROCESS, fitting_workers(frame_bytes)))


ALONE: Final = Writers()
"""This process."""
