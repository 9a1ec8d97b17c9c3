"""What a media file says of its pictures, before they are read."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from vs_lipsync.errors import JobError

__all__ = ["DeclaredVideo", "declared_video", "first_time"]

_TEXT_CODECS = ("ansi", "bintext", "xbin", "idf")


@dataclass(frozen=True, slots=True)
class DeclaredVideo:
    """What a file says of its first picture stream.

    Attributes:
        length: seconds that it lasts; None if it does not say so.
        rate: frames per second; None if it does not say so.
    """

    length: Fraction | None = None
    rate: Fraction | None = None


def declared_video(path: Path) -> DeclaredVideo:
    """Read what a file says of its pictures.

    Raises:
        JobError: there are no pictures in it, or FFmpeg would draw them from its text.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise JobError(f"cannot open {path}: its name is not UTF-8; rename it, or give a link to it") from error
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise JobError(f"{path} has no pictures")
            video = container.streams.video[0]
            if video.codec_context.name in _TEXT_CODECS:
                raise JobError(f"{path} is a text, not a video")
            rate = video.average_rate or video.base_rate
            known = Fraction(rate.numerator, rate.denominator) if rate else None
            return DeclaredVideo(_length(container.format.name, video), known)
    except (av.FFmpegError, OSError, ValueError):
        return DeclaredVideo()  # who reads the pictures will find out, and say so


def first_time(path: Path) -> Fraction:
    """Return the second in a file at which FFmpeg shows the first picture that it decodes; 0 if it does not say."""
    try:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0), None)
            if frame is not None and frame.pts is not None and frame.time_base:
                return Fraction(frame.pts * frame.time_base)
    except (av.FFmpegError, OSError, ValueError):
        pass
    return Fraction(0)


def _length(container: str, video: av.VideoStream) -> Fraction | None:
    """Return the length of a stream as its header has it; what FFmpeg estimates by the bit rate is far off."""
    if video.duration is not None and video.time_base and container.startswith(("mov,", "avi")):
        return Fraction(video.duration * video.time_base)
    if "DURATION" in video.metadata:  # Matroska, where it is when the stream ends
        hours, minutes, seconds = video.metadata["DURATION"].split(":")
        end = 3600 * int(hours) + 60 * int(minutes) + Fraction(seconds)
        return end - (Fraction(video.start_time * video.time_base) if video.start_time and video.time_base else 0)
    return None
