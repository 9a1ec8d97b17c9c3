"""The files that the page may name: those in the project's folder, and those that the user named when it was opened."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import av

from vs_lipsync.errors import DubError, ProjectError
from vs_lipsync.files import replace_durably, size_in_words
from vs_lipsync.speech.dub import Dub

__all__ = ["MOST_UPLOADED", "Shelf", "UploadError"]

MOST_UPLOADED: Final = 2 << 30
"""Bytes of a file that is sent to the studio: three hours of sound, uncompressed."""

_ROOM: Final = 1 << 30
"""Bytes that stay free on the disk."""

_DEMUXERS: Final = {
    ".wav": "wav", ".flac": "flac", ".mp3": "mp3", ".ogg": "ogg", ".oga": "ogg", ".opus": "ogg", ".m4a": "mov",
    ".mp4": "mov", ".mov": "mov", ".mka": "matroska", ".mkv": "matroska", ".webm": "matroska", ".aac": "aac",
    ".w64": "w64", ".aiff": "aiff", ".aif": "aiff", ".ac3": "ac3",
}  # fmt: skip
"""Kinds of files that a stem may be, and what reads them: none of these names other files."""

_BEGINNINGS: Final = {
    ".mp3": re.compile(rb"ID3|\xff[\xe0-\xff]"),
    ".aac": re.compile(rb"ADIF|\xff[\xf0-\xff]"),
    ".ac3": re.compile(rb"\x0b\x77"),
}
"""First bytes of kinds whose readers look for their data behind anything else, such as a list of files."""

_MOST_LISTED: Final = 500
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


class UploadError(ProjectError):
    """A file that is not taken."""


class Shelf:
    """What the page may name."""

    def __init__(self, folder: Path, named: Iterable[Path]) -> None:
        """Allow a folder, and files that lie elsewhere.

        Args:
            folder: that of the project.
            named: files that the user has named, in the project or on the command line.
        """
        self.folder = folder.resolve()
        self._named = {path.resolve() for path in named}

    def holds(self, path: Path) -> bool:
        """Tell whether a file may be used; a link counts as what it leads to."""
        found = path.resolve()
        return found in self._named or found.is_relative_to(self.folder)

    def name_of(self, path: Path) -> str:
        """Return a file's name as a project in the folder has it."""
        found = path.resolve()
        return found.relative_to(self.folder).as_posix() if found.is_relative_to(self.folder) else str(found)

    def sounds(self, besides: Path | None = None) -> list[dict[str, Any]]:
        """Return the names of files that may be stems, in their order.

        Args:
            besides: a file that is left out: the one that is written.
        """
        found = [path for path in self._named if path.is_file() and not path.is_relative_to(self.folder)]
        with os.scandir(self.folder) as entries:
            found += [Path(entry.path) for entry in entries if entry.is_file() and not entry.name.startswith(".")]
        found = [path for path in found if path.suffix.lower() in (*_DEMUXERS, ".srt", ".vtt")]
        found.sort(key=lambda path: path.name.lower())
        return [
            {"name": self.name_of(path)}
            for path in found[:_MOST_LISTED]
            if self.holds(path) and (besides is None or path.resolve() != besides.resolve())
        ]

    async def take(self, name: str, size: int | None, chunks: AsyncIterator[bytes]) -> str:
        """Put a file that is sent into the folder, if it is a sound; returns its name there.

        Args:
            name: as the sender calls it.
            size: bytes that it is said to have; None if nothing is said.
            chunks: its bytes.

        Raises:
            UploadError: it is not taken; nothing of it stays.
        """
        # Whatever folders the name has are the sender's.
        plain = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .")[:120]
        suffix = Path(plain).suffix.lower()
        if not Path(plain).stem or suffix not in _DEMUXERS:
            raise UploadError(f"a stem is a file such as .wav, .flac, .mp3 or .m4a, not {plain or 'this'!r:.80}")
        limit = min(MOST_UPLOADED, shutil.disk_usage(self.folder).free - _ROOM)
        if size is not None and size > limit:
            raise UploadError(f"{plain} is too large: at most {size_in_words(max(limit, 0))} are taken")
        part = self.folder / f".{uuid4().hex}.part{suffix}"
        try:
            with part.open("xb") as file:
                written = 0
                async for chunk in chunks:
                    written += len(chunk)
                    if written > limit:
                        raise UploadError(f"{plain} is too large: at most {size_in_words(max(limit, 0))} are taken")
                    file.write(chunk)
            _check(part, plain, _DEMUXERS[suffix])
            path = self._free(plain)
            replace_durably(part, path)
        finally:
            part.unlink(missing_ok=True)
        return path.name

    def _free(self, name: str) -> Path:
        """Return a place where nothing is yet."""
        path, number = self.folder / name, 2
        while path.exists() or path.is_symlink():
            path = self.folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
            number += 1
        return path


def _check(path: Path, name: str, demuxer: str) -> None:
    """Make sure that a file is what its name says: a list of other files with the name of a sound would be followed."""
    try:
        beginning = _BEGINNINGS.get(path.suffix)
        with path.open("rb") as file:
            if beginning is not None and not beginning.match(file.read(8)):
                raise UploadError(f"{name} is no sound that can be read")
        with av.open(str(path), format=demuxer) as container:
            if not container.streams.audio:
                raise UploadError(f"{name} has no sound")
            next(container.decode(audio=0))
        Dub.open(path)
    except (av.FFmpegError, DubError, StopIteration, ValueError) as error:
        raise UploadError(f"{name} is no sound that can be read") from error
