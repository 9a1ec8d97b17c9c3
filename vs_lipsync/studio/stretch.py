"""A stretch of a clip, picture and sound, as a browser plays it."""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

import vapoursynth as vs

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.frame_clock import with_times
from vs_lipsync.media.encoding.sending import Sending
from vs_lipsync.media.ffmpeg import Ffmpeg
from vs_lipsync.media.mix import has_sound
from vs_lipsync.media.soundtrack import render_dub
from vs_lipsync.media.source import SourceClip
from vs_lipsync.timing.timeline import ConstantRate, PartOf

__all__ = ["Sound", "own_sound", "write_stretch"]

_CODEC: Final = "-c:v libx264 -preset ultrafast -crf 23 -pix_fmt yuv420p -c:a aac"
"""FFmpeg's options for what is only played once."""

_IN_FRAGMENTS: Final = "-movflags +delay_moov+default_base_moof -frag_duration 250000 -flush_packets 1"
"""FFmpeg's options (the duration in microseconds) for an MP4 that can be played while it is being written.

`delay_moov` lets it have an edit list, without which the sound's priming samples would delay the picture.
"""

type Sound = Callable[[Path], Sequence[str]]
"""Returns FFmpeg's input options for what is heard, for which it may write files into a folder; none for silence."""


def write_stretch(
    footage: SourceClip,
    clip: vs.VideoNode,
    first: int,
    stop: int,
    sound: Sound,
    output: Path,
    done: Callable[[int, int], None],
) -> None:
    """Write frames first..stop - 1, with what is heard with them.

    Where the clip has a constant rate the file can be read while it grows; else it is there when it is whole.

    Args:
        footage: the file that they are of.
        clip: its frames, or what is made of them.
        first: the first frame.
        stop: the first frame behind the last.
        sound: what is heard; it is asked in a thread of its own while the first frame is made.
        output: the .mp4 file to write.
        done: called with how many frames of how many are done; what it raises ends the work.

    Raises:
        JobError: a frame or the sound cannot be made, or FFmpeg fails.
    """
    video, is_constant = clip[first:stop], isinstance(footage.timeline, ConstantRate)
    options = EncoderOptions.parse(_CODEC.split())
    try:
        with (
            tempfile.TemporaryDirectory(dir=output.parent, prefix=".stretch-") as scratch,
            ThreadPoolExecutor(1, "sound") as beside,
        ):
            heard = beside.submit(sound, Path(scratch))
            sending = Sending.of(video, options.video_codec, options.video, ".mp4", can_tag=True, size=footage.size)
            with sending.video.clip.get_frame(0) as frame:
                said, encoder = sending.input(frame), sending.output(frame)
            track, written = heard.result(), output if is_constant else Path(scratch) / "stretch.mp4"
            maps = ["-map", "0:v:0", *(["-map", "1:a:0"] if track else [])]
            file = [*options.file, *_IN_FRAGMENTS.split(), "-f", "mp4", "-y", f"file:{written.absolute()}"]
            command = [*said, *track, *maps, *encoder, *file]
            with Ffmpeg(command) as ffmpeg:
                for number, frame in enumerate(sending.video.clip.frames(close=True), 1):
                    sending.send(ffmpeg, frame)
                    done(number, stop - first)
                ffmpeg.finish()
            if not is_constant:
                timed, times = Path(scratch) / "timed.mp4", PartOf(footage.timeline, first)
                with_times([(written, 0, stop - first)], video.fps, times, timed, "mp4")
                timed.replace(output)
    except BaseException as error:
        with suppress(OSError):  # somebody may be reading it
            output.unlink(missing_ok=True)
        if isinstance(error, vs.Error):
            raise JobError(one_line(error)) from error
        raise


def own_sound(footage: SourceClip, first: int, stop: int) -> Sound:
    """Return what is heard in a range of a file's frames, by the file itself."""
    begin = footage.timeline.start(first)
    return partial(_sound, footage, begin, footage.timeline.start(stop) - begin)


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
