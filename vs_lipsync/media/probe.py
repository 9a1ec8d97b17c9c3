"""What a media file says of its pictures, before they are read."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.stream import Disposition

from vs_lipsync.errors import JobError

__all__ = ["DeclaredVideo", "chosen_video", "declared_video", "first_time"]

_TEXT_CODECS: Final = ("ansi", "bintext", "xbin", "idf")

_ALPHA_BESIDE: Final = ("vp8", "vp9")
"""Codecs whose alpha is a second picture beside the packet, which only FFmpeg's libvpx reads, and only when asked."""


@dataclass(frozen=True, slots=True)
class DeclaredVideo:
    """What a file says of the picture stream that is taken.

    Attributes:
        stream: its number in the file; None if the file cannot be read.
        length: seconds that it lasts; None if it does not say so.
        rate: frames per second; None if it does not say so.
        size: width and height of the pictures.
        hidden_alpha: name of a codec that has alpha which is not decoded; None if there is none.
        frames: how many there are; 0 if it does not say so.
        crop: rows and columns that players leave out: at the top, the bottom, on the left, on the right.
        rates: all that it says of frames per second: the average, and the least of which all its times are multiples.
    """

    stream: int | None = None
    length: Fraction | None = None
    rate: Fraction | None = None
    size: tuple[int, int] = (0, 0)
    hidden_alpha: str | None = None
    frames: int = 0
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)
    rates: tuple[Fraction, ...] = ()


def chosen_video(container: InputContainer, path: Path, number: int | None = None) -> av.VideoStream:
    """Return the picture stream to take: the one of a number, or the first with the flag "default", or the first.

    Args:
        container: a file.
        path: its name.
        number: of a stream among all of the file's; None to choose.

    Raises:
        JobError: there is none.
    """
    found = [stream for stream in container.streams.video if Disposition.attached_pic not in stream.disposition]
    if number is not None:
        for stream in container.streams.video:
            if stream.index == number:
                return stream
        known = ", ".join(str(stream.index) for stream in found)
        raise JobError(f"{path} has no video stream {number}; there are {known or 'none'}")
    if not found:
        raise JobError(f"{path} has no pictures" + (" but a cover" if container.streams.video else ""))
    return next((stream for stream in found if Disposition.default in stream.disposition), found[0])


def declared_video(path: Path, number: int | None = None) -> DeclaredVideo:
    """Read what a file says of its pictures; arguments as for `chosen_video`.

    Raises:
        JobError: there are no such pictures in it, or FFmpeg would draw them from its text.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise JobError(f"cannot open {path}: its name is not UTF-8; rename it, or give a link to it") from error
    try:
        with av.open(str(path)) as container:
            video = chosen_video(container, path, number)
            codec = video.codec_context
            if codec.name in _TEXT_CODECS:
                raise JobError(f"{path} is a text, not a video")
            said = [rate for rate in (video.average_rate, video.base_rate) if rate]
            rates = tuple(Fraction(rate.numerator, rate.denominator) for rate in said)
            alpha = codec.name in _ALPHA_BESIDE and video.metadata.get("alpha_mode") == "1"
            return DeclaredVideo(
                stream=video.index,
                length=_length(container.format.name, video),
                rate=rates[0] if rates else None,
                size=(codec.width, codec.height),
                hidden_alpha=codec.name if alpha else None,
                frames=video.frames,
                crop=_crop(codec),
                rates=rates,
            )
    except (av.FFmpegError, OSError, ValueError):
        return DeclaredVideo()  # who reads the pictures will find out, and say so


def first_time(path: Path, number: int | None = None) -> Fraction:
    """Return the second in a file at which FFmpeg shows the first picture that it decodes; 0 if it does not say."""
    try:
        with av.open(str(path)) as container:
            frame = next(container.decode(chosen_video(container, path, number)), None)
            if frame is not None and frame.pts is not None and frame.time_base:
                return Fraction(frame.pts * frame.time_base)
    except (av.FFmpegError, OSError, ValueError):
        pass
    return Fraction(0)


def _crop(codec: av.VideoCodecContext) -> tuple[int, int, int, int]:
    """Return what Matroska says is to be left out, as FFmpeg writes it down: four numbers of 32 bits."""
    data = dict(getattr(codec, "coded_side_data", {})).get("frame_cropping", b"")
    return struct.unpack("<4I", data) if len(data) == 16 else (0, 0, 0, 0)


def _length(container: str, video: av.VideoStream) -> Fraction | None:
    """Return the length of a stream as its header has it; what FFmpeg estimates by the bit rate is far off."""
    if video.duration is not None and video.time_base and container.startswith(("mov,", "avi")):
        return Fraction(video.duration * video.time_base)
    if "DURATION" in video.metadata:  # Matroska, where it is when the stream ends
        hours, minutes, seconds = video.metadata["DURATION"].split(":")
        end = 3600 * int(hours) + 60 * int(minutes) + Fraction(seconds)
        return end - (Fraction(video.start_time * video.time_base) if video.start_time and video.time_base else 0)
    return None
