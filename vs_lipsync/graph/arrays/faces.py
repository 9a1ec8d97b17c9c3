"""The faces of a frame and their pixels as packed arrays."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face
from vs_lipsync.graph.arrays.packing import Arrays
from vs_lipsync.planes.image import Crop, Region, SampleFormat

__all__ = ["FACE_ARRAYS", "crop_from", "crops_to", "faces_from", "faces_to"]

FACE_ARRAYS: Final = ("landmarks", "presence", "cover")
"""Names of the arrays of `faces_to`."""


def faces_to(faces: Sequence[Face]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a frame's faces.

    Returns:
        Nothing when there are no faces, or else
            landmarks  [faces, 468, 3] float32: x, y and z in luma samples of the clip
            presence   [faces] float32: logits
            cover      [faces] float32: 0..1, how much of the mouth is covered
    """
    if not faces:
        return {}
    return {
        "landmarks": np.stack([face.landmarks for face in faces]),
        "presence": np.array([face.presence for face in faces], np.float32),
        "cover": np.array([face.cover for face in faces], np.float32),
    }


def faces_from(arrays: Arrays) -> list[Face]:
    """Return the faces of a frame from the arrays of `faces_to`; their landmarks are views."""
    if "landmarks" not in arrays:
        return []
    landmarks = arrays["landmarks"].astype(np.float32, copy=False)
    return [
        Face(points, float(presence), float(cover))
        for points, presence, cover in zip(landmarks, arrays["presence"], arrays["cover"], strict=True)
    ]


def crops_to(crops: Sequence[Crop]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the crops of a frame's faces, in the order of the faces.

    Returns:
        For the crop of face i, with p the number of a plane:
            crop{i}      [7] int64: x, y, width and height in luma samples; chroma location; matrix; full range, 0 or 1
            crop{i}.{p}  [rows, columns] of the clip's dtype: samples of the plane
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for index, crop in enumerate(crops):
        region = crop.region
        numbers = (region.x, region.y, region.width, region.height, crop.chroma_location, crop.matrix, crop.full_range)
        arrays[f"crop{index}"] = np.array(numbers, np.int64)
        arrays |= {f"crop{index}.{plane}": samples for plane, samples in enumerate(crop.planes)}
    return arrays


def crop_from(arrays: Arrays, index: int, sample_format: SampleFormat) -> Crop:
    """Return the crop of one face of a frame from the arrays of `crops_to`; its planes are views.

    Args:
        arrays: those of the frame.
        index: number of the face.
        sample_format: that of the clip.
    """
    *region, location, matrix, full_range = (int(number) for number in arrays[f"crop{index}"])
    planes = tuple(arrays[f"crop{index}.{plane}"] for plane in range(sample_format.planes))
    return Crop(Region(*region), planes, sample_format, location, matrix, bool(full_range))
