"""The faces of a run of frames, packed together and taken apart again."""

from itertools import chain

import numpy as np
import pytest

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import POINTS
from vs_lipsync.graph.arrays.face_runs import face_run_from, face_run_to
from vs_lipsync.graph.arrays.faces import faces_to
from vs_lipsync.graph.arrays.packing import pack, unpack


@pytest.mark.parametrize("counts", [[0, 2, 0, 1, 3, 0], [1, 1], [0, 0, 0], [4, 0]])
def test_each_frame_gets_its_own_faces_back(counts: list[int]) -> None:
    rng = np.random.default_rng(2)
    frames = [
        [Face(rng.normal(size=(POINTS, 3)).astype(np.float32), float(n), 0.25 * n) for n in range(count)]
        for count in counts
    ]
    other = {"crop0": np.zeros(7, np.int64)}
    arrays = unpack(pack(face_run_to([{**faces_to(faces), **other} for faces in frames])))
    assert "crop0" not in arrays
    found = face_run_from(arrays, len(counts))
    assert [len(faces) for faces in found] == counts
    for wanted, got in zip(chain(*frames), chain(*found), strict=True):
        assert np.array_equal(wanted.landmarks, got.landmarks)
        assert (wanted.presence, wanted.cover) == (got.presence, got.cover)
