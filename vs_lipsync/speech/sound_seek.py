"""Going to a place in a sound track, and reading on from there."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

import av
from av.container import InputContainer
from av.stream import Discard

from vs_lipsync.speech.sound_grid import Grid

__all__ = ["alone", "sought"]

_BACK: Final = (0, 1, 4, 16, 64)
"""Seconds by which a search begins before the place that is meant, one after the other until it ends before it."""


def alone(container: InputContainer) -> av.AudioStream:
    """Return the first sound track of a file, of which no other track is read then that is not needed to seek."""
    stream = container.streams.audio[0]
    for other in container.streams:
        if other.index != stream.index and not (other.type == "video" and _is_matroska(container)):
            other.discard = Discard.all
    return stream


def sought(
    container: InputContainer, stream: av.AudioStream, grid: Grid, sample: int
) -> "Iterator[av.Packet[av.AudioStream]] | None":
    """Go to the last packet that starts at a sample or before it.

    Returns:
        What follows, from some packet on that has a time and does not start behind the sample; None if there is no
        such place but the start.
    """
    assert stream.time_base
    for back in _BACK:
        time = grid.time_of(sample - back * grid.kind.rate)
        try:
            if _is_matroska(container) and container.streams.video:  # whose cues are those of its pictures
                container.seek(int(time * stream.time_base * av.time_base), backward=True)
            else:
                container.seek(time, stream=stream, backward=True)
        except av.FFmpegError:  # behind the end, or before the start
            continue
        packets = container.demux(stream)
        for packet in packets:
            if packet.pts is not None:
                if grid.sample_at(packet.pts) <= sample:
                    return chain((packet,), packets)
                break
    return None


def _is_matroska(container: InputContainer) -> bool:
    return "matroska" in container.format.name
