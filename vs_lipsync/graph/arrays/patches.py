"""The patches of a block as packed arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.packing import Arrays
from vs_lipsync.mouth.base import Patch
from vs_lipsync.planes.image import Region, SampleFormat

__all__ = ["patch_from", "patches_to"]


def patches_to(patches: Sequence[Patch | None]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the patches of a block's frames.

    Returns:
        For frame i of the block, unless it passes, with p the number of a plane:
            patch{i}       [4] int64: x, y, width and height of the patch in luma samples
            patch{i}.mask  [height, width] float32, 0..1: how much of each luma sample the patch replaces
            patch{i}.note  [] str: the patch's note; a space when it is empty, since an empty string has no bytes
            patch{i}.{p}   [rows, columns] of the clip's dtype: samples of the plane
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for index, patch in enumerate(patches):
        if patch is None:
            continue
        region = patch.region
        arrays[f"patch{index}"] = np.array((region.x, region.y, region.width, region.height), np.int64)
        arrays[f"patch{index}.mask"] = patch.mask
        arrays[f"patch{index}.note"] = np.array(patch.note or " ")
        arrays |= {f"patch{index}.{plane}": samples for plane, samples in enumerate(patch.planes)}
    return arrays


def patch_from(arrays: Arrays, index: int, sample_format: SampleFormat) -> Patch | None:
    """Return the patch of one frame of a block from the arrays of `patches_to`; its planes are views.

    Args:
        arrays: those of the block.
        index: number of the frame in the block.
        sample_format: that of the clip.

    Returns:
        The patch; None when the frame passes.
    """
    if f"patch{index}" not in arrays:
        return None
    region = Region(*(int(number) for number in arrays[f"patch{index}"]))
    planes = tuple(arrays[f"patch{index}.{plane}"] for plane in range(sample_format.planes))
    mask = arrays[f"patch{index}.mask"].astype(np.float32, copy=False)
    return Patch(region, planes, mask, str(arrays[f"patch{index}.note"][()]).strip())
