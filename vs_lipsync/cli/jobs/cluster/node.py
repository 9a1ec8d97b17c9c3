"""What a machine of a cluster does: its share of a job, in processes that Ray has started."""

import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import click
import vapoursynth as vs
from filelock import FileLock

from vs_lipsync.cli.jobs.cluster.carried import CarriedFile, place_in, unpack
from vs_lipsync.cli.jobs.rendering.folder import part_in
from vs_lipsync.errors import JobError, LipsyncError, one_line
from vs_lipsync.files import require_space
from vs_lipsync.version import __version__
from vs_lipsync.workers import processors

__all__ = ["THREADS", "Absent", "Given", "Made", "Work", "clear", "work"]

type Given = Mapping[CarriedFile, Sequence[Any]]
"""For files that are not shared, references to the parts of each in Ray's object store, in order."""

THREADS: Final = 2
"""Of VapourSynth's core in a process, which counts for one processor."""


class Work[T](Protocol):
    """Work that consists of numbered parts. It can be pickled."""

    def open(self, folder: Path, say: Callable[[str], None]) -> Callable[[int], T]:
        """Return what does part `number` in this process.

        Args:
            folder: a place for files that are needed meanwhile.
            say: is told what the user should know.
        """
        ...


@dataclass(frozen=True, slots=True)
class Absent:
    """Files that a machine neither shares nor was given."""

    files: tuple[CarriedFile, ...]


@dataclass(frozen=True, slots=True)
class Made[T]:
    """What a machine has made.

    Attributes:
        value: what came of a part of the work.
        notes: what the user should know.
        processors: how many the machine has.
    """

    value: T
    notes: tuple[str, ...]
    processors: int


def work(version: str, name: str, packed: bytes, given: Given, number: int) -> Made[Any] | Absent:
    """Do a part of some work. What this process has opened for it is kept for the next one.

    Args:
        version: of the program that wants it.
        name: of the work: no other one has it.
        packed: a pickled pair: a `Work` as `carried.pack` has made it, and all files that it names.
        given: the files that some machine has asked for.
        number: which part.

    Returns:
        What came of it, or the files without which it cannot be done.

    Raises:
        JobError: what `Work` raises, or this machine has another version of the program.
    """
    import ray

    try:
        if version != __version__:
            raise JobError(f"vs-lipsync {__version__} is installed there, and {version} here")
        if name not in _opened:
            data, files = pickle.loads(packed)  # noqa: S301 - from whoever has started this process
            absent = [file for file in files if not file.is_here]
            if missing := tuple(file for file in absent if file not in given):
                return Absent(missing)
            for file in absent:
                _copy(file, given[file], _folder(name))
            _opened.clear()
            _opened[name] = _Opened(data, {file.path for file in absent}, _folder(name))
        opened = _opened[name]
        value = opened.do(number)
    except (LipsyncError, vs.Error, OSError, click.ClickException) as error:
        raise JobError(f"on {ray.util.get_node_ip_address()}: {one_line(error)}") from error
    notes = tuple(opened.notes)
    opened.notes.clear()
    return Made(value, notes, processors())


def clear(name: str) -> None:
    """Remove what some work has left on this machine."""
    _opened.pop(name, None)
    shutil.rmtree(_folder(name), ignore_errors=True)


class _Opened:
    """Some work in this process."""

    def __init__(self, packed: bytes, copied: set[Path], folder: Path) -> None:
        self.notes: list[str] = []
        vs.core.num_threads = THREADS
        found: Work[Any] = unpack(packed, lambda path: place_in(folder, path) if path in copied else path)
        self.do = found.open(_made(folder), self.notes.append)


_opened: Final[dict[str, _Opened]] = {}
"""The work that this process has opened, by its name."""


def _folder(name: str) -> Path:
    """Return where files of some work are on this machine, for all its processes."""
    return Path(tempfile.gettempdir()) / f"vs-lipsync-{name}"


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _copy(file: CarriedFile, parts: Sequence[Any], folder: Path) -> None:
    """Make a copy of a file, unless another process of this machine has made it."""
    import ray

    place = place_in(_made(folder), file.path)
    with FileLock(folder / "lock"):
        if place.exists():
            return
        require_space(folder, file.size)
        part = part_in(folder, ".copy")
        with part.open("wb") as written:
            for reference in parts:
                written.write(ray.get(reference))
        os.utime(part, ns=(file.changed, file.changed))
        place.parent.mkdir(parents=True, exist_ok=True)
        part.rename(place)
