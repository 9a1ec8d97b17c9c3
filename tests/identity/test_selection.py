"""Which face is the target, with embeddings that are known beforehand."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.made_faces import face_at
from vs_lipsync.faces.face import Face
from vs_lipsync.identity.selection import APART, ENTER, MARGIN, RUN, Embed, Shot, choose_speaker, compared_frames
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.frame_plan import Reason


def person(number: int, off: float = 0.0) -> NDArray[np.float32]:
    """The numbers of one of several people, 0.7 apart from each other, `off` from what is usual for the person."""
    numbers = np.zeros(128, np.float32)
    numbers[number] = 0.7 / np.sqrt(2)
    numbers[100] = off
    return numbers


def known(who: Callable[[int, int], NDArray[np.float32]]) -> Embed:
    return lambda wanted: [who(number, face) for number, face in wanted]


def chosen(
    shot: Shot, who: Callable[[int, int], NDArray[np.float32]], first: int = 0
) -> tuple[dict[int, int], set[int]]:
    choice = choose_speaker(person(0)[None], known(who))(shot, first)
    return dict(choice.faces), set(choice.unsure)


def beside(frames: int) -> list[tuple[int, list[Face]]]:
    """Two faces side by side, whose order changes."""
    left, right = face_at(150, 200), face_at(450, 200)
    return [(n, [left, right] if n % 3 else [right, left]) for n in range(frames)]


def test_the_target_is_found_among_others() -> None:
    for wanted in (0, 1):

        def who(n: int, face: int, wanted: int = wanted) -> NDArray[np.float32]:
            side = face if n % 3 else 1 - face
            return person(0 if side == wanted else 1)

        faces, unsure = chosen(beside(50), who)
        assert faces == {n: wanted if n % 3 else 1 - wanted for n in range(50)}
        assert unsure == set()


@pytest.mark.parametrize(
    ("off", "found"), [(0.0, "target"), (ENTER - 0.02, "target"), (ENTER + 0.02, "unsure"), (0.7, "")]
)
def test_how_near_the_target_must_be(off: float, found: str) -> None:
    shot = [(n, [face_at(300, 200)]) for n in range(40)]
    faces, unsure = chosen(shot, lambda n, face: person(0, off))
    assert set(faces) == (set(range(40)) if found == "target" else set())
    assert unsure == (set(range(40)) if found == "unsure" else set())


def test_a_few_bad_views_do_not_lose_the_target() -> None:
    shot = [(n, [face_at(300, 200)]) for n in range(160)]
    faces, unsure = chosen(shot, lambda n, face: person(0, 0.56 if n // RUN in (2, 5, 6) else 0.3))
    assert set(faces) == set(range(160)) and not unsure


@pytest.mark.parametrize(("rival", "sure"), [(MARGIN - 0.02, False), (MARGIN + 0.02, True)])
def test_of_two_who_look_alike_neither_is_sure(rival: float, sure: bool) -> None:
    shot = [(n, [face_at(150, 200), face_at(450, 200)]) for n in range(40)]
    faces, unsure = chosen(shot, lambda n, face: person(0, 0.3 + rival * face))
    assert faces == (dict.fromkeys(range(40), 0) if sure else {})
    assert unsure == (set() if sure else set(range(40)))


@pytest.mark.parametrize("slip", [5, 16, 31, 37, 63])
def test_a_track_that_slips_to_another_person_is_cut_there(slip: int) -> None:
    """One box, as at a cut that was not seen: every frame up to the slip is the target's and none behind it."""
    shot = [(n, [face_at(300, 200)]) for n in range(80)]
    faces, _ = chosen(shot, lambda n, face: person(0 if n < slip else 1))
    assert set(faces) == set(range(slip))
    faces, _ = chosen(shot, lambda n, face: person(1 if n < slip else 0))
    assert set(faces) == set(range(slip, 80))


def test_the_same_person_in_two_poses_is_not_lost_at_the_turn() -> None:
    shot = [(n, [face_at(300, 200)]) for n in range(64)]
    half = np.zeros(128, np.float32)
    half[101] = APART / 2 + 0.02
    poses = person(0) + half, person(0) - half
    faces, _ = chosen(shot, lambda n, face: poses[n >= 30])
    assert set(faces) == set(range(64))


def test_faces_that_cannot_be_compared_are_in_doubt() -> None:
    shot = [(n, [face_at(300, 200, yaw=70)]) for n in range(40)]

    def nobody(wanted: Sequence[tuple[int, int]]) -> list[NDArray[np.float32]]:
        assert not wanted
        return []

    choice = choose_speaker(person(0)[None], nobody)(shot, 0)
    assert not choice.faces and choice.unsure == set(range(40))


def test_samples_are_the_best_of_each_run_of_the_clip() -> None:
    """They stay the same when the window moves on, but for its ends."""
    yaws = np.random.default_rng(3).uniform(-50, 50, 120)
    clip = [[face_at(300, 200, yaw=float(yaw))] for yaw in yaws]

    def at(first: int, stop: int) -> set[int]:
        shot = [(n - first, clip[n]) for n in range(first, stop)]
        return {first + n for n in compared_frames(dict.fromkeys(range(stop - first), 0), shot, first)}

    whole, later = at(0, 96), at(16, 112)
    assert {n for n in whole if 32 <= n < 80} == {n for n in later if 32 <= n < 80}
    assert {abs(yaws[n]) for n in whole} >= {min(abs(yaws[run * RUN : run * RUN + RUN])) for run in range(6)}
    assert {0, 95} <= whole


def test_the_plan_says_who_is_not_there_and_who_is_unsure() -> None:
    faces = [[face_at(300, 200)]] * 20 + [[]] * 5 + [[face_at(300, 200)]] * 20 + [[face_at(300, 200)]] * 20
    cuts = [n in (20, 25, 45) for n in range(65)]

    def who(n: int, face: int) -> NDArray[np.float32]:
        return person(0) if n < 20 else person(0, ENTER + 0.03) if n < 45 else person(1)

    plans = plan_window(faces, cuts, 7, 640, 480, choose_speaker(person(0)[None], known(who)))
    expected = [Reason.TARGET] * 20 + [Reason.NO_FACE] * 5 + [Reason.TARGET_UNSURE] * 20 + [Reason.TARGET_ABSENT] * 20
    assert [plan.reason for plan in plans] == expected


def test_nobody_is_found_when_nobody_is_sought() -> None:
    choice = choose_speaker(np.empty((0, 128), np.float32), known(lambda n, face: person(0)))(beside(5), 0)
    assert not choice.faces and not choice.unsure
