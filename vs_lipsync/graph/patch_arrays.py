"""Crops and patches as arrays, the form in which they travel between nodes."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.mouth.base import Patch
from vs_lipsync.planes.image import Crop, Region, SampleFormat

__all__ = ["crop_from", "crops_to", "patch_from", "patches_to"]

type Arrays = Mapping[str, NDArray[np.generic]]


def crops_to(crops: Sequence[Crop]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a frame's crops, one crop per face."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for index, crop in enumerate(crops):
        region = crop.region
        numbers = (region.x, region.y, region.width, region.height, crop.chroma_location, crop.matrix, crop.full_range)
        arrays[f"crop{index}"] = np.array(numbers, np.int64)
        arrays |= {f"crop{index}.{plane}": samples for plane, samples in enumerate(crop.planes)}
    return arrays


def crop_from(arrays: Arrays, index: int, sample_format: SampleFormat) -> Crop:
    """Return one crop of a frame, as views of the arrays."""
    *region, location, matrix, full_range = (int(number) for number in arrays[f"crop{index}"])
    planes = tuple(arrays[f"crop{index}.{plane}"] for plane in range(sample_format.planes))
    return Crop(Region(*region), planes, sample_format, location, matrix, bool(full_range))


def patches_to(patches: Sequence[Patch | None]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a chunk's patches."""
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
    """Return the patch of one frame of a chunk, as views of the arrays; None when that frame passes."""
    if f"patch{index}" not in arrays:
        return None
    region = Region(*(int(number) for number in arrays[f"patch{index}"]))
    planes = tuple(arrays[f"patch{index}.{plane}"] for plane in range(sample_format.planes))
    mask = arrays[f"patch{index}.mask"].astype(np.float32, copy=False)
    return Patch(region, planes, mask, str(arrays[f"patch{index}.note"][()]).strip())
