"""From shares of a mouth that single pictures show covered to frames in which it is."""

import numpy as np
import pytest

from tests.made_faces import face_at, landmarks_at
from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import Pose
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.covers import BESIDE, find_covered
from vs_lipsync.plan.frame_plan import Action, Reason


def shares(*parts: tuple[int, float]) -> np.ndarray:
    return np.concatenate([np.full(count, share) for count, share in parts])


def upright(cover: np.ndarray) -> np.ndarray:
    """Landmarks of a face that looks into the camera in each frame."""
    return np.repeat(landmarks_at(200, 200)[None], len(cover), axis=0)


@pytest.mark.parametrize(
    ("cover", "first", "last"),
    [
        (shares((20, 0.0), (12, 0.9), (20, 0.0)), 20 - BESIDE, 31 + BESIDE),
        (shares((20, 0.0), (4, 0.12), (12, 0.9), (4, 0.12), (20, 0.0)), 20 - BESIDE, 39 + BESIDE),
        (shares((12, 0.9), (20, 0.0)), 0, 11 + BESIDE),
        (shares((30, 0.8)), 0, 29),  # a mask that is never taken off
        (shares((20, 0.0), (6, 0.9), (3, 0.12), (6, 0.9), (20, 0.0)), 20 - BESIDE, 34 + BESIDE),
    ],
)
def test_a_cover_is_seen_from_when_it_comes_until_it_has_gone(cover: np.ndarray, first: int, last: int) -> None:
    expected = np.zeros(len(cover), bool)
    expected[first : last + 1] = True
    np.testing.assert_array_equal(find_covered(cover, upright(cover)), expected)


@pytest.mark.parametrize(
    "cover",
    [
        shares((50, 0.0)),
        shares((20, 0.0), (2, 0.9), (20, 0.0)),  # single frames that look odd
        shares((20, 0.0), (10, 0.15), (20, 0.0)),
        shares((50, np.nan)),
        shares((0, 0.0)),
    ],
)
def test_what_is_brief_or_slight_is_no_cover(cover: np.ndarray) -> None:
    assert not find_covered(cover, upright(cover)).any()


def test_frames_without_the_face_are_not_said_to_be_covered() -> None:
    cover = shares((10, 0.0), (8, 0.9), (4, np.nan), (8, 0.9), (10, 0.0))
    found = find_covered(cover, upright(cover))
    assert found[10:18].all() and not found[18:22].any() and found[22:30].all()


def test_it_takes_more_where_the_face_looks_down() -> None:
    cover = shares((20, 0.0), (12, 0.4), (20, 0.0))
    ahead = landmarks_at(200, 200)
    angle = np.radians(28)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]])
    down = ((ahead - [200, 200, 0]) @ turn + [200, 200, 0]).astype(np.float32)
    assert 25 < Pose.of(down).angles[1] < 31
    for landmarks, share, covered in ((ahead, 0.4, True), (down, 0.4, False), (down, 0.9, True)):
        seen = np.repeat(landmarks[None], len(cover), axis=0)
        assert find_covered(np.where(cover > 0, share, 0.0), seen).any() == covered


def faces(cover: np.ndarray) -> list[list[Face]]:
    one = face_at(200, 200)
    return [[Face(one.landmarks, one.presence, float(share))] for share in cover]


def test_covered_frames_pass_and_lend_no_mouth() -> None:
    cover = shares((20, 0.0), (12, 0.9), (20, 0.0))
    plans = plan_window(faces(cover), [False] * len(cover), 0, 640, 480)
    for plan, covered in zip(plans, find_covered(cover, upright(cover)), strict=True):
        assert plan.reason is (Reason.COVERED if covered else Reason.TARGET)
        assert plan.action is (Action.PASS if covered else Action.DUB)
        assert (plan.landmarks is None) == covered


def test_a_face_that_cannot_be_dubbed_says_that_first() -> None:
    small = face_at(200, 200, unit=10)
    plans = plan_window([[Face(small.landmarks, 40.0, 0.9)]] * 20, [False] * 20, 0, 640, 480)
    assert {plan.reason for plan in plans} == {Reason.TOO_SMALL}


def test_a_cover_in_one_shot_says_nothing_of_another() -> None:
    cover = shares((20, 0.9), (20, 0.0))
    plans = plan_window(faces(cover), [number == 20 for number in range(40)], 0, 640, 480)
    assert [plan.reason for plan in plans] == [Reason.COVERED] * 20 + [Reason.TARGET] * 20
