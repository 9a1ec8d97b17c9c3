"""Blends a patch into a picture, in the picture's own format."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.planes.image import Planes, Region, SampleFormat

__all__ = ["lay_over", "plane_mask"]


def plane_mask(mask: NDArray[np.float32], sample_format: SampleFormat, plane: int) -> NDArray[np.float32]:
    """Return a mask [height, width] of luma samples averaged to the size of a plane."""
    shift_x, shift_y = sample_format.subsampling(plane)
    if not shift_x and not shift_y:
        return mask
    height, width = mask.shape
    return np.asarray(cv2.resize(mask, (width >> shift_x, height >> shift_y), interpolation=cv2.INTER_AREA), np.float32)


def lay_over(
    target: Sequence[NDArray[np.generic]],
    source: Planes,
    patch: Planes,
    mask: NDArray[np.float32],
    region: Region,
    sample_format: SampleFormat,
) -> None:
    """Blend a patch into writable planes; samples where the mask is 0 are not written.

    Args:
        target: writable planes of the whole picture, holding the source.
        source: read-only planes of the whole picture.
        patch: planes of the region.
        mask: [region.height, region.width] in 0..1, the weight of the patch per luma sample.
        region: aligned to whole chroma samples.
        sample_format: what the samples are.
    """
    for index, (written, original, new) in enumerate(zip(target, source, patch, strict=True)):
        rows, columns = region.slices(sample_format, index)
        weight = plane_mask(mask, sample_format, index)
        blended = original[rows, columns].astype(np.float32)
        blended *= 1 - weight
        blended += np.multiply(weight, new, dtype=np.float32)
        if sample_format.dtype.kind != "f":
            np.rint(blended, out=blended)
        np.copyto(written[rows, columns], blended, casting="unsafe", where=weight > 0)
