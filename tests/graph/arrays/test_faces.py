"""Faces and crops as packed arrays: they come back as they were, under the names and dtypes written down."""

from dataclasses import replace

import numpy as np
import pytest

from tests.graph.arrays.made_planes import FORMATS, assert_equal, planes
from tests.made_faces import face_at
from vs_lipsync.graph.arrays.faces import crop_from, crops_to, faces_from, faces_to
from vs_lipsync.graph.arrays.packing import Arrays, pack, unpack
from vs_lipsync.planes.image import Crop, Region, SampleFormat


def described(arrays: Arrays) -> dict[str, tuple[tuple[int, ...], np.dtype[np.generic]]]:
    return {name: (array.shape, array.dtype) for name, array in arrays.items()}


@pytest.mark.parametrize("video", FORMATS, ids=lambda video: video.family)
def test_faces_and_their_crops(video: SampleFormat) -> None:
    faces = [replace(face_at(100, 80, presence=12.5), cover=0.75), face_at(300, 90)]
    regions = [Region(40, 20, 120, 140), Region(0, 6, 8, 4)]
    crops = [Crop(region, planes(video, region), video, 2, 9, index == 1) for index, region in enumerate(regions)]
    arrays = unpack(pack({**faces_to(faces), **crops_to(crops)}))
    expected: dict[str, tuple[tuple[int, ...], np.dtype[np.generic]]] = {
        "landmarks": ((2, len(faces[0].landmarks), 3), np.dtype(np.float32)),
        "presence": ((2,), np.dtype(np.float32)),
        "cover": ((2,), np.dtype(np.float32)),
    }
    for index, crop in enumerate(crops):
        expected[f"crop{index}"] = ((7,), np.dtype(np.int64))
        expected |= {f"crop{index}.{plane}": (samples.shape, video.dtype) for plane, samples in enumerate(crop.planes)}
    assert described(arrays) == expected
    for face, back in zip(faces, faces_from(arrays), strict=True):
        np.testing.assert_array_equal(face.landmarks, back.landmarks)
        assert (face.presence, face.cover) == (back.presence, back.cover)
    for index, crop in enumerate(crops):
        back_crop = crop_from(arrays, index, video)
        assert (back_crop.region, back_crop.chroma_location, back_crop.matrix, back_crop.full_range) == (
            crop.region, 2, 9, index == 1
        )  # fmt: skip
        assert_equal(crop.planes, back_crop.planes)


def test_a_frame_without_faces_has_no_arrays() -> None:
    assert faces_to([]) == crops_to([]) == {}
    assert faces_from({}) == []
