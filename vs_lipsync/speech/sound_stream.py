"""One sound stream of a media file, as FFmpeg gives it: its packets and frames, and when the file starts."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from vs_lipsync.speech.placing import Piece

if TYPE_CHECKING:
    from av.rational import AVRational  # from version 19 on; a Fraction before

__all__ = ["NoDurationError", "decoded", "is_discontinuous", "layout_name", "opened", "packets", "start_of", "starts"]

_COUNTED: Final = {"aac", "mp3", "ac3", "eac3", "dts", "dtshd", "mlp", "truehd"}
"""FFmpeg's formats of raw streams, which have no times."""

_NUMBERED: Final = {"flac"}
"""FFmpeg's formats of raw streams whose frames say by a number when they are: one that goes back does not say it."""

_TS_DISCONT: Final = 0x0200
"""FFmpeg's AVFMT_TS_DISCONT among the flags of a format."""


class NoDurationError(Exception):
    """A packet does not say how long it lasts."""


def opened(path: Path) -> InputContainer:
    """Open a media file, and nothing that it may point to elsewhere, as playlists do."""
    return av.open(str(path.absolute()), options={"protocol_whitelist": "file"})


def packets(container: InputContainer, stream: av.AudioStream) -> Iterator[Piece[None]]:
    """Yield when packets start and how long they last, without decoding them.

    Raises:
        NoDurationError: a packet does not say how long it lasts.
    """
    return _forward(container, _packets(container, stream))


def _packets(container: InputContainer, stream: av.AudioStream) -> Iterator[Piece[None]]:
    for packet in container.demux(stream):
        if packet.size:
            if not packet.duration or not stream.time_base:
                raise NoDurationError
            yield Piece(_seconds(packet.pts, stream.time_base), Fraction(packet.duration * stream.time_base), None)


def _forward[T](container: InputContainer, pieces: Iterator[Piece[T]]) -> Iterator[Piece[T]]:
    """Yield pieces, and where the frames of a raw stream are numbered anew, let them go on.

    So they are in FLAC files that were joined as bytes. There the last frame of the first file is shorter than the
    others, and FFmpeg, which takes all for as long as it, has it begin long before: it would be an overlap.
    """
    if container.format.name not in _NUMBERED:
        yield from pieces
        return
    shift = Fraction(0)
    at: Fraction | None = None
    for piece in pieces:
        if piece.time is not None:
            if at is not None and piece.time + shift < at:
                shift = at - piece.time
            at = piece.time + shift
        yield piece if at is None else replace(piece, time=at)
        at = None if at is None else at + piece.duration


def decoded(container: InputContainer, stream: av.AudioStream) -> Iterator[Piece[av.AudioFrame]]:
    """Decode a stream, without what is damaged.

    Raw streams have no times, and their samples are counted. FFmpeg's own count would be wrong: for some it is of whole
    ticks of 1/90000 s, which packets of 44.1 kHz do not last, and where the rate changes on the way it keeps to the
    first one.
    """
    return _forward(container, _decoded(container, stream))


def _decoded(container: InputContainer, stream: av.AudioStream) -> Iterator[Piece[av.AudioFrame]]:
    lost = False
    counts = container.format.name in _COUNTED
    at: Fraction | None = None
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            lost = True  # what follows may be sound again
            at = None if at is None else at + (_seconds(packet.duration, packet.time_base) or 0)
            continue
        for frame in frames:
            if frame.samples and frame.sample_rate:
                time = at if counts and at is not None else _seconds(frame.pts, frame.time_base)
                duration = Fraction(frame.samples, frame.sample_rate)
                yield Piece(time, duration, frame, lost)
                at = None if time is None else time + duration
                lost = False


def start_of(
    container: InputContainer, stream: av.AudioStream, first: Piece[av.AudioFrame], start: Fraction
) -> Fraction:
    """Return when a file starts, in its own time: with its first sound or picture.

    The first samples of the stream that is read tell better when it starts than its header, which may count an
    encoder's delay; not so where those before them are damaged.

    Args:
        container: the file.
        stream: the one that is read.
        first: its first samples.
        start: when they are heard.
    """
    found = [start, *starts(container, but=stream)]
    stated = _seconds(stream.start_time, stream.time_base)
    if first.after_loss and stated is not None:
        found.append(stated)
    return min(found)


def starts(container: InputContainer, *, but: Stream | None = None, sounds: bool = True) -> Iterator[Fraction]:
    """Yield when the pictures and, if asked for, the sounds of a file start, but for one; covers have no time."""
    for stream in (*container.streams.video, *(container.streams.audio if sounds else ())):
        start = _seconds(stream.start_time, stream.time_base)
        is_other = but is None or stream.index != but.index
        if is_other and start is not None and Disposition.attached_pic not in stream.disposition:
            yield start


def is_discontinuous(container: InputContainer) -> bool:
    """Tell whether the times of a file's format may begin anew in the middle of it."""
    return bool(container.format.flags & _TS_DISCONT)


def layout_name(layout: av.AudioLayout) -> str:
    """Return the name of a layout by which it can be made again; where there is none, that of as many channels."""
    try:
        if av.AudioLayout(layout.name).nb_channels == layout.nb_channels:
            return str(layout.name)
    except (av.FFmpegError, ValueError):
        pass
    return f"{layout.nb_channels}C"


def _seconds(ticks: int | None, time_base: "AVRational | None") -> Fraction | None:
    """Return a time in seconds; None where there is none. A time base that is missing is the fraction 0."""
    return Fraction(ticks * time_base) if ticks is not None and time_base else None
