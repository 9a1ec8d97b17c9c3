"""Streams of recordings that were joined, whose times begin anew, with times that go on instead."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.streams import Contents

__all__ = ["retimed"]

_NEW_START = Fraction(1, 10)
"""Seconds by which times run backwards for what follows to be a new beginning, as FFmpeg has it."""


def retimed(contents: Contents, shifts: Sequence[Fraction], folder: Path) -> Contents:
    """Copy what goes along from a file into another one in which times do not begin anew.

    Packets that would start before the end of those before them are left out, as what is played only once.

    Args:
        contents: of the file.
        shifts: for each new beginning, the seconds that are added to times from there on.
        folder: where to write.

    Returns:
        The contents of the copy, without its pictures.

    Raises:
        JobError: the streams cannot be copied.
    """
    copy = folder / "retimed.part.mkv"
    try:
        with av.open(str(contents.path)) as read, av.open(str(copy), "w", format="matroska") as written:
            copies = {}
            for track in contents.tracks:
                source = read.streams[track.index]
                copies[track.index] = written.add_stream_from_template(source)
                copies[track.index].metadata.update(source.metadata)
            latest: dict[int, Fraction] = {}  # in the file's own time
            ends: dict[int, Fraction] = {}  # in the copy's time
            begun = dict.fromkeys(copies, 0)
            for packet in read.demux([read.streams[index] for index in copies]):
                if packet.dts is None or not packet.time_base or not packet.size:
                    continue
                index = packet.stream_index
                time = Fraction(packet.dts * packet.time_base)
                if index in latest and time < latest[index] - _NEW_START and begun[index] < len(shifts):
                    begun[index] += 1
                latest[index] = time
                shift = shifts[begun[index] - 1] if begun[index] else Fraction(0)
                if time + shift < ends.get(index, time + shift):
                    continue
                ends[index] = time + shift + Fraction((packet.duration or 1) * packet.time_base)
                ticks = round(shift / Fraction(1 * packet.time_base))
                packet.dts += ticks
                packet.pts = packet.dts if packet.pts is None else packet.pts + ticks
                packet.stream = copies[index]
                written.mux(packet)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise JobError(f"cannot copy the streams of {contents.path}: {one_line(error)}") from error
    tracks = tuple(replace(track, index=number) for number, track in enumerate(contents.tracks))
    return replace(contents, path=copy, video=None, tracks=tracks)
