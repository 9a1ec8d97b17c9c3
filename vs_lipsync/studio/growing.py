"""A file that is read while it is being written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

__all__ = ["read_growing"]

_PIECE: Final = 1 << 18
"""Bytes that are read at once."""

_STEP: Final = 0.03
"""Seconds after which is looked for more."""


async def read_growing(path: Path, grows: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield a file's bytes as they come, to its end.

    Args:
        path: the file.
        grows: tells whether more may still be written; asked before the last look.
    """
    with path.open("rb") as file:
        while True:
            more = grows()
            if piece := file.read(_PIECE):
                yield piece
            elif more:
                await asyncio.sleep(_STEP)
            else:
                return
