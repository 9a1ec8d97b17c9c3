"""Looking at what an encoder wrote: it is compared with what was sent to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.encoding.pixel_formats import Samples, planes_of, samples_of
from vs_lipsync.media.encoding.sample_range import luma_of

__all__ = ["FIRST_FRAMES", "SentFrame", "check_written"]

FIRST_FRAMES: Final = 3
"""How many frames from the first on are compared: encoders that predict one from another show it by then."""

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
    """A frame that was sent to an encoder.

    Attributes:
        samples: what it is made of.
        planes: its samples [height, width], in FFmpeg's order.
        colours: what was said of them, by the names of `av.VideoCodecContext`, in H.273's and FFmpeg's numbers.
    """

    samples: Samples
    planes: Sequence[NDArray[np.generic]]
    colours: dict[str, int]


def check_written(
    path: Path, sent: Sequence[SentFrame], *, same_samples: bool, lossless: bool = False, alpha_beside: bool = False
) -> list[str]:
    """Decode the first frames of a file, and compare them with what was sent.

    Args:
        path: the file.
        sent: the frames, one at least.
        same_samples: whether the samples were to be kept: no filter and no conversion was asked for.
        lossless: whether the encoder is known to keep every one of them.
        alpha_beside: whether alpha is where no ordinary decoder looks for it.

    Returns:
        What the user should know: that the encoder holds another format, or says something else of the colours.

    Raises:
        JobError: samples differ by more than the encoder may lose.
    """
    try:
        with av.open(str(path)) as container:
            codec = container.streams.video[0].codec_context.name
            frames = list(islice(container.decode(video=0), len(sent)))
    except (av.FFmpegError, OSError, IndexError) as error:
        raise JobError(f"ffmpeg wrote pictures that cannot be read: {one_line(error)}") from error
    if not frames:
        raise JobError("ffmpeg wrote pictures that cannot be read: there are none")
    notes: list[str] = []
    for before, after in zip(sent, frames, strict=False):
        notes += _check_frame(
            before, after, codec, same_samples=same_samples, lossless=lossless, alpha_beside=alpha_beside
        )
    return list(dict.fromkeys(notes))


def _check_frame(
    sent: SentFrame, frame: av.VideoFrame, codec: str, *, same_samples: bool, lossless: bool, alpha_beside: bool
) -> list[str]:
    """Compare a frame; arguments, result and errors as for `check_written`."""
    held = samples_of(frame.format.name)
    notes = _other_colours(sent, frame) if held is None or held.family != vs.RGB else []
    if not same_samples:
        return notes
    if sent.samples.alpha and not alpha_beside and held is not None and not held.alpha:
        raise JobError(f"{codec} has not kept the clip's alpha; give another encoder, such as ffv1 or prores_ks")
    if held is None or (held.family == vs.RGB) != (sent.samples.family == vs.RGB):
        return [*notes, f"the encoder holds {frame.format.name}: {sent.samples} is converted to it"]
    # Decoders make 4:2:0 of what an encoder holds without colour.
    is_gray = sent.samples.family == vs.GRAY and (held.bits, held.alpha) == (sent.samples.bits, sent.samples.alpha)
    if lossless and (held == sent.samples or is_gray):
        found = planes_of(frame, held)[: len(sent.planes)]
        if not all(np.array_equal(a, b) for a, b in zip(found, sent.planes, strict=True)):
            raise JobError(f"{codec} should keep every sample, but FFmpeg has changed them; give another -pix_fmt")
        if held == sent.samples:
            return notes
    if held.family == vs.RGB:
        if held == sent.samples:
            for before, after in zip(sent.planes, planes_of(frame, held), strict=True):
                _compare(np.asarray(before, np.float64) / held.peak, np.asarray(after, np.float64) / held.peak)
    else:
        luma = luma_of(frame)
        before = np.asarray(sent.planes[0], np.float64) / sent.samples.peak
        if luma is not None and luma.shape == before.shape:
            _compare(before, luma)
    # ProRes 4444 is decoded with more bits than it was given.
    if (held.family, held.subsampling) != (
        sent.samples.family,
        sent.samples.subsampling,
    ) or held.bits < sent.samples.bits:
        name = frame.format.name.replace("yuvj", "yuv")
        notes.append(f"the encoder holds {name}: {sent.samples} is converted to it")
    return notes


def _other_colours(sent: SentFrame, frame: av.VideoFrame) -> list[str]:
    """Return lines for what a decoded frame says of its colours otherwise than what was sent."""
    said = {name: int(getattr(frame, name)) for name in sent.colours}
    return [
        f"the encoder's pictures say {name} {said[name]}, and not {number}: they will look different where that counts"
        for name, number in sent.colours.items()
        if said[name] not in (number, 0 if name == "color_range" else _UNSPECIFIED)
    ]


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
