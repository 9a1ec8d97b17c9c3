"""A job of a list, as `vs-lipsync batch` reads it and does it."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["ListedJob"]


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job of a list.

    Attributes:
        name: of the clip, without its folder.
        source: the clip.
        output: the file to write.
        arguments: of `vs-lipsync dub`, but for the number of its workers.
        files: all that it reads.
    """

    name: str
    source: Path
    output: Path
    arguments: tuple[str, ...]
    files: tuple[Path, ...]
