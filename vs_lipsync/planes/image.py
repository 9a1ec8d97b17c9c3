"""Pictures as plain arrays in the clip's own format: what a sample means, and cut-outs of all planes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Crop", "Planes", "Region", "SampleFormat"]

type Planes = tuple[NDArray[np.generic], ...]
"""The planes of a picture, each [height, width], in the order of the format (Y U V, R G B, or one)."""


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """What the samples of a clip are.

    Attributes:
        family: "gray", "yuv" or "rgb".
        dtype: uint8, uint16 (values right-aligned), float16 or float32.
        bits: bits that carry the value; 16 or 32 for floats.
        subsampling_w: log2 of luma samples per chroma sample, horizontally.
        subsampling_h: the same, vertically.
    """

    family: Literal["gray", "yuv", "rgb"]
    dtype: np.dtype[np.generic]
    bits: int
    subsampling_w: int = 0
    subsampling_h: int = 0

    @property
    def peak(self) -> float:
        """Greatest value of an integer sample; 1.0 for floats."""
        return 1.0 if self.dtype.kind == "f" else float((1 << self.bits) - 1)

    @property
    def planes(self) -> int:
        """Number of planes."""
        return 1 if self.family == "gray" else 3

    @property
    def brightness(self) -> int:
        """Number of the plane that shows how bright the picture is: luma, or green."""
        return 1 if self.family == "rgb" else 0

    def subsampling(self, plane: int) -> tuple[int, int]:
        """Return log2 of luma samples per sample of a plane: (horizontally, vertically)."""
        return (self.subsampling_w, self.subsampling_h) if plane else (0, 0)


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a picture, in luma samples."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column beyond the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row beyond the rectangle."""
        return self.y + self.height

    def aligned(self, sample_format: SampleFormat, width: int, height: int) -> "Region":
        """Grow to whole chroma samples, inside a picture of width × height luma samples.

        A picture whose size is not a whole number of chroma samples cannot exist in VapourSynth, so that the result is
        always whole.
        """
        step_x, step_y = 1 << sample_format.subsampling_w, 1 << sample_format.subsampling_h
        x, y = max(self.x, 0) // step_x * step_x, max(self.y, 0) // step_y * step_y
        right = min(-(-self.right // step_x) * step_x, width)
        bottom = min(-(-self.bottom // step_y) * step_y, height)
        return Region(x, y, max(right - x, 0), max(bottom - y, 0))

    def slices(self, sample_format: SampleFormat, plane: int) -> tuple[slice, slice]:
        """Return the rows and columns of a plane that an aligned rectangle covers."""
        shift_x, shift_y = sample_format.subsampling(plane)
        return (
            slice(self.y >> shift_y, self.bottom >> shift_y),
            slice(self.x >> shift_x, self.right >> shift_x),
        )


@dataclass(frozen=True, slots=True)
class Crop:
    """A cut-out of a picture in its own format.

    Attributes:
        region: where it was, aligned to whole chroma samples.
        planes: [region.height >> subsampling, region.width >> subsampling] each, of the format's dtype.
        format: what the samples are.
        chroma_location: H.273 number of where chroma samples sit (0 left, 1 centre, 2 top left, ...).
        matrix: H.273 number of the matrix coefficients, the likely one when the frame does not say.
        full_range: whether the samples use the full range.
    """

    region: Region
    planes: Planes
    format: SampleFormat
    chroma_location: int = 0
    matrix: int = 2
    full_range: bool = False

    @property
    def luma(self) -> NDArray[np.generic]:
        """The plane that shows how bright the picture is; of RGB it is green."""
        return self.planes[self.format.brightness]
