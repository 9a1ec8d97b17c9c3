"""Faces that are lost for a moment."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.made_faces import face_at
from vs_lipsync.faces.face import Face
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.bridging import MOMENT, bridge
from vs_lipsync.plan.frame_plan import Reason
from vs_lipsync.plan.usability import MIN_PRESENCE

UNSURE = MIN_PRESENCE - 3


def moving(count: int) -> NDArray[np.float32]:
    """A face that moves and grows evenly."""
    return np.stack([face_at(100 + 3 * n, 200 - n, 40 + n).landmarks for n in range(count)])


@pytest.mark.parametrize("length", range(1, MOMENT + 1))
def test_what_moves_evenly_is_put_where_it_is(length: int) -> None:
    real = moving(12)
    seen, presence = real.copy(), np.full(12, 20, np.float32)
    seen[4 : 4 + length] += np.random.default_rng(0).normal(0, 5, (length, 468, 3)).astype(np.float32)
    presence[4 : 4 + length] = UNSURE
    landmarks, sure = bridge(seen, presence, MIN_PRESENCE)
    np.testing.assert_allclose(landmarks, real, atol=0.01)
    assert (sure == 20).all()
    assert (presence[4 : 4 + length] == UNSURE).all()  # what was given is as it was


@pytest.mark.parametrize(
    ("first", "stop"), [(4, 4 + MOMENT + 1), (0, 2), (10, 12)], ids=["too long", "at the start", "at the end"]
)
def test_what_is_not_a_moment_between_frames_is_left(first: int, stop: int) -> None:
    seen, presence = moving(12), np.full(12, 20, np.float32)
    presence[first:stop] = UNSURE
    landmarks, unsure = bridge(seen, presence, MIN_PRESENCE)
    np.testing.assert_array_equal(landmarks, seen)
    np.testing.assert_array_equal(unsure, presence)


def test_where_it_was_not_found_there_is_nothing_to_dub() -> None:
    seen, presence = moving(12), np.full(12, 20, np.float32)
    presence[4:6] = UNSURE, np.nan
    seen[5] = np.nan
    _, unsure = bridge(seen, presence, MIN_PRESENCE)
    np.testing.assert_array_equal(unsure, presence)


def test_a_plan_goes_on_through_unsure_frames_of_a_shot_but_not_across_a_cut() -> None:
    sure = face_at(300, 200)
    unsure = Face(sure.landmarks, UNSURE)
    faces = [[sure]] * 6 + [[unsure]] * 2 + [[sure]] * 6
    whole = plan_window(faces, [False] * 14, 0, 640, 480)
    assert [p.reason for p in whole] == [Reason.TARGET] * 14
    cut = plan_window(faces, [n == 7 for n in range(14)], 0, 640, 480)
    assert [p.reason for p in cut] == [Reason.TARGET] * 6 + [Reason.UNSURE] * 2 + [Reason.TARGET] * 6
