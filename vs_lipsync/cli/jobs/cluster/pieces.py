"""The pieces of a job, written by the machines of a Ray cluster."""

import contextlib
import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from vs_lipsync.cli.jobs.cluster.carried import CarriedFile, chunks, pack
from vs_lipsync.cli.jobs.cluster.node import Absent, Written, clear, write_piece
from vs_lipsync.cli.jobs.encode import keep, require_room
from vs_lipsync.cli.jobs.folder import JobFolder
from vs_lipsync.cli.jobs.pool.worker import PieceTask
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError, one_line
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.version import __version__
from vs_lipsync.workers import processors

__all__ = ["record_on_cluster"]

_LOSSES: Final = 20
"""How often a piece is begun anew because its machine or its process has died, before the job fails."""

_CLEARING: Final = 20.0
"""Seconds in which the machines have to remove what was put there."""


def record_on_cluster(
    ray: Any,  # noqa: ANN401 - a module that need not be installed
    task: PieceTask,
    job: JobFolder,
    numbers: Sequence[int],
    memory: int,
    done: Callable[[Outcome], None],
) -> None:
    """Write pieces of a job as tasks of a Ray cluster, and fetch them. Ray decides who writes which, and when.

    A piece whose machine dies is written by another one. Files are read where they lie, by machines that share the
    folder; others are given them through Ray's object store.

    Args:
        ray: Ray's module, connected.
        task: what the machines have to know.
        job: where the pieces go, here.
        numbers: which pieces.
        memory: bytes that a process needs.
        done: called with what happened to each frame of a piece that has arrived.

    Raises:
        JobError: as for `encode.record`, or pieces are lost.
    """
    _Recording(ray, task, job, memory, done).run(numbers)


class _Recording:
    """Pieces on their way."""

    def __init__(
        self,
        ray: Any,  # noqa: ANN401
        task: PieceTask,
        job: JobFolder,
        memory: int,
        done: Callable[[Outcome], None],
    ) -> None:
        self._ray, self._job, self._memory, self._done = ray, job, memory, done
        self._name = uuid4().hex
        self._packed = ray.put(pickle.dumps(pack(task)))
        self._given: dict[CarriedFile, list[Any]] = {}
        self._task: Any = ray.remote(num_cpus=1, memory=memory, max_retries=_LOSSES)(write_piece)
        self._is_uneven = False

    def run(self, numbers: Sequence[int]) -> None:
        """Write pieces."""
        self._tell_of_room()
        waiting = {self._start(number): number for number in numbers}
        try:
            while waiting:
                ready, _ = self._ray.wait(list(waiting), num_returns=1)
                for reference in ready:
                    number = waiting.pop(reference)
                    found = self._fetched(reference)
                    if isinstance(found, Absent):
                        self._give(found)
                        waiting[self._start(number)] = number
                    else:
                        self._keep(found)
        finally:
            for reference in waiting:
                with contextlib.suppress(Exception):  # the cluster itself may be what has gone
                    self._ray.cancel(reference, force=True)
            with contextlib.suppress(Exception):
                self._clear()

    def _start(self, number: int) -> Any:  # noqa: ANN401
        return self._task.remote(__version__, self._name, self._packed, dict(self._given), number)

    def _fetched(self, reference: object) -> Written | Absent:
        try:
            found: Written | Absent = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, JobError):
                raise JobError(str(cause)) from error
            if "failed to import" in str(error):
                raise JobError(f"a machine of the cluster lacks vs-lipsync {__version__}; install it there") from error
            raise JobError(f"a machine of the cluster failed: {one_line(cause or error)}") from error
        except self._ray.exceptions.RayError as error:
            raise JobError(f"the cluster has lost a piece {_LOSSES} times: {one_line(error)}") from error
        return found

    def _give(self, absent: Absent) -> None:
        """Put files into the object store that a machine has not found."""
        for file in absent.files:
            if file not in self._given:
                notify(f"{file.path.name} is in no folder that all machines share: it is sent to those that lack it")
                try:
                    self._given[file] = [self._ray.put(part) for part in chunks(file.path)]
                except OSError as error:
                    raise JobError(one_line(error)) from error

    def _keep(self, written: Written) -> None:
        """Put a piece that has arrived to the others."""
        require_room(self._job)
        part = self._job.part(".nut")
        part.write_bytes(written.data)
        for note in written.notes:
            notify(note)
        if written.processors != processors() and not self._is_uneven:
            self._is_uneven = True
            notify(
                "machines of the cluster have other numbers of processors than this one: encoders that go by it write "
                "other packets there; with -threads in --encoder-args they do not"
            )
        keep(self._job, replace(written.piece, path=part))
        for one in written.piece.ranges:
            for _ in range(one.first, one.last + 1):
                self._done(one.outcome)

    def _tell_of_room(self) -> None:
        """Tell how large the cluster is, and if nobody in it can do the work yet."""
        found = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        fit = [int(one.get("CPU", 0)) for one in found if one.get("memory", 0) >= self._memory]
        notify(f"{sum(fit)} processors in the Ray cluster")
        if not sum(fit):
            notify(f"waiting for a machine with a processor and {self._memory / 1e9:.1f} GB of memory")

    def _clear(self) -> None:
        """Let all machines remove what they were given; one that is gone by now keeps it among its temporary files."""
        by_node = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        remove: Any = self._ray.remote(num_cpus=0, max_retries=0)(clear)
        nodes = [node["NodeID"] for node in self._ray.nodes() if node["Alive"]]
        tasks = [
            remove.options(scheduling_strategy=by_node(node_id=node, soft=False)).remote(self._name) for node in nodes
        ]
        self._ray.wait(tasks, num_returns=len(tasks), timeout=_CLEARING)
