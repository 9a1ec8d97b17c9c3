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
from vs_lipsync.media.encoding.changes import Changes
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.frame_clock import with_times
from vs_lipsync.media.encoding.lossless import LOSSLESS, LOSSLESS_FLOAT
from vs_lipsync.media.encoding.sending import Sending
from vs_lipsync.media.encoding.written import FIRST_FRAMES, SentFrame
from vs_lipsync.media.ffmpeg import Ffmpeg, run_ffmpeg
from vs_lipsync.timing.timeline import Timeline

__all__ = ["lossless_options", "notes_of_encoder", "write_segment"]

_ENDIAN: Final = "le" if sys.byteorder == "little" else "be"


def lossless_options(form: vs.VideoFormat) -> list[str]:
    """Return FFmpeg's options for an encoder that keeps every sample of a format, where there is one."""
    is_float = form.sample_type == vs.FLOAT and form.color_family != vs.YUV
    return (LOSSLESS_FLOAT if is_float else LOSSLESS).split()


def notes_of_encoder(
    video: vs.VideoNode, encoder: Sequence[str], size: tuple[int, int] | None = None
) -> tuple[str, ...]:
    """Return what the user should know of what becomes of a clip's samples in `write_segment`.

    Raises:
        JobError: a frame cannot be made.
    """
    try:
        return _sending(video, EncoderOptions.parse(encoder), size).notes
    except vs.Error as error:
        raise JobError(one_line(error)) from error


def _sending(video: vs.VideoNode, options: EncoderOptions, size: tuple[int, int] | None) -> Sending:
    return Sending.of(video, options.video_codec, options.video, ".mkv", can_tag=True, size=size)


def write_segment(
    video: vs.VideoNode,
    sounds: Sequence[vs.AudioNode],
    output: Path,
    encoder: Sequence[str],
    comment: str | None,
    done: Callable[[], None],
    times: Timeline | None = None,
    size: tuple[int, int] | None = None,
) -> list[str]:
    """Write a Matroska file. It appears when it is whole.

    Args:
        video: its frames.
        sounds: its sound tracks.
        output: the file to write or replace.
        encoder: FFmpeg options that say how; without one for the sound, that is FLAC, or PCM where FLAC would lose.
        comment: what the file says of itself, if anything.
        done: called after each frame.
        times: when the frames are shown; None for the rate of `video`.
        size: width and height of what is to be seen of frames that are padded; None for all of it.

    Returns:
        What the user should know of what becomes of the samples.

    Raises:
        JobError: a frame cannot be made, FFmpeg fails, or the encoder changes what it should keep.
    """
    part = output.with_name(f".{output.stem}-{uuid4().hex[:8]}.part.mkv")
    options = EncoderOptions.parse(encoder)
    try:
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".sound-") as scratch:
            inputs, codecs, maps = [], [], ["-map", "0:v:0"]
            for number, sound in enumerate(sounds):
                path = Path(scratch) / f"{number}.raw"
                form, codec = _write_sound(sound, path)
                inputs += [*form, "-i", f"file:{path.absolute()}"]
                codecs += [f"-c:a:{number}", codec]
                maps += ["-map", f"{number + 1}:a:0"]
            sending = _sending(video, options, size)
            with sending.video.clip.get_frame(0) as first:
                command = [*sending.input(first), *inputs, *maps, *codecs]
                if comment is not None:
                    command += ["-metadata", f"comment={comment}"]
                theirs = [word.replace(":a:0", ":a") if word.startswith("-") else word for word in options.file]
                command += [*sending.output(first), *theirs]
            sent: list[SentFrame] = []
            changes, told = Changes(), list[str]()
            with Ffmpeg([*command, "-f", "matroska", "-y", f"file:{part.absolute()}"]) as ffmpeg:
                for number, frame in enumerate(sending.video.clip.frames(close=True)):
                    told += filter(None, [changes.look(number, frame)])
                    sending.send(ffmpeg, frame)
                    if len(sent) < FIRST_FRAMES:
                        sent.append(sending.sent_frame(frame))
                    done()
                ffmpeg.finish()
            if sending.plan.tag is not None:
                _tag(part, sending.plan.tag)
            notes = [*sending.notes, *told, *sending.check(part, sent)]
            if times is not None:
                _retime(part, sending.video.clip, times)
            replace_durably(part, output)
            return notes
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    finally:
        part.unlink(missing_ok=True)


def _retime(path: Path, clip: vs.VideoNode, times: Timeline) -> None:
    """Let a file show its frames when a timeline says."""
    timed = path.with_name(f"{path.stem}-timed.mkv")
    try:
        with_times([(path, 0, clip.num_frames)], clip.fps, times, timed, "matroska")
        timed.replace(path)
    finally:
        timed.unlink(missing_ok=True)


def _tag(path: Path, number: int) -> None:
    """Let a file say the range of its samples, which its codec cannot."""
    tagged = path.with_name(f"{path.stem}-tagged.mkv")
    try:
        copy = ["-i", f"file:{path.absolute()}", "-map", "0", "-c", "copy", "-color_range:v:0", str(number)]
        run_ffmpeg([*copy, "-y", f"file:{tagged.absolute()}"])
        tagged.replace(path)
    finally:
        tagged.unlink(missing_ok=True)


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
