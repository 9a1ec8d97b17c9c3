"""Formats of samples by FFmpeg's names: which of VapourSynth's they hold, and which of them an encoder takes best."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.media.ffmpeg import ffmpeg_program

__all__ = ["Samples", "best_of", "encoder_formats", "name_of", "planes_of", "samples_of"]

_SUBSAMPLINGS: Final = {(1, 1): "420", (1, 0): "422", (0, 0): "444", (0, 1): "440", (2, 0): "411", (2, 2): "410"}

_PACKED_RGB: Final = {
    **dict.fromkeys(("rgb24", "bgr24", "rgb0", "bgr0", "0rgb", "0bgr"), (8, False)),
    **dict.fromkeys(("rgba", "bgra", "argb", "abgr"), (8, True)),
    **dict.fromkeys(("rgb48le", "rgb48be", "bgr48le", "bgr48be"), (16, False)),
    **dict.fromkeys(("rgba64le", "rgba64be", "bgra64le", "bgra64be"), (16, True)),
}
"""Bits, and whether there is alpha, of formats that hold RGB's samples as they are, but not in planes."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What the samples of a picture are.

    Attributes:
        family: vs.GRAY, vs.YUV or vs.RGB.
        bits: of a sample.
        subsampling: by how many bits chroma is smaller, horizontally and vertically.
        alpha: whether there is a plane of alpha, of as many bits.
        is_float: whether they are floating-point numbers.
    """

    family: int
    bits: int
    subsampling: tuple[int, int] = (0, 0)
    alpha: bool = False
    is_float: bool = False

    @classmethod
    def of(cls, form: vs.VideoFormat, *, alpha: bool = False) -> "Samples":
        """Return what a clip of a format has."""
        subsampling = (form.subsampling_w, form.subsampling_h)
        return cls(int(form.color_family), form.bits_per_sample, subsampling, alpha, form.sample_type == vs.FLOAT)

    @property
    def format(self) -> vs.VideoFormat:
        """VapourSynth's format of them, but for the alpha."""
        kind = vs.FLOAT if self.is_float else vs.INTEGER
        return vs.core.query_video_format(vs.ColorFamily(self.family), kind, self.bits, *self.subsampling)

    @property
    def peak(self) -> int:
        """The greatest sample; of floating-point numbers that of white."""
        return 1 if self.is_float else (1 << self.bits) - 1

    def __str__(self) -> str:
        """Name them, for users."""
        return f"{self.format.name}{' with alpha' if self.alpha else ''}"


def name_of(samples: Samples) -> str | None:
    """Return FFmpeg's name of a format for samples, the lowest bytes first; None if it has none.

    They are in planes, but that each sample of grey is followed by its alpha.
    """
    number = {8: "", 32: "f32le"}.get(samples.bits, f"{samples.bits}le")
    if samples.is_float and samples.bits == 16:
        number = "f16le"
    alpha = "a" if samples.alpha else ""
    if samples.family == vs.GRAY and samples.alpha:
        return {8: "ya8", 16: "ya16le"}.get(samples.bits) if not samples.is_float else None
    if samples.family == vs.GRAY:
        return _known(f"gray{number}")
    if samples.family == vs.RGB:
        return _known(f"gbr{alpha}p{number}")
    if samples.is_float or samples.subsampling not in _SUBSAMPLINGS:
        return None
    return _known(f"yuv{alpha}{_SUBSAMPLINGS[samples.subsampling]}p{number}")


def _known(name: str) -> str | None:
    try:
        av.VideoFormat(name, 16, 16)
    except ValueError:
        return None
    return name


@cache
def samples_of(name: str) -> Samples | None:
    """Return the samples that a format of FFmpeg's name holds just as they are; None for unusual ones."""
    if name in _PACKED_RGB:
        return Samples(vs.RGB, _PACKED_RGB[name][0], alpha=_PACKED_RGB[name][1])
    found = re.fullmatch(r"(yuvj?|gbr)(a?)(\d{3})?p(?:(f?)(\d+)le)?", name)
    if found is not None:
        kind, alpha, digits, is_float, bits = found.groups()
        layouts = {text: shifts for shifts, text in _SUBSAMPLINGS.items()}
        if (digits is None) != (kind == "gbr") or (digits is not None and digits not in layouts):
            return None
        family = vs.RGB if kind == "gbr" else vs.YUV
        return Samples(family, int(bits or 8), layouts.get(digits or "", (0, 0)), bool(alpha), bool(is_float))
    if name in ("ya8", "ya16le"):
        return Samples(vs.GRAY, 8 if name == "ya8" else 16, alpha=True)
    found = re.fullmatch(r"gray(f?)(?:(\d+)[lb]e)?", name)
    if found is not None:
        return Samples(vs.GRAY, int(found[2] or 8), is_float=bool(found[1]))
    return None


@cache
def encoder_formats(encoder: str) -> tuple[str, ...]:
    """Return FFmpeg's names of the formats that an encoder takes; none if it does not say, or there is no such one."""
    command = [ffmpeg_program(), "-hide_banner", "-h", f"encoder={encoder}"]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    found = re.search(r"Supported pixel formats: (.*)", done.stdout.decode(errors="replace"))
    return tuple(found[1].split()) if found else ()


def best_of(samples: Samples, names: Iterable[str]) -> tuple[str, Samples] | None:
    """Choose the format that keeps most of samples, and wastes least.

    Colour counts most, then alpha, then the size of chroma, the family, and the bits. Formats of floating-point numbers
    are chosen where there is nothing else: encoders that hold both call those an experiment.

    Args:
        samples: what there is.
        names: FFmpeg's of the formats to choose from.

    Returns:
        The name, and what is held by it; None if none of the names is of a usual format.
    """
    every = [(name, held) for name in names if (held := samples_of(name)) is not None]
    known = [entry for entry in every if not entry[1].is_float] or every

    def cost(entry: tuple[str, Samples]) -> tuple[object, ...]:
        name, held = entry
        lost_chroma = [max(0, b - a) for a, b in zip(samples.subsampling, held.subsampling, strict=True)]
        return (
            held != samples,
            samples.family != vs.GRAY and held.family == vs.GRAY,
            samples.alpha and not held.alpha,
            sum(lost_chroma) if vs.GRAY not in (samples.family, held.family) else 0,
            held.family != samples.family,
            max(0, samples.bits - held.bits),
            held.alpha and not samples.alpha,
            sum(samples.subsampling) - sum(held.subsampling) if samples.family == vs.YUV else -sum(held.subsampling),
            held.bits,
            name.startswith("yuvj"),
        )

    return min(known, key=cost, default=None)


def planes_of(frame: av.VideoFrame, held: Samples) -> list[NDArray[np.generic]]:
    """Return the planes [height, width] of a frame in the order of FFmpeg's formats in planes."""
    name = name_of(held)
    if name is not None and frame.format.name.replace("yuvj", "yuv") != name:  # packed, or another order of bytes
        frame = frame.reformat(format=name)
    kind = f"<f{held.bits // 8}" if held.is_float else "u1" if held.bits <= 8 else "<u2"
    # With grey there is alpha between its samples.
    across = 2 if held.family == vs.GRAY and held.alpha else 1
    rows = [np.frombuffer(bytes(plane), kind).reshape(plane.height, -1) for plane in frame.planes]
    return [found[:, : across * plane.width] for found, plane in zip(rows, frame.planes, strict=True)]
