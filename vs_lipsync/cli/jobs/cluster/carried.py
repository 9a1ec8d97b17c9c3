"""Objects that name files, on their way to machines that may not have those files."""

import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vs_lipsync.speech.cue_files import is_cue_file, read_cues

__all__ = ["CarriedFile", "chunks", "pack", "place_in", "unpack"]

_CHUNK: Final = 64 << 20
"""Bytes that are carried at a time."""


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A file of the machine that packs.

    Attributes:
        path: its whole name.
        size: its bytes.
        changed: when it was changed, in nanoseconds.
    """

    path: Path
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> "CarriedFile":
        """Describe a file; OSError if there is none."""
        status = path.stat()
        return cls(path, status.st_size, status.st_mtime_ns)

    @property
    def is_here(self) -> bool:
        """Whether this machine has the same file under the same name, in a folder that both share."""
        try:
            return CarriedFile.of(self.path) == self
        except OSError:
            return False


def pack(value: object) -> tuple[bytes, tuple[CarriedFile, ...]]:
    """Pickle an object.

    Args:
        value: names files by paths, or by texts that are the whole name of a file, alone or after "KIND:".

    Returns:
        The pickled object for `unpack`, and all files that it names, with those that its subtitle files name.

    Raises:
        DubError: a subtitle file cannot be read.
    """
    written = io.BytesIO()
    packer = _Packer(written)
    packer.dump(value)
    paths = dict.fromkeys(name.path for name in packer.names)
    for path in tuple(paths):
        if is_cue_file(path):
            paths |= dict.fromkeys(Path(str(cue.dub)).absolute() for cue in read_cues(path))
    return pickle.dumps((packer.names, written.getvalue())), tuple(CarriedFile.of(path) for path in paths)


def unpack(data: bytes, where: Callable[[Path], Path]) -> Any:  # noqa: ANN401 - whatever was packed
    """Return an object out of what `pack` has made of it, in this process or another one.

    Args:
        data: from a process that may do here what it likes.
        where: returns where a file is on this machine.
    """
    names, pickled = pickle.loads(data)  # noqa: S301
    return _Unpacker(io.BytesIO(pickled), [name.at(where(name.path)) for name in names]).load()


def place_in(folder: Path, path: Path) -> Path:
    """Return where a file lies in a folder for copies: as it lies among the others that are copied."""
    return folder.joinpath(*path.parts[1:])


def chunks(path: Path) -> Iterator[bytes]:
    """Yield what is in a file, in parts that fit into memory; OSError if it cannot be read."""
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            yield part


@dataclass(frozen=True, slots=True)
class _Name:
    """How an object names a file: by a path, or by a text, with something before it."""

    path: Path
    is_text: bool
    before: str = ""

    def at(self, place: Path) -> str | Path:
        """Return the same for a file that lies elsewhere."""
        return f"{self.before}{place}" if self.is_text else place

    @classmethod
    def of(cls, value: object) -> "_Name | None":
        """Return how a value names a file; None if it does not."""
        if isinstance(value, Path):
            found = cls(value, is_text=False)
        elif isinstance(value, str):
            kind, colon, name = value.partition(":")
            found = cls(Path(value), is_text=True)
            if not found.path.is_absolute():
                found = cls(Path(name), True, kind + colon)
        else:
            return None
        try:
            return found if found.path.is_absolute() and found.path.is_file() else None
        except (OSError, ValueError):  # a text that cannot be a name
            return None


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.names: list[_Name] = []

    def persistent_id(self, obj: object) -> int | None:
        """Take names of files out of what is pickled, and leave their numbers."""
        name = _Name.of(obj)
        if name is None:
            return None
        self.names.append(name)
        return len(self.names) - 1


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, names: Sequence[str | Path]) -> None:
        super().__init__(file)
        self._names = names

    def persistent_load(self, pid: int) -> str | Path:
        return self._names[pid]
