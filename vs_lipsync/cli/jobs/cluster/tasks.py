"""Work in parts, done by the machines of a Ray cluster. Ray decides who does which part, and when."""

import contextlib
import pickle
from collections.abc import Generator, Sequence
from typing import Any, Final
from uuid import uuid4

from vs_lipsync.cli.jobs.cluster.carried import CarriedFile, chunks, pack
from vs_lipsync.cli.jobs.cluster.node import Absent, Made, Work, clear, work
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError, one_line
from vs_lipsync.version import __version__

__all__ = ["done_by_cluster"]

_LOSSES: Final = 20
"""How often a part is begun anew because its machine or its process has died, before the job fails."""

_CLEARING: Final = 20.0
"""Seconds in which the machines have to remove what was put there."""


def done_by_cluster[T](
    ray: Any,  # noqa: ANN401 - a module that need not be installed
    parts: Work[T],
    numbers: Sequence[int],
    memory: int,
) -> Generator[tuple[int, Made[T]]]:
    """Do parts of some work as tasks of a Ray cluster, and yield each with its number when it arrives.

    Closing the generator takes back what has not been done.

    A part whose machine dies is done by another one. Files are read where they lie, by machines that share the folder;
    others are given them through Ray's object store.

    Args:
        ray: Ray's module, connected.
        parts: the work.
        numbers: which parts.
        memory: bytes that a process needs.

    Raises:
        JobError: what a machine says, or a part is lost.
    """
    tasks = _Tasks(ray, pack(parts), memory)
    waiting = {tasks.start(number): number for number in numbers}
    try:
        while waiting:
            ready, _ = ray.wait(list(waiting), num_returns=1)
            for reference in ready:
                number = waiting.pop(reference)
                found = tasks.fetched(reference)
                if isinstance(found, Absent):
                    tasks.give(found)
                    waiting[tasks.start(number)] = number
                else:
                    yield number, found
    finally:
        with contextlib.suppress(Exception):  # the cluster itself may be what has gone
            for reference in waiting:
                ray.cancel(reference, force=True)
            tasks.clear()


class _Tasks:
    """Some work as Ray knows it."""

    def __init__(self, ray: Any, packed: tuple[bytes, tuple[CarriedFile, ...]], memory: int) -> None:  # noqa: ANN401
        self._ray = ray
        self._name = uuid4().hex
        self._packed = ray.put(pickle.dumps(packed))
        self._given: dict[CarriedFile, list[Any]] = {}
        self._task: Any = ray.remote(num_cpus=1, memory=memory, max_retries=_LOSSES)(work)

    def start(self, number: int) -> Any:  # noqa: ANN401
        """Return a reference to what comes of a part."""
        return self._task.remote(__version__, self._name, self._packed, dict(self._given), number)

    def fetched(self, reference: object) -> Any:  # noqa: ANN401
        """Return what has come of a part."""
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, JobError):
                raise JobError(str(cause)) from error
            if "failed to import" in str(error):
                raise JobError(f"a machine of the cluster lacks vs-lipsync {__version__}; install it there") from error
            raise JobError(f"a machine of the cluster failed: {one_line(cause or error)}") from error
        except self._ray.exceptions.RayError as error:
            raise JobError(f"the cluster has lost a part of the job {_LOSSES} times: {one_line(error)}") from error

    def give(self, absent: Absent) -> None:
        """Put files into the object store that a machine has not found."""
        for file in absent.files:
            if file not in self._given:
                notify(f"{file.path.name} is in no folder that all machines share: it is sent to those that lack it")
                try:
                    self._given[file] = [self._ray.put(part) for part in chunks(file.path)]
                except OSError as error:
                    raise JobError(one_line(error)) from error

    def clear(self) -> None:
        """Let all machines remove what they were given; one that is gone by now keeps it among its temporary files."""
        by_node = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        remove: Any = self._ray.remote(num_cpus=0, max_retries=0)(clear)
        nodes = [node["NodeID"] for node in self._ray.nodes() if node["Alive"]]
        tasks = [
            remove.options(scheduling_strategy=by_node(node_id=node, soft=False)).remote(self._name) for node in nodes
        ]
        self._ray.wait(tasks, num_returns=len(tasks), timeout=_CLEARING)
