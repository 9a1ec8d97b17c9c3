"""Files whose frames were written at a constant rate, with the times that timecodes give them."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.timing.timeline import Timeline

__all__ = ["ending_at", "with_times"]

_TICKS: Final = 1_000_000
"""Of a second, in which times are written."""


def with_times(
    parts: Sequence[tuple[Path, int, int]], fps: Fraction, timeline: Timeline, output: Path, container: str
) -> int:
    """Copy files one after the other into one, with other times for their pictures; sounds keep theirs.

    Args:
        parts: the files, each with the numbers of its first frame and of the first behind its last. Only the first
            file may have other streams.
        fps: frames per second.
        timeline: when the frames are to be shown.
        output: the file to write.
        container: FFmpeg's name of its kind.

    Returns:
        Which of the pictures' packets, in the order of decoding, holds the last frame.

    Raises:
        JobError: they cannot be copied, or have other frames.
    """
    counted, latest = 0, (0, 0)
    try:
        with av.open(str(output), "w", format=container) as written:
            for number, (path, first, stop) in enumerate(parts):
                with av.open(str(path)) as read:
                    if number == 0:
                        copies = {stream.index: written.add_stream_from_template(stream) for stream in read.streams}
                        for stream in read.streams:
                            copies[stream.index].metadata.update(stream.metadata)
                        copies[read.streams.video[0].index].time_base = Fraction(1, _TICKS)
                        written.metadata.update(read.metadata)
                    for packet in _timed(read, path, fps, timeline, first, stop):
                        if packet.stream_index == read.streams.video[0].index:
                            latest = max(latest, (packet.pts or 0, counted))
                            counted += 1
                        packet.stream = copies[packet.stream_index]
                        written.mux(packet)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise JobError(f"cannot give the pictures their times: {one_line(error)}") from error
    return latest[1]


def ending_at(end: Fraction, number: int) -> list[str]:
    """Return FFmpeg's options that let copied pictures end at a moment: NUT does not say how long packets last.

    Those that are decoded behind the last frame last until then too, for MP4 adds up what packets last in that order.

    Args:
        end: seconds after the first frame.
        number: of the packet that holds the last frame, as `with_times` returns it.
    """
    return ["-bsf:v:0", f"setts=pts=PTS:dts=DTS:duration=if(gte(N\\,{number})\\,{float(end):.9f}/TB-PTS\\,DURATION)"]


def _timed(
    read: InputContainer, path: Path, fps: Fraction, timeline: Timeline, first: int, stop: int
) -> Iterator["av.Packet[Any]"]:
    """Yield a file's packets, those of the pictures with their new times; arguments as for `with_times`.

    Packets come in the order in which they are decoded. Packet k is decoded when the frame is shown that comes as many
    before frame k as the encoder holds frames back, so that none is shown before it is decoded.
    """
    with av.open(str(path)) as again:
        shown = [packet.pts for packet in again.demux(video=0) if packet.size and packet.pts is not None]
    places = {pts: place for place, pts in enumerate(sorted(shown))}
    if not len(places) == len(shown) == stop - first:
        raise JobError(f"{stop - first} pictures were sent, and {len(shown)} have come of them")
    order = [places[pts] for pts in shown]
    delay = max((at - number for at, number in enumerate(order)), default=0)
    usual = 1 / fps
    pictures = read.streams.video[0]
    at = 0
    for packet in read.demux():
        if not packet.size:
            continue
        if packet.stream_index == pictures.index:
            place = first + order[at]
            decoded = at - delay
            time = timeline.start(first + decoded) if first + decoded >= 0 else (first + decoded) * usual
            packet.time_base = Fraction(1, _TICKS)
            packet.pts = round(timeline.start(place) * _TICKS)
            packet.dts = min(round(time * _TICKS), packet.pts)
            packet.duration = round((timeline.start(place + 1) - timeline.start(place)) * _TICKS)
            at += 1
        yield packet
