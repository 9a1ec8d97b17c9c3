"""What a media file says of itself, before it is read."""

from fractions import Fraction
from pathlib import Path

import av

from vs_lipsync.errors import JobError

__all__ = ["declared_length"]

_TEXT_CODECS = ("ansi", "bintext", "xbin", "idf")


def declared_length(path: Path) -> Fraction | None:
    """Return how many seconds the pictures of a file last by its own account; None if it does not say so.

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
            return _length(container.format.name, video)
    except (av.FFmpegError, OSError, ValueError):
        return None  # who reads the pictures will find out, and say so


def _length(container: str, video: av.VideoStream) -> Fraction | None:
    """Return the length of a stream as its header has it; what FFmpeg estimates by the bit rate is far off."""
    if video.duration is not None and video.time_base and container.startswith(("mov,", "avi")):
        return Fraction(video.duration * video.time_base)
    if "DURATION" in video.metadata:  # Matroska
        hours, minutes, seconds = video.metadata["DURATION"].split(":")
        return 3600 * int(hours) + 60 * int(minutes) + Fraction(seconds)
    return None
