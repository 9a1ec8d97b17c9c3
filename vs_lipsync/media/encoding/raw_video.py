"""Frames as FFmpeg reads them from a pipe: samples of any format, with alpha, each just as it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.media.encoding.lossless import option_value
from vs_lipsync.media.encoding.pixel_formats import Samples, best_of, encoder_formats, name_of, samples_of
from vs_lipsync.planes.frames import likely_matrix, number_of

__all__ = ["ALPHA", "FILTER_OPTIONS", "SentVideo", "input_options", "sent_planes", "sent_video", "shape_filter"]

ALPHA: Final = "_Alpha"
"""The property in which VapourSynth keeps a frame's alpha."""

FILTER_OPTIONS: Final = ("-vf", "-filter:v", "-filter:v:0")
"""FFmpeg's options for filters of the pictures."""

_MOST: Final = (1 << 31) - 1  # of the shape of pixels: FFmpeg reads 32 bits

_NO_ALPHA_IN: Final = (".mp4", ".m4v", ".mov", ".avi", ".ts")
_ALPHA_BESIDE: Final = ("libvpx", "libvpx-vp9")
"""Encoders that put alpha beside the packets, where Matroska alone has room for it."""


@dataclass(frozen=True, slots=True)
class SentVideo:
    """A clip as it is sent to an encoder.

    Attributes:
        clip: its frames, converted where the encoder cannot take them as they are.
        samples: what is sent of them.
        pixel_format: the format that the encoder is to hold them in, by FFmpeg's name; None to leave it to FFmpeg.
        notes: what is converted or left out, for the user.
        alpha_beside: whether alpha is in no packet, so that Matroska alone can hold it.
        size: width and height of what is sent of each picture, from the left and the top; None for all of it.
    """

    clip: vs.VideoNode
    samples: Samples
    pixel_format: str | None
    notes: tuple[str, ...] = ()
    alpha_beside: bool = False
    size: tuple[int, int] | None = None

    @property
    def pin(self) -> list[str]:
        """FFmpeg's option for the encoder's format, before those of the user."""
        return ["-pix_fmt", self.pixel_format] if self.pixel_format else []


def sent_video(
    clip: vs.VideoNode, first: vs.VideoFrame, encoder: str | None, options: Sequence[str], suffix: str
) -> SentVideo:
    """Find the format in which an encoder keeps most of a clip.

    Args:
        clip: frames of any format.
        first: one of them.
        encoder: FFmpeg's name of the encoder; None if it is FFmpeg that chooses it.
        options: FFmpeg's, for the pictures.
        suffix: extension of the file to write, in small letters.
    """
    have = Samples.of(clip.format, alpha=ALPHA in first.props)
    notes: list[str] = []
    want, beside = have, encoder in _ALPHA_BESIDE
    if have.alpha and beside and suffix in _NO_ALPHA_IN:
        notes.append(f"the clip's alpha is left out: {suffix} files cannot hold it as {encoder} writes it")
        want = replace(have, alpha=False)
    given = (option_value(options, "-pix_fmt") or "").lstrip("+")  # the sign for what must not be converted
    is_filtered = any(name in FILTER_OPTIONS for name in options)
    names = () if is_filtered else (given,) if given else _usable(encoder) if encoder else ()
    best = best_of(want, names)
    if best is None:  # a filter, or FFmpeg's own choice: what is sent is what there is, as far as FFmpeg knows it
        sent = want if name_of(want) is not None else _nearest(want)
        pin = None
    else:
        pin, sent = best
        if name_of(sent) is None:
            sent = _nearest(sent)
    if want.alpha and not sent.alpha:
        by = f"-pix_fmt {given}" if given else encoder or "this format"
        notes.append(f"the clip's alpha is left out: {by} cannot hold it, as ffv1 or prores_ks do, among others")
    if replace(sent, alpha=False) != replace(want, alpha=False):
        why = "for the encoder" if name_of(have) is not None else f"FFmpeg has no format for {have}"
        notes.append(f"{clip.format.name} is converted to {sent.format.name}{' ' if why[0] == 'f' else ': '}{why}")
    return SentVideo(
        _converted(clip, first, have, sent), sent, None if given else pin, tuple(notes), beside and sent.alpha
    )


def input_options(video: SentVideo) -> list[str]:
    """Return FFmpeg's input options, before the colours and the `-i`.

    Raises:
        ValueError: FFmpeg has no such format.
    """
    name, clip = name_of(video.samples), video.clip
    if name is None:
        raise ValueError(f"FFmpeg has no format for {video.samples}")
    rate = f"{clip.fps.numerator}/{clip.fps.denominator}"
    width, height = video.size or (clip.width, clip.height)
    size = f"{width}x{height}"
    return ["-f", "rawvideo", "-pixel_format", name, "-video_size", size, "-framerate", rate]


def shape_filter(frame: vs.VideoFrame) -> str | None:
    """Return FFmpeg's filter that sets the shape of pixels as a frame tells it; None if it does not.

    Raw video has no place for it, and FFmpeg's option `-aspect` rounds.
    """
    width, height = (number_of(frame, name, 0) for name in ("_SARNum", "_SARDen"))
    if not (0 < width <= _MOST and 0 < height <= _MOST):
        return None
    return f"setsar={width}/{height}:max={_MOST}"


def sent_planes(
    frame: vs.VideoFrame, samples: Samples, size: tuple[int, int] | None = None
) -> Iterator[NDArray[np.generic]]:
    """Yield the planes [height, width] of a frame in FFmpeg's order, each without gaps between its rows.

    Grey with alpha is one plane [height, 2 · width].

    Args:
        frame: the frame.
        samples: what it is made of.
        size: as of `SentVideo`; where chroma is not whole, its last samples belong to it.
    """
    width, height = size or (frame.width, frame.height)
    across, down = samples.subsampling
    alpha = frame.props.get(ALPHA) if samples.alpha else None
    first = np.asarray(frame[0])[:height, :width]
    # A frame without is opaque.
    fourth = np.asarray(alpha[0])[:height, :width] if isinstance(alpha, vs.VideoFrame) else None
    if samples.alpha and fourth is None:
        fourth = np.full(first.shape, samples.peak, first.dtype)
    if samples.family == vs.GRAY and fourth is not None:
        yield np.stack([first, fourth], axis=2).reshape(height, 2 * width)
        return
    order = (1, 2, 0) if samples.family == vs.RGB else range(frame.format.num_planes)
    for plane in order:
        high, wide = (-(-height >> down), -(-width >> across)) if plane in (1, 2) else (height, width)
        yield np.ascontiguousarray(np.asarray(frame[plane])[:high, :wide])
    if fourth is not None:
        yield np.ascontiguousarray(fourth)


def _usable(encoder: str) -> list[str]:
    """Return the formats that an encoder takes without being told that it is an experiment."""
    beside = encoder in _ALPHA_BESIDE
    every = [(name, samples_of(name)) for name in encoder_formats(encoder)]
    return [name for name, held in every if not beside or held is None or not held.alpha or name == "yuva420p"]


def _nearest(samples: Samples) -> Samples:
    """Return the nearest samples that FFmpeg has a format in planes for; all of them are kept."""
    layouts = ((2, 2), (2, 0), (1, 1), (1, 0), (0, 1), (0, 0))
    every = [
        Samples(int(family), bits, layout if family == vs.YUV else (0, 0), alpha)
        for family in (vs.GRAY, vs.YUV, vs.RGB)
        for bits in (8, 9, 10, 12, 14, 16)
        for layout in (layouts if family == vs.YUV else layouts[-1:])
        for alpha in (False, True)
    ]
    found = best_of(samples, [name for one in every if (name := name_of(one)) is not None])
    assert found is not None
    return found[1]


def _converted(clip: vs.VideoNode, first: vs.VideoFrame, have: Samples, to: Samples) -> vs.VideoNode:
    """Convert a clip, and its alpha; the clip itself where nothing is to be done."""
    made = clip
    if to.format.id != clip.format.id:
        matrix_in: int | None = None
        if have.family == vs.RGB:
            made = made.std.SetFrameProps(_Matrix=int(vs.MATRIX_RGB))  # the resizer takes no other
        elif to.family == vs.RGB and number_of(first, "_Matrix", 2) == vs.MATRIX_UNSPECIFIED:
            matrix_in = likely_matrix(clip.format, clip.height)
        made = made.resize.Bicubic(
            format=to.format.id,
            matrix=vs.MATRIX_BT709 if have.family == vs.RGB and to.family != vs.RGB else None,
            matrix_in=matrix_in,
            dither_type="error_diffusion" if to.bits < have.bits or have.is_float else "none",
        )
    if to.alpha and (have.bits, have.is_float) != (to.bits, to.is_float):
        gray = replace(to, family=vs.GRAY, subsampling=(0, 0), alpha=False).format
        alpha = clip.std.PropToClip(ALPHA).std.SetFrameProps(_Range=int(vs.RANGE_FULL))
        made = made.std.ClipToProp(alpha.resize.Point(format=gray.id, range=vs.RANGE_FULL), ALPHA)
    return made
