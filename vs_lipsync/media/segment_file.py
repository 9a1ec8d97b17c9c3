"""One segment as a file: its frames and its sounds, none lost and none added."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.files import replace_durably
from vs_lipsync.media.colour import colour_options, sample_range
from vs_lipsync.media.ffmpeg import Ffmpeg, run_ffmpeg
from vs_lipsync.media.sample_range import RangePlan, plan_range, with_range
from vs_lipsync.media.written import SentFrame, check_written
from vs_lipsync.media.y4m import FRAME_HEADER, encodable, frame_planes, stream_header

__all__ = ["write_segment"]

_ENDIAN: Final = "le" if sys.byteorder == "little" else "be"
_RGB_DEPTHS: Final = {8: "gbrp", 9: "gbrp9le", 10: "gbrp10le", 12: "gbrp12le", 14: "gbrp14le", 16: "gbrp16le"}


def write_segment(
    video: vs.VideoNode,
    sounds: Sequence[vs.AudioNode],
    output: Path,
    encoder: Sequence[str],
    comment: str | None,
    done: Callable[[], None],
) -> None:
    """Write a Matroska file. It appears when it is whole.

    Args:
        video: its frames.
        sounds: its sound tracks.
        output: the file to write or replace.
        encoder: FFmpeg options that say how; without one for the sound, that is FLAC, or PCM where FLAC would lose.
        comment: what the file says of itself, if anything.
        done: called after each frame.

    Raises:
        JobError: a frame cannot be made, FFmpeg fails, or the encoder changes what it should keep.
    """
    part = output.with_name(f".{output.stem}-{uuid4().hex[:8]}.part.mkv")
    raw_rgb = _raw_rgb(video)
    if raw_rgb is None:
        video, _ = encodable(video)
    is_filtered = any(name in ("-vf", "-filter:v") for name in encoder)
    try:
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".sound-") as scratch:
            inputs, codecs, maps = [], [], ["-map", "0:v:0"]
            for number, sound in enumerate(sounds):
                path = Path(scratch) / f"{number}.raw"
                form, codec = _write_sound(sound, path)
                inputs += [*form, "-i", f"file:{path.absolute()}"]
                codecs += [f"-c:a:{number}", codec]
                maps += ["-map", f"{number + 1}:a:0"]
            with video.get_frame(0) as first:
                plan = RangePlan(sample_range(first) or None)
                if raw_rgb is None:
                    plan = plan_range(video, sample_range(first), encoder, can_tag=True)
                pictures = ["-f", "yuv4mpegpipe"] if raw_rgb is None else raw_rgb
                header = stream_header(video, first) if raw_rgb is None else b""
                colours = with_range(colour_options(first), plan.sent)
                command = [*pictures, *colours, "-i", "pipe:0", *inputs, *maps, *codecs]
                sent = SentFrame(video.format, [plane.copy() for plane in _ordered(first)], {})
            if comment is not None:
                command += ["-metadata", f"comment={comment}"]
            command += ["-fps_mode", "passthrough", *plan.filters, *encoder]
            command += ["-f", "matroska", "-y", f"file:{part.absolute()}"]
            with Ffmpeg(command) as ffmpeg:
                ffmpeg.write(header)
                for frame in video.frames(close=True):
                    if raw_rgb is None:
                        ffmpeg.write(FRAME_HEADER)
                    for plane in _ordered(frame):
                        ffmpeg.write(plane.data)
                    done()
                ffmpeg.finish()
            if plan.tag is not None:
                _tag(part, plan.tag)
            check_written(part, sent, same_samples=not is_filtered and plan.note is None)
            replace_durably(part, output)
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    finally:
        part.unlink(missing_ok=True)


def _ordered(frame: vs.VideoFrame) -> list[NDArray[np.generic]]:
    """Return the planes [height, width] of a frame in FFmpeg's order."""
    planes = list(frame_planes(frame))
    return [planes[1], planes[2], planes[0]] if frame.format.color_family == vs.RGB else planes


def _tag(path: Path, number: int) -> None:
    """Let a file say the range of its samples, which its codec cannot."""
    tagged = path.with_name(f"{path.stem}-tagged.mkv")
    try:
        copy = ["-i", f"file:{path.absolute()}", "-map", "0", "-c", "copy", "-color_range:v:0", str(number)]
        run_ffmpeg([*copy, "-y", f"file:{tagged.absolute()}"])
        tagged.replace(path)
    finally:
        tagged.unlink(missing_ok=True)


def _raw_rgb(video: vs.VideoNode) -> list[str] | None:
    """Return FFmpeg's input options for RGB, which y4m cannot carry; None for other formats."""
    form = video.format
    if form.color_family != vs.RGB or form.sample_type != vs.INTEGER or form.bits_per_sample not in _RGB_DEPTHS:
        return None
    size = [
        "-video_size",
        f"{video.width}x{video.height}",
        "-framerate",
        f"{video.fps.numerator}/{video.fps.denominator}",
    ]
    return ["-f", "rawvideo", "-pixel_format", _RGB_DEPTHS[form.bits_per_sample], *size]


def _write_sound(sound: vs.AudioNode, path: Path) -> tuple[list[str], str]:
    """Write samples to a file, and return FFmpeg's input options for it and the codec that keeps them as they are."""
    with path.open("wb") as file:
        for frame in sound.frames(close=True):
            # Integers of more than 16 bits fill their 32 from above, as in FFmpeg.
            samples = np.stack([np.asarray(frame[channel]) for channel in range(frame.num_channels)], axis=1)
            file.write(np.ascontiguousarray(samples).tobytes())
    if sound.sample_type == vs.FLOAT:
        form, codec = f"f32{_ENDIAN}", "pcm_f32le"
    elif sound.bits_per_sample == 16:
        form, codec = f"s16{_ENDIAN}", "flac"
    else:
        form, codec = f"s32{_ENDIAN}", "pcm_s24le" if sound.bits_per_sample <= 24 else "pcm_s32le"
    layout = hex(sound.channel_layout)
    return ["-f", form, "-ar", str(sound.sample_rate), "-ch_layout", layout], codec
