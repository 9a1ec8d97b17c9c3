"""Looking at what an encoder wrote: it is compared with what was sent to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.sample_range import luma_of

__all__ = ["SentFrame", "check_written"]

_LOSSLESS: Final = frozenset(("ffv1", "ffvhuff", "huffyuv", "utvideo", "magicyuv", "rawvideo"))
"""FFmpeg's names of codecs that keep every sample."""

_UNSPECIFIED: Final = 2  # in H.273's tables

_CELL: Final = 16
"""Pixels of the cells whose means are compared where an encoder loses: coarse quantisers leave those as they are."""

_MEAN: Final = 0.04
"""By how much the mean of a picture may be another one, the peak being 1: more than the coarsest quantisers do."""

_SLOPE: Final = 0.1
"""By how much the contrast of cells may change; a conversion of the range changes it by 0.14."""

_LEAST_SPREAD: Final = 0.05
"""Standard deviation of cells, the peak being 1, from which on contrast tells anything."""


@dataclass(frozen=True, slots=True)
class SentFrame:
    """The first frame that was sent to an encoder.

    Attributes:
        form: its format.
        planes: its samples [height, width].
        colours: what was said of them, by the names of `av.VideoCodecContext`, in H.273's and FFmpeg's numbers.
    """

    form: vs.VideoFormat
    planes: Sequence[NDArray[np.generic]]
    colours: dict[str, int]


def check_written(path: Path, sent: SentFrame, *, same_samples: bool) -> list[str]:
    """Decode the first frame of a file, and compare it with what was sent.

    Args:
        path: the file.
        sent: the frame.
        same_samples: whether the samples were to be kept: no filter and no conversion was asked for.

    Returns:
        What the user should know: that the encoder holds another format, or says something else of the colours.

    Raises:
        JobError: its samples differ by more than the encoder may lose.
    """
    try:
        with av.open(str(path)) as container:
            codec = container.streams.video[0].codec_context.name
            frame = next(container.decode(video=0))
    except (av.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise JobError(f"ffmpeg wrote pictures that cannot be read: {one_line(error)}") from error
    if frame.format.is_rgb != (sent.form.color_family == vs.RGB):
        return [f"the encoder holds {frame.format.name}: {sent.form.name} is converted to it"] if same_samples else []
    said = {name: int(getattr(frame, name)) for name in sent.colours}
    notes = [
        f"the encoder's pictures say {name} {said[name]}, and not {number}: they will look different where that counts"
        for name, number in sent.colours.items()
        if said[name] not in (number, 0 if name == "color_range" else _UNSPECIFIED)
    ]
    luma, peak = luma_of(frame), (1 << sent.form.bits_per_sample) - 1
    before = np.asarray(sent.planes[0], np.float64) / peak
    if not same_samples or luma is None or luma.shape != before.shape:
        return notes
    holds = (frame.format.components[0].bits, len(frame.format.components), _subsampling(frame.format))
    given = (sent.form.bits_per_sample, sent.form.num_planes, (sent.form.subsampling_w, sent.form.subsampling_h))
    if holds == given and codec in _LOSSLESS:
        if not all(np.array_equal(a, b) for a, b in zip(_planes(frame), sent.planes, strict=True)):
            raise JobError(f"{codec} should keep every sample, but FFmpeg has changed them; give another -pix_fmt")
        return notes
    _compare(before, luma)
    if holds != given:
        name = frame.format.name.replace("yuvj", "yuv")
        notes.append(f"the encoder holds {name}: {sent.form.name} is converted to it")
    return notes


def _compare(before: NDArray[np.float64], after: NDArray[np.float64]) -> None:
    """Refuse pictures [height, width] that differ in their means, or in the contrast of their cells."""
    off = float(after.mean() - before.mean())
    if abs(off) > _MEAN:
        raise JobError(
            f"the encoder's pictures are {'lighter' if off > 0 else 'darker'} than those that were sent to it, by "
            f"{abs(off):.0%} of the range; choose another encoder, or a better quality"
        )
    height, width = (length // _CELL for length in before.shape)
    if not height or not width:
        return
    cells = [
        picture[: height * _CELL, : width * _CELL].reshape(height, _CELL, width, _CELL).mean((1, 3)).ravel()
        for picture in (before, after)
    ]
    if cells[0].std() < _LEAST_SPREAD:
        return
    slope = float(np.polyfit(cells[0], cells[1], 1)[0])
    if abs(slope - 1) > _SLOPE:
        raise JobError(
            f"the encoder's pictures have {slope:.0%} of the contrast of those that were sent to it; choose another "
            "encoder, or a better quality"
        )


def _subsampling(form: av.VideoFormat) -> tuple[int, int]:
    """Return by how many bits chroma is smaller; 0 where there is none."""
    if len(form.components) < 3:
        return 0, 0
    width, height = form.chroma_width(64), form.chroma_height(64)
    return (64 // width).bit_length() - 1, (64 // height).bit_length() - 1


def _planes(frame: av.VideoFrame) -> list[NDArray[np.generic]]:
    """Return the planes [height, width] of a planar frame."""
    kind = "u1" if frame.format.components[0].bits <= 8 else "<u2"
    return [np.frombuffer(bytes(plane), kind).reshape(plane.height, -1)[:, : plane.width] for plane in frame.planes]
