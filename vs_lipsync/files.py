"""Files on the disk: small ones that users name, writing whole or not at all, and how much room there is."""

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from vs_lipsync.errors import JobError

if TYPE_CHECKING:
    from pydantic import ValidationError  # which the program's --help need not load

__all__ = ["read_small", "read_small_text", "replace_durably", "require_space", "write_text"]

_MARGIN = 64 << 20
"""Bytes of a disk that stay free, for the file system and for others."""


def read_small(path: Path, limit: int) -> bytes:
    """Return the bytes of a plain file of at most `limit` bytes. Pipes are not waited for, and devices not read.

    Raises:
        OSError: it cannot be read, or is no such file; `strerror` says why.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(errno.EINVAL, "it is not a plain file", str(path))
            data = file.read(limit + 1)
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), str(path)) from error  # a name with a zero byte
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit >> 20} MB", str(path))
    return data


def read_small_text(path: Path, limit: int) -> str:
    """Return the text of a plain file in UTF-8, its lines ended as in Python.

    Raises:
        OSError: as for `read_small`, or it is not UTF-8; `strerror` says why.
    """
    try:
        text = read_small(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, "it is not UTF-8", str(path)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def replace_durably(part: Path, path: Path) -> None:
    """Give a finished file its name, once its contents are on the disk: a power cut must not leave an empty one."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    if os.name == "posix":  # the name is in the folder, which is written by itself
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_text(path: Path, text: str) -> None:
    """Write a small file in UTF-8, or replace it: it is there whole, or as it was."""
    part = path.with_name(f"{path.name}-{uuid4().hex[:8]}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        replace_durably(part, path)
    finally:
        part.unlink(missing_ok=True)


def free_space(folder: Path) -> int:
    """Return the bytes that are free where a folder lies."""
    return shutil.disk_usage(folder).free


def require_space(folder: Path, size: int) -> None:
    """Make sure that so many bytes can be written into a folder.

    Raises:
        JobError: they cannot.
    """
    available = free_space(folder)
    if available < size + _MARGIN:
        needed = size_in_words(size + _MARGIN)
        raise JobError(f"there is too little space in {folder}: {size_in_words(available)} free, {needed} needed")


def size_in_words(size: int) -> str:
    """Return a number of bytes for people to read."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def first_fault(error: "ValidationError") -> str:
    """Say in one line what is wrong first, and where."""
    details = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in details["loc"]).lstrip(".")
    where = where.replace(".tuple[constrained-int, constrained-int]", "")
    message = details["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
