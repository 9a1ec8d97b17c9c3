"""Reading files that users name and that ought to be small, whatever they turn out to be."""

import errno
import os
import stat
from pathlib import Path

__all__ = ["read_small"]


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


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
