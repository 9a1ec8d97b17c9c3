"""Frames as a YUV4MPEG2 stream."""

from collections.abc import Iterator

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

__all__ = ["FRAME_HEADER", "encodable", "frame_planes", "stream_header"]

FRAME_HEADER = b"FRAME\n"

# FFmpeg's y4m reader takes these layouts, all at 9 to 16 bits too but for 4:1:1.
_LAYOUTS = {(1, 1): "420", (1, 0): "422", (0, 0): "444", (2, 0): "411"}
_MOST = (1 << 31) - 1  # of the shape of pixels: FFmpeg reads 32 bits
_DEPTHS = (9, 10, 12, 14, 16)
_GREY_DEPTHS = (9, 10, 12, 16)


def _layout(form: vs.VideoFormat) -> str | None:
    """Return the C tag of a format, None if there is none."""
    depth, subsampling = form.bits_per_sample, (form.subsampling_w, form.subsampling_h)
    if form.sample_type != vs.INTEGER:
        return None
    if form.color_family == vs.GRAY:
        return "mono" if depth == 8 else f"mono{depth}" if depth in _GREY_DEPTHS else None
    if form.color_family != vs.YUV or subsampling not in _LAYOUTS:
        return None
    tag = _LAYOUTS[subsampling]
    if depth == 8:
        return "420mpeg2" if tag == "420" else tag  # plain "420" would mean chroma samples in the centre
    return f"{tag}p{depth}" if depth in _DEPTHS and tag != "411" else None


def encodable(clip: vs.VideoNode) -> tuple[vs.VideoNode, str | None]:
    """Return a clip that a stream can carry and, if that is not the clip itself, what was done, for the user.

    RGB becomes YUV 4:4:4 (BT.709), float becomes 16 bit, and a rare layout or depth the next better one.
    """
    form = clip.format
    if _layout(form) is not None:
        return clip, None
    grey, rgb = form.color_family == vs.GRAY, form.color_family == vs.RGB
    depths = (8, *(_GREY_DEPTHS if grey else _DEPTHS))
    bits = form.bits_per_sample if form.sample_type == vs.INTEGER else 16
    depth = next((depth for depth in depths if depth >= bits), 16)
    shift_w = min(form.subsampling_w, 1)
    shift_h = min(form.subsampling_h, shift_w)
    target = vs.core.query_video_format(vs.GRAY if grey else vs.YUV, vs.INTEGER, depth, shift_w, shift_h)
    converted = clip.resize.Bicubic(format=target.id, matrix=vs.MATRIX_BT709 if rgb else None)
    return converted, f"{form.name} is converted to {target.name} for the encoder"


def stream_header(clip: vs.VideoNode, first: vs.VideoFrame) -> bytes:
    """Return the header of a clip's stream, with the shape of its pixels as the first frame tells it.

    Raises:
        ValueError: the format cannot be carried.
    """
    layout = _layout(clip.format)
    if layout is None:
        raise ValueError(f"y4m cannot carry {clip.format.name}")
    width, height = (int(first.props.get(name, 0)) for name in ("_SARNum", "_SARDen"))
    pixel = f"{width}:{height}" if 0 < width <= _MOST and 0 < height <= _MOST else "0:0"  # which means: not known
    rate = f"{clip.fps.numerator}:{clip.fps.denominator}"
    return f"YUV4MPEG2 W{clip.width} H{clip.height} F{rate} Ip A{pixel} C{layout}\n".encode("ascii")


def frame_planes(frame: vs.VideoFrame) -> Iterator[NDArray[np.generic]]:
    """Yield the planes of a frame [height, width], each without gaps between its rows."""
    for plane in range(frame.format.num_planes):
        yield np.ascontiguousarray(np.asarray(frame[plane]))
