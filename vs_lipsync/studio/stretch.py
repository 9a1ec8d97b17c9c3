"""A stretch of a file, picture and sound, as a browser plays it."""

import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

import vapoursynth as vs

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.sending import Sending
from vs_lipsync.media.ffmpeg import Ffmpeg
from vs_lipsync.media.mix import has_sound
from vs_lipsync.media.soundtrack import render_dub
from vs_lipsync.media.source import SourceClip

__all__ = ["PREVIEW_CODEC", "write_stretch"]

PREVIEW_CODEC: Final = "-c:v libx264 -preset ultrafast -crf 23 -pix_fmt yuv420p -c:a aac -movflags +faststart"
"""FFmpeg's options for what is only played once."""


def write_stretch(footage: SourceClip, first: int, stop: int, output: Path, done: Callable[[int, int], None]) -> None:
    """Write frames first..stop - 1 of a file, with what is heard with them, at a constant rate.

    Args:
        footage: the file.
        first: its first frame.
        stop: the first frame behind it.
        output: the .mp4 file to write.
        done: called with how many frames of how many are done; what it raises ends the work.

    Raises:
        JobError: a frame cannot be decoded, or FFmpeg fails.
    """
    video = footage.clip[first:stop]
    options = EncoderOptions.parse(PREVIEW_CODEC.split())
    begin = footage.timeline.start(first)
    length = footage.timeline.start(stop) - begin
    try:
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".sound-") as scratch:
            sending = Sending.of(video, options.video_codec, options.video, ".mp4", can_tag=True, size=footage.size)
            with sending.video.clip.get_frame(0) as frame:
                sound = _sound(footage, begin, length, Path(scratch))
                maps = ["-map", "0:v:0", *(["-map", "1:a:0"] if sound else [])]
                command = [*sending.input(frame), *sound, *maps, *sending.output(frame), *options.file]
            with Ffmpeg([*command, "-f", "mp4", "-y", f"file:{output.absolute()}"]) as ffmpeg:
                for number, frame in enumerate(sending.video.clip.frames(close=True), 1):
                    sending.send(ffmpeg, frame)
                    done(number, stop - first)
                ffmpeg.finish()
    except vs.Error as error:
        raise JobError(one_line(error)) from error


def _sound(footage: SourceClip, begin: Fraction, length: Fraction, folder: Path) -> list[str]:
    """Return FFmpeg's input options for what is heard from a second of a clip on; none where it has no sound."""
    if not has_sound(footage.path):
        return []
    if footage.shifts:  # the file's times begin anew on the way, so that FFmpeg would not find the place
        samples = folder / "sound.w64"
        render_dub(footage.path, -begin, length, samples, origin=footage.start, shifts=footage.shifts)
        return ["-i", f"file:{samples.absolute()}"]
    place = f"{float(footage.start + begin):.6f}"
    return ["-seek_timestamp", "1", "-ss", place, "-t", f"{float(length):.6f}", "-i", f"file:{footage.path}"]
