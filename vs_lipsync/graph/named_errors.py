"""The package's errors in the form of a VapourSynth filter's."""

from collections.abc import Iterator
from contextlib import contextmanager

import vapoursynth as vs

from vs_lipsync.errors import LipsyncError

__all__ = ["named_errors"]


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn a `LipsyncError` into `vs.Error("lipsync: ...")`, of which it stays the cause."""
    try:
        yield
    except LipsyncError as error:
        raise vs.Error(f"lipsync: {error}") from error
