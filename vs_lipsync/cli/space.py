"""Room on the disk."""

import shutil
from pathlib import Path

from vs_lipsync.cli.errors import JobError

__all__ = ["free", "in_words", "require"]

_MARGIN = 64 << 20
"""Bytes that stay free, for the file system and for others."""


def free(folder: Path) -> int:
    """Return the bytes that are free where a folder lies."""
    return shutil.disk_usage(folder).free


def require(folder: Path, size: int) -> None:
    """Make sure that so many bytes can be written into a folder.

    Raises:
        JobError: they cannot.
    """
    available = free(folder)
    if available < size + _MARGIN:
        raise JobError(
            f"there is too little space in {folder}: {in_words(available)} free, {in_words(size + _MARGIN)} needed"
        )


def in_words(size: int) -> str:
    """Return a number of bytes for people to read."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
