"""The folder of a job beside its output: what is done stays there until the output is whole."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from vs_lipsync.cli.jobs.rendering.records import JobRecord, PieceRecord
from vs_lipsync.errors import JobError
from vs_lipsync.files import replace_durably, write_text
from vs_lipsync.plan.outcomes import Outcome, Range

__all__ = ["JobFolder", "Piece", "describe_file", "folder_of", "part_in", "state_of"]

_LONGEST_NAME = 200  # bytes; file systems take 255
_OURS = re.compile(r"job\.json|lock|pieces\.txt|[0-9]{5}\.(?:nut|json)|.*\.part(?:\.[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the pictures that is written.

    Attributes:
        number: which piece of the job it is, the first being 0.
        path: of its file.
        first: number of its first frame in the job.
        stop: number of the first frame behind it.
        ranges: what happened to its frames.
        extradata_hash: SHA-256 of the codec's extradata; equal for pieces that can be joined.
        colour: FFmpeg options that tag its samples; empty where its codec does so.
    """

    number: int
    path: Path
    first: int
    stop: int
    ranges: tuple[Range, ...]
    extradata_hash: str
    colour: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of its file."""
        return self.path.stat().st_size


def folder_of(output: Path) -> Path:
    """Return the folder of the job that writes an output."""
    name = output.name
    encoded = os.fsencode(name)
    if len(encoded) > _LONGEST_NAME:
        name = f"{name[:40]}-{hashlib.sha256(encoded).hexdigest()[:16]}"
    return output.absolute().parent / f".{name}.job"


def describe_file(path: Path) -> str:
    """Describe a file so that another one, or a changed one, is told from it."""
    return f"{path.absolute()}, {state_of(path)}"


def state_of(path: Path) -> str:
    """Return size and time of a file, in words; OSError if there is none."""
    status = path.stat()
    return f"{status.st_size} bytes, changed at {status.st_mtime_ns}"


def part_in(folder: Path, suffix: str) -> Path:
    """Return a name for a file in a job's folder that is not whole yet.

    No two runs have one in common: an FFmpeg whose parent was killed may still be writing the one of its run.
    """
    return folder / f"{uuid4().hex}.part{suffix}"


class JobFolder:
    """What is kept of one job. Only the process that holds its lock has one."""

    def __init__(self, folder: Path) -> None:
        """Hold a folder that `open` is to prepare."""
        self.path = folder
        self._pieces: dict[int, Piece] = {}
        self._finished = False

    @classmethod
    @contextmanager
    def open(cls, output: Path, inputs: Mapping[str, str], *, resume: bool = True) -> Iterator["JobFolder"]:
        """Take up the job that writes an output, or begin it.

        When the context is left, the folder goes if the job is finished, or if no piece is in it that is whole.

        Args:
            output: the file to write.
            inputs: all that its pictures depend on, in words, by what it is.
            resume: whether to go on with what is there; otherwise it is thrown away.

        Raises:
            JobError: another process is at it, or what is there was made of something else.
        """
        folder = folder_of(output)
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise JobError(f"{folder} is in the way")
        with _locked(folder, output):
            job = cls(folder)
            try:
                job._begin(inputs, resume)
                yield job
            finally:
                job._clear(everything=job._finished or not job._pieces)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces that are whole, in order; some may be missing between them."""
        return tuple(self._pieces[number] for number in sorted(self._pieces))

    @property
    def frames(self) -> int:
        """How many frames are done."""
        return sum(piece.stop - piece.first for piece in self._pieces.values())

    def missing(self, count: int) -> list[int]:
        """Return the numbers of the pieces that are not done, of `count` in all."""
        return [number for number in range(count) if number not in self._pieces]

    def part(self, suffix: str) -> Path:
        """Return a name for a file that is not whole yet; as for `part_in`."""
        return part_in(self.path, suffix)

    def keep(self, part: Piece) -> None:
        """Add a piece whose file is finished and has a name of `part_in`; it gets another one."""
        piece = replace(part, path=self.path / f"{part.number:05}.nut")
        replace_durably(part.path, piece.path)
        try:
            write_text(piece.path.with_suffix(".json"), _record(piece).model_dump_json())  # only now the piece counts
            self._pieces[piece.number] = piece
        except BaseException:  # Ctrl-C may come when the file is there already
            self._pieces = _pieces(self.path)
            raise

    def finish(self, written: Path, output: Path, *, overwrite: bool) -> None:
        """Put the finished file at its place.

        Raises:
            JobError: there is a file by now, which is not to be replaced.
        """
        if not overwrite and output.exists():
            raise JobError(f"{output} exists by now; give --overwrite, or move it away")
        replace_durably(written, output)
        self._finished = True

    def _begin(self, inputs: Mapping[str, str], resume: bool) -> None:
        state = self.path / "job.json"
        record = JobRecord.of(inputs)
        before = JobRecord.read(state) if resume else None
        self._pieces = _pieces(self.path) if before is not None else {}
        if self._pieces and before != record:
            known = before.inputs if before is not None else {}
            changed = [name for name, text in record.inputs.items() if known.get(name) != text]
            # What is there is somebody's work: it is neither mixed with ours nor thrown away unasked.
            raise JobError(
                f"{self.path} holds a job that was begun with another {', '.join(changed) or 'program'}; "
                "give the command as it was, or --no-resume to start afresh"
            )
        self._clear(everything=not self._pieces)
        if not self._pieces:
            write_text(state, record.model_dump_json(indent=1))

    def _clear(self, *, everything: bool) -> None:
        """Remove what is half done, or all; files that are not ours stay."""
        kept = {"lock"}
        if not everything:
            kept |= {"job.json"} | {name for piece in self._pieces.values() for name in _names(piece)}
        for item in self.path.iterdir():
            if item.name not in kept and _OURS.fullmatch(item.name):
                with contextlib.suppress(OSError):  # Windows keeps files that somebody still writes
                    item.unlink()


@contextmanager
def _locked(folder: Path, output: Path) -> Iterator[None]:
    """Hold the lock of a job, and remove its folder afterwards if nothing is left in it."""
    lock = FileLock(folder / "lock")
    for _ in range(3):
        folder.mkdir(exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise JobError(f"another run is writing {output}; wait for it, or stop it first") from None
        except FileNotFoundError:  # the run before is just removing the folder
            continue
        if (folder / "lock").exists():
            break
        lock.release()  # that file has been removed meanwhile: others would lock a new one
    else:
        raise JobError(f"{folder} comes and goes; is another run writing {output}?")
    try:
        yield
    finally:
        if os.name != "posix":  # where a file that is open cannot be removed
            lock.release()
        if not (folder / "job.json").exists():
            with contextlib.suppress(OSError):
                (folder / "lock").unlink(missing_ok=True)
                folder.rmdir()
        lock.release()


def _names(piece: Piece) -> tuple[str, str]:
    return piece.path.name, piece.path.with_suffix(".json").name


def _record(piece: Piece) -> PieceRecord:
    ranges = tuple((part.first, part.last, part.outcome.action, part.outcome.reason) for part in piece.ranges)
    return PieceRecord(
        first=piece.first,
        stop=piece.stop,
        bytes=piece.size,
        extradata_hash=piece.extradata_hash,
        colour=piece.colour,
        ranges=ranges,
    )


def _pieces(folder: Path) -> dict[int, Piece]:
    """Return the pieces that are whole, by their numbers; of those that contradict one another the earlier."""
    found: dict[int, Piece] = {}
    reached, last = 0, -1
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9][0-9].nut")):
        number, record = int(path.stem), PieceRecord.read(path.with_suffix(".json"))
        if record is None or not path.is_file() or path.stat().st_size != record.bytes:
            continue
        follows = record.first == reached if number == last + 1 else record.first > reached
        if not (follows and record.first < record.stop):
            continue
        ranges = tuple(Range(first, last, Outcome(action, reason)) for first, last, action, reason in record.ranges)
        found[number] = Piece(number, path, record.first, record.stop, ranges, record.extradata_hash, record.colour)
        reached, last = record.stop, number
    return found
