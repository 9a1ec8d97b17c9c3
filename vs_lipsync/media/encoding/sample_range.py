"""Whether an encoder takes samples as they are: many know limited or full range only, and FFmpeg converts for them.

FFmpeg inserts the conversion without a word. A trial with the user's own options tells, for any encoder and version.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import JobError
from vs_lipsync.media.encoding.pixel_formats import Samples, samples_of
from vs_lipsync.media.encoding.raw_video import FILTER_OPTIONS, SentVideo, input_options
from vs_lipsync.media.ffmpeg import Ffmpeg

__all__ = ["FULL", "LIMITED", "RangePlan", "luma_of", "plan_range", "with_range"]

LIMITED: Final = 1
FULL: Final = 2
"""FFmpeg's numbers of ranges; 0 is not known."""

_NAMES: Final = {LIMITED: "limited", FULL: "full"}

_WIDTH: Final = 192
_HEIGHT: Final = 128
"""Pixels of the trial's picture: no encoder refuses it for its size."""

_SAME: Final = 0.05
"""By how much a ramp may become steeper or flatter through an encoder; a conversion of the range does so by 0.14."""

_OPTION: Final = "-color_range"


@dataclass(frozen=True, slots=True)
class RangePlan:
    """How frames are sent to an encoder.

    Attributes:
        sent: the range that FFmpeg is told the samples have; None to tell none.
        tag: the range that the container has to say; None to leave that to the codec.
        filter: FFmpeg's, that converts the samples; None for none.
        note: what becomes of the samples, for the user, if they are not kept.
    """

    sent: int | None = None
    tag: int | None = None
    filter: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Trial:
    """What came of samples that FFmpeg was told to have a range: whether they are the same, and what the codec says."""

    same: bool
    said: int


def plan_range(video: SentVideo, sample_range: int, options: Sequence[str], *, can_tag: bool) -> RangePlan:
    """Find out how samples arrive as they are, or else what becomes of them.

    Args:
        video: what is sent.
        sample_range: of its samples, `LIMITED` or `FULL`; 0 if it is not known.
        options: FFmpeg's, for the pictures.
        can_tag: whether the container says the range where the codec cannot.
    """
    if video.samples.family == vs.RGB:
        return RangePlan(sample_range or FULL)
    if video.samples.is_float:  # they have one range
        return RangePlan()
    if sample_range not in _NAMES or any(name in (*FILTER_OPTIONS, _OPTION) for name in options):
        return RangePlan(sample_range or None)
    try:
        told = _try(video, sample_range, options)
        if told.same and told.said in (0, sample_range):
            return RangePlan(sample_range, sample_range if told.said == 0 else None)
        other = LIMITED if sample_range == FULL else FULL
        if not told.same and can_tag and sample_range == FULL:
            plain = _try(video, other, options)
            if plain.same and plain.said == 0:
                return RangePlan(other, sample_range)
    except JobError:  # the job itself will say what is wrong with the options
        return RangePlan(sample_range)
    kept = "FFmpeg converts the samples" if not told.same else "the samples are converted"
    note = f"this encoder has no way to say {_NAMES[sample_range]} range here: {kept} to {_NAMES[other]} range"
    names = {LIMITED: "tv", FULL: "pc"}
    converts = f"scale=in_range={names[sample_range]}:out_range={names[other]}" if told.same else None
    return RangePlan(sample_range, other, converts, note)


def with_range(options: Sequence[str], number: int | None) -> list[str]:
    """Return options that tag samples with another range; None for none."""
    words = list(options)
    if _OPTION in words:
        at = words.index(_OPTION)
        del words[at : at + 2]
    return words if number is None else [*words, _OPTION, str(number)]


def luma_of(frame: av.VideoFrame) -> NDArray[np.float64] | None:
    """Return the first plane [height, width] of a decoded frame, 1 being its peak; None for packed ones and floats."""
    held = samples_of(frame.format.name)
    if held is not None and held.is_float:
        return None
    first = frame.format.components[0]
    bits = first.bits
    if not frame.format.is_planar and len(frame.format.components) > 1:
        return None
    order = ">" if frame.format.is_big_endian else "<"
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), "u1" if bits <= 8 else f"{order}u2").reshape(plane.height, -1)
    return np.asarray(rows[:, : plane.width] / ((1 << bits) - 1), np.float64)


def _try(video: SentVideo, sample_range: int, options: Sequence[str]) -> _Trial:
    """Encode a ramp, and look at what comes back."""
    form = video.clip.format
    small = vs.core.std.BlankClip(format=form.id, width=_WIDTH, height=_HEIGHT, length=1, fpsnum=25, fpsden=1)
    samples = Samples.of(form)
    # A pinned format may be one with alpha, which changes nothing about the range.
    trial = SentVideo(small, samples, video.pixel_format)
    peak = (1 << form.bits_per_sample) - 1
    ramp = np.tile(np.linspace(0.02, 0.98, _WIDTH), (_HEIGHT, 1))
    with small.get_frame(0) as frame, tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "trial.nut"
        # The rest of the colours must be known for FFmpeg not to guess.
        colours = ["-colorspace", "1", "-color_primaries", "1", "-color_trc", "1"]
        command = [*input_options(trial), *with_range(colours, sample_range), "-i", "pipe:0", "-an"]
        planes = [np.asarray(frame[plane]) for plane in range(form.num_planes)]
        sent = np.round(ramp * peak).astype(planes[0].dtype)
        with Ffmpeg([*command, *trial.pin, *options, "-f", "nut", "-y", f"file:{output}"]) as ffmpeg:
            ffmpeg.write(sent.tobytes())
            for plane in planes[1:]:
                ffmpeg.write(np.full(plane.shape, (peak + 1) // 2, plane.dtype).tobytes())
            ffmpeg.finish()
        try:
            with av.open(str(output)) as container:
                decoded = next(container.decode(video=0))
        except (av.FFmpegError, StopIteration) as error:
            raise JobError("the encoder's pictures cannot be read") from error
    luma = luma_of(decoded)
    if luma is None or luma.shape != ramp.shape:
        return _Trial(same=True, said=int(decoded.color_range))  # RGB and the like: no range is lost there
    slope = float(np.polyfit(ramp.mean(0), luma.mean(0), 1)[0])
    return _Trial(abs(slope - 1) < _SAME, int(decoded.color_range))
