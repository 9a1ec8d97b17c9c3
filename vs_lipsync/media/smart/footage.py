"""Sources whose packets can be copied: they are opened as they are, frame for frame and sample for sample."""

import io
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.encoding.hdr import has_dolby_vision
from vs_lipsync.media.encoding.pixel_formats import Samples, name_of, planes_of, samples_of
from vs_lipsync.media.encoding.raw_video import ALPHA
from vs_lipsync.media.probe import declared_video
from vs_lipsync.media.smart.codec import StreamFacts
from vs_lipsync.media.smart.packets import Packets, numbered_packets
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.planes.frames import number_of
from vs_lipsync.timing.timeline import ConstantRate, stays_at_rate

__all__ = ["colours_of", "require_aligned", "require_copyable", "turned_back"]

_MUXERS: Final = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}

_COLOURS: Final = {
    "color_primaries": "-color_primaries",
    "color_trc": "-color_trc",
    "colorspace": "-colorspace",
    "color_range": "-color_range",
}
_COMPARED: Final = 3
"""Frames that are decoded once more and compared."""

_UNSPECIFIED: Final = 2  # in H.273's tables


def require_copyable(footage: SourceClip, opening: SourceOptions, facts: StreamFacts, suffix: str) -> None:
    """Make sure that the frames of a source are its packets' own.

    Args:
        footage: the source.
        opening: how it was opened.
        facts: what it says of its picture stream.
        suffix: extension of the file to write, in small letters.

    Raises:
        SmartRenderError: they are not, or the file could not hold the packets.
    """
    for reason in _reasons(footage, opening, facts, suffix):
        raise SmartRenderError(reason)


def _reasons(footage: SourceClip, opening: SourceOptions, facts: StreamFacts, suffix: str) -> Iterator[str]:
    """Yield what stands in the way."""
    if suffix not in _MUXERS:
        yield f"pictures are copied into {', '.join(_MUXERS)} files only"
    with av.open(io.BytesIO(), "w", format=_MUXERS[suffix]) as container:
        if facts.codec not in container.supported_codecs:
            yield f"{suffix} files cannot hold {facts.codec}"
    if footage.forced_rate is not None:
        yield "its frame rate varies and is made constant (--timecodes keep it)"
    if footage.shifts:
        yield "its times begin anew on the way"
    if footage.declared is not None:
        yield "it is damaged or not whole"
    if footage.field is not None or opening.deinterlace is not None:
        yield "its fields are made into pictures, or taken for them"
    if any(footage.crop):
        yield "its pictures are cropped"
    said = declared_video(footage.path, footage.stream)
    clip = footage.clip
    with clip.get_frame(0) as frame:
        shape = number_of(frame, "_SARNum", 1), number_of(frame, "_SARDen", 1)
        if facts.turns is None or number_of(frame, "Rotation", 0):
            yield "its pictures are mirrored, or turned by no quarter turn"
        elif facts.turns % 2 and shape[0] != shape[1]:
            yield "its pictures are turned, and their pixels are no squares"
        if ALPHA in frame.props or said.hidden_alpha is not None:
            yield "it has alpha"
        if has_dolby_vision(frame.props) or "HDR10Plus" in "".join(frame.props.keys()):
            yield "its pictures have metadata of Dolby Vision or HDR10+ each, which no encoder is given"
    size = (clip.height, clip.width) if (facts.turns or 0) % 2 else (clip.width, clip.height)
    if said.size != size:
        yield f"its pictures are {said.size[0]} x {said.size[1]}, and become {clip.width} x {clip.height}"
    if name_of(Samples.of(clip.format)) != facts.pixel_format:
        yield f"its samples are {facts.pixel_format}, and become {clip.format.name}"


def turned_back(clip: vs.VideoNode, turns: int) -> vs.VideoNode:
    """Turn pictures back that are shown turned by so many quarters, counter-clockwise."""
    if turns == 2:
        return clip.std.Turn180()
    if turns % 2:
        turned = clip.std.Transpose()
        return turned.std.FlipHorizontal() if turns == 1 else turned.std.FlipVertical()
    return clip


def require_aligned(footage: SourceClip, packets: Packets, turns: int, frames: Sequence[int]) -> None:
    """Make sure that each frame of the opened clip is the one in the packet that it is taken for.

    Args:
        footage: the source.
        packets: of its pictures.
        turns: quarter turns, counter-clockwise, by which the opened pictures are turned.
        frames: numbers of frames at which it counts; a few of them are compared with what FFmpeg decodes.

    Raises:
        SmartRenderError: one is another.
    """
    shown = packets.shown
    if isinstance(footage.timeline, ConstantRate):
        late = (shown - shown[0]) * float(packets.time_base) - np.arange(len(shown)) / float(footage.clip.fps)
        if not stays_at_rate(late, footage.clip.fps):
            raise SmartRenderError("its packets are shown at other times than its frames")
    usable = [frame for frame in frames if frame < len(shown)]
    for frame in usable[:: max(1, len(usable) // _COMPARED)][:_COMPARED]:
        luma = _luma_at(footage, packets, frame)
        with footage.clip.get_frame(frame) as opened:
            if luma is None or not np.array_equal(np.asarray(opened[0]), np.rot90(luma, turns)):
                raise SmartRenderError(f"frame {frame} is not the picture that its packet holds")


def _luma_at(footage: SourceClip, packets: Packets, frame: int) -> NDArray[np.generic] | None:
    """Decode the first plane [height, width] of a frame, from the key frame before the last one on."""
    time, packet = int(packets.shown[frame]), int(np.flatnonzero(packets.places == frame)[0])
    before = np.flatnonzero(packets.keys[: packet + 1])[-2:]
    begun = int(packets.numbers[before[0]]) if len(before) else 0
    try:
        with av.open(str(footage.path)) as container:
            stream = container.streams[footage.stream or 0]
            assert isinstance(stream, av.VideoStream)
            needed = (one for number, one in numbered_packets(container, stream.index) if number >= begun)
            for decoded in chain.from_iterable(stream.decode(one) for one in chain(needed, [None])):
                if decoded.pts == time:
                    held = samples_of(decoded.format.name)
                    return None if held is None else planes_of(decoded, held)[0]
    except (av.FFmpegError, OSError, ValueError):
        pass
    return None


def colours_of(path: Path, number: int) -> list[str]:
    """Return FFmpeg's options for what a file says of the colours of its picture stream."""
    options: list[str] = []
    with av.open(str(path)) as container:
        stream = container.streams[number]
        assert isinstance(stream, av.VideoStream)
        for name, option in _COLOURS.items():
            value = int(getattr(stream.codec_context, name))
            if value not in (0, _UNSPECIFIED) or (name == "color_range" and value):
                options += [option, str(value)]
    return options
