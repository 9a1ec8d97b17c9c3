"""One segment as a file: its frames and its sounds, none lost and none added."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
import vapoursynth as vs

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.files import replace_durably
from vs_lipsync.media.colour import colour_options
from vs_lipsync.media.ffmpeg import Ffmpeg
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
        JobError: a frame cannot be made, or FFmpeg fails.
    """
    part = output.with_name(f".{output.stem}-{uuid4().hex[:8]}.part.mkv")
    raw_rgb = _raw_rgb(video)
    if raw_rgb is None:
        video, _ = encodable(video)
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
                pictures = ["-f", "yuv4mpegpipe"] if raw_rgb is None else raw_rgb
                header = stream_header(video, first) if raw_rgb is None else b""
                command = [*pictures, *colour_options(first), "-i", "pipe:0", *inputs, *maps, *codecs]
            if comment is not None:
                command += ["-metadata", f"comment={comment}"]
            command += ["-fps_mode", "passthrough", *encoder, "-f", "matroska", "-y", f"file:{part.absolute()}"]
            with Ffmpeg(command) as ffmpeg:
                ffmpeg.write(header)
                for frame in video.frames(close=True):
                    if raw_rgb is None:
                        ffmpeg.write(FRAME_HEADER)
                    planes = list(frame_planes(frame))
                    for plane in planes if raw_rgb is None else (planes[1], planes[2], planes[0]):
                        ffmpeg.write(plane.data)
                    done()
                ffmpeg.finish()
            replace_durably(part, output)
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    finally:
        part.unlink(missing_ok=True)


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
