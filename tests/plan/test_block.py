import numpy as np
import pytest

from tests.made_faces import face_at, landmarks_at
from vs_lipsync.faces.face import Face
from vs_lipsync.graph.arrays.plans import plan_from, plans_from, plans_to
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.frame_plan import Reason
from vs_lipsync.plan.usability import judge

WIDTH, HEIGHT = 640, 480


def plan(faces: list[list[Face]], cuts: set[int] | None = None, first: int = 0) -> list[Reason]:
    told = [number in (cuts or set()) for number in range(len(faces))]
    return [p.reason for p in plan_window(faces, told, first, WIDTH, HEIGHT)]


@pytest.mark.parametrize(
    ("landmarks", "presence", "reason"),
    [
        (landmarks_at(320, 200), 40.0, Reason.TARGET),
        (landmarks_at(320, 200, unit=10), 40.0, Reason.TOO_SMALL),
        (landmarks_at(320, 200, yaw=42), 40.0, Reason.TARGET),
        (landmarks_at(320, 200, yaw=-60), 40.0, Reason.TURNED_AWAY),
        (landmarks_at(320, 440), 40.0, Reason.CUT_OFF),
        (landmarks_at(10, 200), 40.0, Reason.CUT_OFF),
        (landmarks_at(320, 200), 1.0, Reason.UNSURE),
    ],
)
def test_faces_are_judged(landmarks: np.ndarray, presence: float, reason: Reason) -> None:
    faces = np.stack([landmarks, landmarks_at(320, 200)]), np.array([presence, 40], np.float32)
    assert judge(*faces, WIDTH, HEIGHT) == [reason, Reason.TARGET]


def test_the_main_face_is_the_target_even_where_it_comes_second() -> None:
    large, small = face_at(200, 200, 60), face_at(500, 200, 30)
    plans = plan_window([[large, small], [small, large], [large, small]] * 4, [False] * 12, 0, WIDTH, HEIGHT)
    assert [p.face for p in plans] == [0, 1, 0] * 4
    for p in plans:
        assert p.landmarks is not None
        assert abs(p.landmarks[168, 0] - 200) < 5


def test_frames_without_the_target_say_why() -> None:
    target, other = face_at(200, 200, 60), face_at(500, 200, 30)
    reasons = plan([[target]] * 8 + [[other]] * 3 + [[]] * 3 + [[target]] * 8)
    assert reasons == ([Reason.TARGET] * 8 + [Reason.TARGET_ABSENT] * 3 + [Reason.NO_FACE] * 3 + [Reason.TARGET] * 8)


def test_each_shot_has_its_own_target() -> None:
    a, b = face_at(200, 200, 60), face_at(220, 200, 60)
    plans = plan_window([[a]] * 6 + [[b]] * 6 + [[]] * 3, [i in (6, 12) for i in range(15)], 100, WIDTH, HEIGHT)
    assert [p.shot for p in plans] == [100] * 6 + [106] * 6 + [112] * 3
    assert [p.reason for p in plans] == [Reason.TARGET] * 12 + [Reason.NO_FACE] * 3
    for p, face in zip(plans, [a] * 6 + [b] * 6, strict=False):
        assert p.landmarks is not None
        np.testing.assert_allclose(p.landmarks, face.landmarks, atol=1e-3)  # not mixed across the cut


def test_a_dissolve_is_one_shot_with_one_target() -> None:
    """No cut: the outgoing face is lost at frame 76, the incoming one is there from 70 on."""
    out, into = face_at(200, 200, 60), face_at(450, 200, 60)
    faces = [[out]] * 70 + [[out, into]] * 6 + [[into]] * 184
    # The window of frames 96 to 143 shows more of the outgoing face, that of 144 to 191 more of the incoming one.
    early, late = plan(faces[:144]), plan(faces[48:208], first=48)
    assert early == [Reason.TARGET] * 76 + [Reason.TARGET_ABSENT] * 68
    assert late[144 - 48 : 192 - 48] == [Reason.TARGET] * 48
    # A cut in the middle, as a plan file may have it, gives each its own shot.
    assert plan(faces[:144], cuts={73}) == [Reason.TARGET] * 144


def test_a_flicker_of_the_detector_passes() -> None:
    reasons = plan([[]] * 6 + [[face_at(300, 200)]] * 2 + [[]] * 6)
    assert reasons == [Reason.NO_FACE] * 6 + [Reason.BRIEF] * 2 + [Reason.NO_FACE] * 6


def test_a_short_run_of_usable_frames_passes() -> None:
    away, near = face_at(300, 200, yaw=60), face_at(300, 200, yaw=42)
    reasons = plan([[away]] * 6 + [[near]] * 2 + [[away]] * 6)
    assert Reason.TARGET not in reasons
    assert Reason.BRIEF in reasons


def test_plans_travel_as_arrays() -> None:
    plans = plan_window([[face_at(200, 200)], [], [face_at(201, 200)]] * 4, [False] * 12, 50, WIDTH, HEIGHT)
    back = plans_from(plans_to(plans))
    for one, other in zip(plans, back, strict=True):
        assert (one.number, one.shot, one.reason, one.face) == (other.number, other.shot, other.reason, other.face)
        assert (one.landmarks is None) == (other.landmarks is None)
        if one.landmarks is not None:
            np.testing.assert_array_equal(one.landmarks, other.landmarks)
    assert plan_from(plans_to(plans), 53).number == 53
