"""A stretch that is played while it is being made."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from vs_lipsync.timing.timeline import Timeline

__all__ = ["plays_through", "read_growing"]

_LEAD: Final = 1.0
"""Seconds of a stretch that are there before it is played."""

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


def plays_through(times: Timeline, frames: int) -> Callable[[int], bool]:
    """Return what tells whether a stretch can be played from now on without waiting for a frame.

    It is told each time how many frames are done, and takes the others to come as fast as those before.

    Args:
        times: when the frames of the stretch are shown.
        frames: how many there are.
    """
    length = float(times.start(frames))
    begun: list[float] = []

    def is_soon_enough(done: int) -> bool:
        now = time.monotonic()
        if not begun and done:
            begun.append(now)
        if done < 2 or float(times.start(done)) < min(_LEAD, length / 2):
            return False
        return (now - begun[0]) / (done - 1) * (frames - done) <= length

    return is_soon_enough
