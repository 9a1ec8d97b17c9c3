"""Parts of a source that are decoded once more, to compare with them what was copied."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from vs_lipsync.errors import SmartRenderError, one_line
from vs_lipsync.media.smart.packets import Packets, numbered_packets
from vs_lipsync.media.smart.runs import Run

__all__ = ["compared_runs", "write_excerpts"]

_COMPARED: Final = 48
"""Frames of a copied run that are compared where it begins, and where it ends, at least."""

_TICK: Final = Fraction(1, 25)
"""Seconds from one frame of an excerpt to the next: only their order counts."""


def compared_runs(packets: Packets, run: Run) -> list[Run]:
    """Return what is compared of a copied run: its first groups of pictures and its last ones, or all of it.

    Each begins with an entry and ends with an exit, so that it is decoded by itself.
    """
    assert run.packets is not None
    inside = [entry for entry in packets.entries if run.first < entry.frame and entry.packet < run.stop]
    ends = [entry.packet for entry in inside if entry.packet > run.first]
    begins = [entry.frame for entry in inside]
    at, of = bisect_left(ends, run.first + _COMPARED), bisect_right(begins, run.stop - _COMPARED) - 1
    if at == len(ends) or of < 0 or ends[at] >= begins[of]:
        return [run]
    last = inside[of]
    head = [number for number in run.packets if number < ends[at]]
    tail = [last.packet, *range(last.packet + 1 + last.leading, run.stop)]
    return [Run(run.first, ends[at], head), Run(last.frame, run.stop, tail)]


def write_excerpts(source: tuple[Path, int], packets: Packets, parts: Sequence[Run], folder: Path) -> list[Path]:
    """Write parts of a source into files of their own, packet for packet.

    Args:
        source: the source and the number of its stream.
        packets: those of the source.
        parts: which of them, in rising order; each can be decoded by itself.
        folder: where the files go.

    Raises:
        SmartRenderError: they cannot be written.
    """
    paths: list[Path] = []
    try:
        with av.open(str(source[0])) as read:
            numbers = numbered_packets(read, source[1])
            for part in parts:
                assert part.packets is not None
                paths.append(folder / f"{len(paths)}.nut")
                with av.open(str(paths[-1]), "w", format="nut") as written:
                    stream = written.add_stream_from_template(read.streams[source[1]], opaque=True)
                    stream.time_base = _TICK
                    places = [int(packets.places[n]) - part.first for n in part.packets]
                    delay = max(place - n for n, place in enumerate(places))
                    wanted = packets.numbers[list(part.packets)]
                    for n, (place, number) in enumerate(zip(places, wanted, strict=True)):
                        found = next(packet for at, packet in numbers if at == number)
                        packet = av.Packet(bytes(found))
                        packet.stream, packet.time_base = stream, _TICK
                        packet.pts, packet.dts = place + delay, n
                        packet.is_keyframe = found.is_keyframe
                        written.mux(packet)
    except (av.FFmpegError, OSError, ValueError, StopIteration) as error:
        raise SmartRenderError(f"parts of the source cannot be written: {one_line(error)}") from error
    return paths
