"""Which frames are encoded and which packets are copied, so that no copied picture refers to an encoded one."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.media.smart.packets import Packets

__all__ = ["Run", "runs_of"]

_SHORTEST: Final = 12
"""Frames for which it is worth to begin anew behind them, if they are not a whole group of pictures."""


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive frames that are all encoded, or all copied.

    Attributes:
        first: number of the first frame.
        stop: number of the first frame behind it.
        packets: numbers of the packets that are copied, in the order in which they are decoded; None to encode.
    """

    first: int
    stop: int
    packets: Sequence[int] | None = None

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.stop - self.first


def runs_of(packets: Packets, changed: NDArray[np.bool_], first: int, stop: int) -> list[Run]:
    """Take a range of a clip apart.

    Decoding a run of copied packets begins with an entry, so that it needs none before, and ends with an exit, before
    which all is shown before what comes behind. What lies between the runs is encoded, whether it has changed or not.

    Args:
        packets: those of the source.
        changed: [frames] whether each frame of the clip differs from the source's. Frames that the source does not
            have are encoded whatever it says.
        first: number of the first frame of the range.
        stop: number of the first frame behind it.
    """
    frames = [entry.frame for entry in packets.entries]
    begins = {entry.packet for entry in packets.entries} | {len(packets)}
    exits, gaps = np.flatnonzero(packets.exits), packets.gaps
    end = min(stop, len(packets))
    altered = np.flatnonzero(changed[:end])
    runs: list[Run] = []
    covered = at = first
    while at < end:
        number = bisect_left(frames, at)
        if number == len(frames) or frames[number] >= end:
            break
        entry, begun = packets.entries[number], frames[number]
        behind = bisect_left(altered, begun)
        limit = int(altered[behind]) if behind < len(altered) else end
        gap = bisect_right(gaps, entry.packet)
        limit = min(limit, int(gaps[gap]) if gap < len(gaps) else end)
        ended = int(exits[bisect_right(exits, limit) - 1])
        if ended - begun >= _SHORTEST or (ended > begun and ended in begins):
            if covered < begun:
                runs.append(Run(covered, begun))
            runs.append(Run(begun, ended, [entry.packet, *range(entry.packet + 1 + entry.leading, ended)]))
            covered = ended
        at = max(limit, begun + 1)
    if covered < stop:
        runs.append(Run(covered, stop))
    return runs
