"""Whether an encoder holds pictures whose size is no multiple of its samples of chroma: a trial tells."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import av
import vapoursynth as vs

from vs_lipsync.errors import JobError
from vs_lipsync.media.encoding.raw_video import FILTER_OPTIONS, SentVideo, input_options, sent_planes
from vs_lipsync.media.ffmpeg import Ffmpeg

__all__ = ["held_size"]

_LEAST: Final = (192, 128)
"""Width and height of the trial's picture, about: no encoder refuses it for being small."""


def held_size(video: SentVideo, size: tuple[int, int], options: Sequence[str]) -> tuple[int, int]:
    """Return the size at which an encoder holds a clip that is padded.

    Args:
        video: what is sent.
        size: width and height of what is to be seen of it.
        options: FFmpeg's, for the pictures.

    Returns:
        That size, or the next smaller one whose chroma is whole.
    """
    steps = tuple(1 << shift for shift in video.samples.subsampling)
    whole = size[0] // steps[0] * steps[0], size[1] // steps[1] * steps[1]
    if whole == size or _holds(video, (size[0] % steps[0], size[1] % steps[1]), options):
        return size
    return whole


def _holds(video: SentVideo, beyond: tuple[int, int], options: Sequence[str]) -> bool:
    """Encode one picture of a size that is by so much beyond a whole one, and look for its size."""
    width, height = _LEAST
    blank = vs.core.std.BlankClip(
        format=video.samples.format.id, width=width + 4, height=height + 4, length=1, fpsnum=25
    )
    trial = replace(video, clip=blank, size=(width + beyond[0], height + beyond[1]))
    with tempfile.TemporaryDirectory() as folder, blank.get_frame(0) as frame:
        output = Path(folder) / "trial.nut"
        command = [*input_options(trial), "-i", "pipe:0", "-an", *trial.pin, *options]
        try:
            with Ffmpeg([*command, "-f", "nut", "-y", f"file:{output}"]) as ffmpeg:
                for plane in sent_planes(frame, trial.samples, trial.size):
                    ffmpeg.write(plane.data)
                ffmpeg.finish()
            with av.open(str(output)) as container:
                codec = container.streams.video[0].codec_context
                is_filtered = any(name in FILTER_OPTIONS for name in options)
                return is_filtered or (codec.width, codec.height) == trial.size
        except (JobError, av.FFmpegError, OSError, IndexError):
            return False
