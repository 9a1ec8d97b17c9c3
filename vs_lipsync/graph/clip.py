"""What a clip must be for the filter, and what is known of it before any frame is asked for."""

from fractions import Fraction
from typing import TYPE_CHECKING

import vapoursynth as vs

from vs_lipsync.timing.timecodes import TimecodeSource, open_timecodes
from vs_lipsync.timing.timeline import ConstantRate, Timeline

if TYPE_CHECKING:
    from vs_lipsync.plan.file.document import ClipFacts

__all__ = ["check_clip", "facts_of", "frame_bytes", "frame_rate", "timeline_of"]


def check_clip(clip: vs.VideoNode) -> None:
    """Refuse what is no clip, or one that cannot be analysed: vs.Error, with what to do about it."""
    if not isinstance(clip, vs.VideoNode):
        raise vs.Error("lipsync: clip must be a video node")
    if clip.format is None or not clip.width or not clip.height:
        raise vs.Error("lipsync: clips of variable format or size are not supported; split or resize the clip first")
    if clip.format.color_family not in (vs.GRAY, vs.YUV, vs.RGB):
        raise vs.Error(f"lipsync: format {clip.format.name} is not supported; convert to GRAY, YUV or RGB")
    if clip.format.sample_type == vs.INTEGER and clip.format.bits_per_sample > 16:
        raise vs.Error(f"lipsync: format {clip.format.name} is not supported; convert to at most 16 bits, or to float")


def frame_rate(clip: vs.VideoNode) -> Fraction:
    """Return the constant rate of a clip in frames per second; vs.Error where it has none."""
    if not clip.fps_num or not clip.fps_den:
        raise vs.Error(
            "lipsync: the clip has a variable frame rate; pass its timecodes=, or give it a rate (AssumeFPS)"
        )
    return Fraction(clip.fps_num, clip.fps_den)


def timeline_of(clip: vs.VideoNode, timecodes: TimecodeSource | None) -> Timeline:
    """Return when a clip's frames are shown: by its timecodes, or at its constant rate if there are none.

    Raises:
        vs.Error: it has neither.
        TimecodeError: the timecodes cannot be read, or are not of this clip.
    """
    return ConstantRate(frame_rate(clip)) if timecodes is None else open_timecodes(timecodes, clip.num_frames)


def frame_bytes(clip: vs.VideoNode) -> int:
    """Return the size of a frame's samples in bytes."""
    planes = 1 if clip.format.color_family == vs.GRAY else 3
    samples = 1 + (planes - 1) / (1 << clip.format.subsampling_w + clip.format.subsampling_h)
    return int(clip.width * clip.height * samples * clip.format.bytes_per_sample)


def facts_of(clip: vs.VideoNode) -> "ClipFacts":
    """Return what a plan file says of a clip."""
    from vs_lipsync.plan.file.document import ClipFacts  # Pydantic is slow to load: only for who has plan files

    rate = f"{clip.fps.numerator}/{clip.fps.denominator}" if clip.fps else "variable"
    return ClipFacts(frames=clip.num_frames, width=clip.width, height=clip.height, rate=rate, format=clip.format.name)
