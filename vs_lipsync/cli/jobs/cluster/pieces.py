"""The pieces of a job, written by the machines of a Ray cluster."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from vs_lipsync.cli.jobs.cluster.tasks import done_by_cluster
from vs_lipsync.cli.jobs.pool.worker import PieceTask
from vs_lipsync.cli.jobs.rendering.encode import keep, require_room
from vs_lipsync.cli.jobs.rendering.folder import JobFolder, Piece
from vs_lipsync.cli.notify import notify
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.workers import processors

__all__ = ["record_on_cluster"]

_UNEVEN: Final = (
    "machines of the cluster have other numbers of processors than this one: encoders that go by it write other "
    "packets there; with -threads in --encoder-args they do not"
)


def record_on_cluster(
    ray: Any,  # noqa: ANN401 - a module that need not be installed
    task: PieceTask,
    job: JobFolder,
    numbers: Sequence[int],
    memory: int,
    done: Callable[[Outcome], None],
) -> None:
    """Write pieces of a job as tasks of a Ray cluster, and fetch them.

    Args:
        ray: Ray's module, connected.
        task: what the machines have to know.
        job: where the pieces go, here.
        numbers: which pieces.
        memory: bytes that a process needs.
        done: called with what happened to each frame of a piece that has arrived.

    Raises:
        JobError: as for `encode.record`, or as for `done_by_cluster`.
    """
    _tell_of_room(ray, memory)
    notes: set[str] = set()
    with closing(done_by_cluster(ray, _Pieces(task), numbers, memory)) as pieces:
        for _, made in pieces:
            written, data = made.value
            require_room(job)
            part = job.part(".nut")
            part.write_bytes(data)
            said = [*made.notes, *([_UNEVEN] if made.processors != processors() else [])]
            for note in dict.fromkeys(said):
                if note not in notes:  # each process says it
                    notify(note)
            notes.update(said)
            keep(job, replace(written, path=part))
            for one in written.ranges:
                for _ in range(one.first, one.last + 1):
                    done(one.outcome)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The pieces of a job, to be written wherever there is room; each with what its file holds, which stays nowhere."""

    task: PieceTask

    def open(self, folder: Path, say: Callable[[str], None]) -> Callable[[int], tuple[Piece, bytes]]:
        writer = replace(self.task, folder=folder).writer(say)

        def write(number: int) -> tuple[Piece, bytes]:
            piece = writer.write(number, lambda outcome: None)
            try:
                return piece, piece.path.read_bytes()
            finally:
                piece.path.unlink()

        return write


def _tell_of_room(ray: Any, memory: int) -> None:  # noqa: ANN401
    """Tell how large the cluster is, and if nobody in it can do the work yet."""
    found = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    fit = [int(one.get("CPU", 0)) for one in found if one.get("memory", 0) >= memory]
    notify(f"{sum(fit)} processors in the Ray cluster")
    if not sum(fit):
        notify(f"waiting for a machine with a processor and {memory / 1e9:.1f} GB of memory")
