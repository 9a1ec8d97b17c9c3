"""Patches as packed arrays: they come back as they were, under the names written down."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.graph.arrays.made_planes import FORMATS, assert_equal, planes
from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.graph.arrays.patches import patch_from, patches_to
from vs_lipsync.mouth.base import Patch
from vs_lipsync.planes.image import Region, SampleFormat


@pytest.mark.parametrize("video", FORMATS, ids=lambda video: video.family)
@pytest.mark.parametrize("note", ["", "no exemplar"])
def test_patches_of_a_block(video: SampleFormat, note: str) -> None:
    region = Region(16, 8, 24, 12)
    mask: NDArray[np.float32] = np.random.default_rng(0).random((12, 24)).astype(np.float32)
    patch = Patch(region, planes(video, region), mask, note)
    arrays = unpack(pack(patches_to([None, patch, None])))
    names = {"patch1", "patch1.mask", "patch1.note", *(f"patch1.{plane}" for plane in range(video.planes))}
    assert arrays.keys() == names
    assert patch_from(arrays, 0, video) is patch_from(arrays, 2, video) is None
    back = patch_from(arrays, 1, video)
    assert back is not None
    assert (back.region, back.note) == (region, note)
    np.testing.assert_array_equal(back.mask, mask)
    assert_equal(patch.planes, back.planes)
