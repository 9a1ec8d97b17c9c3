"""The pieces of a job, written by the machines of a Ray cluster."""

import contextlib
import hashlib
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import click
import vapoursynth as vs

from vs_lipsync.cli.jobs.encode import PieceWriter, keep, require_room
from vs_lipsync.cli.jobs.folder import JobFolder, Piece
from vs_lipsync.cli.jobs.pool.worker import PieceTask
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError, LipsyncError, one_line
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.version import __version__

__all__ = ["is_ray", "record_on_ray"]

_ANY: Final = "ray"
_PREFIX: Final = "ray://"


def is_ray(workers: object) -> bool:
    """Tell whether it is a cluster that is to work."""
    return isinstance(workers, str) and (workers == _ANY or workers.startswith(_PREFIX))


def record_on_ray(
    task: PieceTask,
    job: JobFolder,
    numbers: Sequence[int],
    address: str,
    memory: int,
    done: Callable[[Outcome], None],
) -> None:
    """Write pieces of a job as tasks of a Ray cluster, and fetch them; if a machine dies, another one writes its piece.

    Args:
        task: what the machines have to know; they see the files under the same names.
        job: where the pieces go, here.
        numbers: which pieces.
        address: "ray" for the cluster that runs here or that RAY_ADDRESS names, or ray://HOST:PORT.
        memory: bytes that a task needs.
        done: called with what happened to each frame of a piece that has arrived.

    Raises:
        JobError: Ray is not installed or not reachable, or as for `encode.record`.
    """
    with _connected(address) as ray:
        notify(f"{int(ray.cluster_resources().get('CPU', 0))} processors in the Ray cluster")
        write: Any = ray.remote(num_cpus=1, memory=memory, max_retries=-1)(_write_piece)
        known = ray.put(pickle.dumps((__version__, task)))
        waiting = [write.remote(known, number) for number in numbers]
        try:
            while waiting:
                ready, waiting = ray.wait(waiting, num_returns=1)
                for reference in ready:
                    piece, notes, data = _fetched(ray, reference)
                    require_room(job)
                    part = job.part(".nut")
                    part.write_bytes(data)
                    for note in notes:
                        notify(note)
                    keep(job, replace(piece, path=part))
                    for one in piece.ranges:
                        for _ in range(one.first, one.last + 1):
                            done(one.outcome)
        finally:
            for reference in waiting:
                with contextlib.suppress(Exception):  # the cluster itself may be what has gone
                    ray.cancel(reference, force=True)


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Connect to a cluster while the context lasts; JobError if that cannot be."""
    try:
        import ray
    except ImportError as error:
        raise JobError("--workers ray needs Ray: pip install 'vs-lipsync[ray]'") from error
    try:
        ray.init(address="auto" if address == _ANY else address, log_to_driver=False, logging_level="error")
    except Exception as error:
        said = one_line(error)
        raise JobError(f"there is no Ray cluster at {address} to be reached: {said}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _fetched(ray: Any, reference: object) -> tuple[Piece, list[str], bytes]:  # noqa: ANN401 - the module, loaded late
    """Return a piece, what the user should know, and the bytes of its file."""
    try:
        found: tuple[Piece, list[str], bytes] = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise JobError(one_line(error.cause) if error.cause is not None else one_line(error)) from error
    except ray.exceptions.RayError as error:
        raise JobError(f"Ray has lost a piece: {one_line(error)}") from error
    return found


def _write_piece(known: bytes, number: int) -> tuple[Piece, list[str], bytes]:
    """Write a piece in a process of a cluster; it keeps what it has opened for the next one.

    Raises:
        JobError: as for `PieceWriter.write`, or this machine has another version.
    """
    import ray

    here = ray.util.get_node_ip_address()
    try:
        version, task = pickle.loads(known)  # noqa: S301 - from whoever has started this process
        if version != __version__:
            raise JobError(f"vs-lipsync {__version__} is installed, and not {version}")
        opened = _opened(_Key(known, task))
        piece = opened.writer.write(number, lambda outcome: None)
    except (LipsyncError, vs.Error, OSError, click.ClickException) as error:
        raise JobError(f"on {here}: {one_line(error)}") from error
    data = piece.path.read_bytes()
    piece.path.unlink()
    notes = list(opened.notes)
    opened.notes.clear()
    return piece, notes, data


class _Key:
    """A task that is equal to another one with the same bytes."""

    def __init__(self, known: bytes, task: PieceTask) -> None:
        self.task = task
        self._digest = hashlib.sha256(known).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other._digest == self._digest

    def __hash__(self) -> int:
        return hash(self._digest)


class _Opened:
    """What writes the pieces of a task in this process."""

    def __init__(self, task: PieceTask) -> None:
        self.notes: list[str] = []
        self._folder = tempfile.TemporaryDirectory(prefix="vs-lipsync-")
        vs.core.num_threads = task.threads
        here = replace(task, folder=Path(self._folder.name))
        self.writer: PieceWriter = here.writer(self.notes.append)


@lru_cache(1)
def _opened(key: _Key) -> _Opened:
    """Open the pictures of a task, once in this process."""
    return _Opened(key.task)
