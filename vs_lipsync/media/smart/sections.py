"""Sections of a finished file that are decoded side by side."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from vs_lipsync.media.smart.packets import Packets
from vs_lipsync.media.smart.runs import Run

__all__ = ["sections_of"]

_SHORTEST: Final = 1500
"""Frames of a section, about: where it begins, up to a group of pictures is decoded once more."""


def sections_of(packets: Packets, runs: Sequence[Run], most: int) -> list[tuple[int, int]]:
    """Return the first frames of sections, each with the first frame behind its last.

    A section begins with the file, or inside a copied run, with a packet that needs none before it and behind which no
    frame is shown earlier. So it is decoded by itself as it is behind all that comes before.

    Args:
        packets: those of the source.
        runs: what was copied, and what was encoded; they follow each other.
        most: sections, at most.
    """
    first, stop = runs[0].first, runs[-1].stop
    copied = [range(run.first + 1, run.stop) for run in runs if run.packets is not None]
    places = [
        entry.frame for entry in packets.entries if not entry.leading and any(entry.frame in run for run in copied)
    ]
    count = min(most, (stop - first) // _SHORTEST)
    wanted = [first + number * (stop - first) // count for number in range(1, count)]
    begins = sorted({min(places, key=lambda place: abs(place - frame)) for frame in wanted} if places else ())
    return list(pairwise([first, *begins, stop]))
