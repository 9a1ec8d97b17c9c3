"""The choice of exemplars against a search of all paths, and its manners."""

from itertools import product

import numpy as np

from tests.mouth.drawn import face
from vs_lipsync.faces.landmarks import LIPS, MOUTH
from vs_lipsync.mouth.exemplars import ExemplarChooser
from vs_lipsync.mouth.look import LIGHT, Conditions
from vs_lipsync.mouth.profile import INNER_LOWER as INNER_LOWER_ROWS

JAW_ROWS, INNER_LOWER = slice(len(LIPS), len(MOUTH)), list(INNER_LOWER_ROWS)


def _shapes(*amounts: float) -> np.ndarray:
    return np.array([face(amount)[list(MOUTH)] for amount in amounts])


def _conditions(angles: np.ndarray, light: np.ndarray | None = None, sharpness: np.ndarray | None = None) -> Conditions:
    count = len(angles)
    return Conditions(
        angles,
        np.zeros((count, LIGHT)) if light is None else light,
        np.zeros(count) if sharpness is None else sharpness,
    )


def test_the_cheapest_of_all_paths() -> None:
    rng = np.random.default_rng(5)
    shapes = _shapes(*rng.uniform(0, 0.3, 5))
    angles = _conditions(rng.normal(0, 5, (5, 3)), rng.random((5, LIGHT)) / 9, rng.random(5))
    requests, turns = (
        _shapes(*rng.uniform(0, 0.3, 5)),
        _conditions(rng.normal(0, 5, (5, 3)), rng.random((5, LIGHT)) / 9, rng.random(5)),
    )
    chooser = ExemplarChooser(shapes, angles, np.array([3, 4, 5, 9, 10]), rng.random((5, 4)))
    path = chooser.choose(requests, turns)
    costs = {choice: chooser.cost(requests, turns, np.array(choice)) for choice in product(range(5), repeat=5)}
    assert tuple(path) == min(costs, key=lambda choice: costs[choice])


def test_the_same_motion_plays_the_footage_as_it_is() -> None:
    amounts = 0.1 + 0.1 * np.sin(np.linspace(0, 9, 30))
    still = _conditions(np.zeros((30, 3)))
    chooser = ExemplarChooser(_shapes(*amounts), still, np.arange(30), np.zeros((30, 1)))
    np.testing.assert_array_equal(chooser.choose(_shapes(*amounts), still), np.arange(30))


def test_pinned_frames_take_what_they_are_told() -> None:
    amounts = np.linspace(0, 0.3, 10)
    still = _conditions(np.zeros((10, 3)))
    chooser = ExemplarChooser(_shapes(*amounts), still, np.arange(10), np.zeros((10, 1)))
    path = chooser.choose(_shapes(*[0.0] * 6), _conditions(np.zeros((6, 3))), {0: 7, 5: 9})
    assert (path[0], path[5]) == (7, 9)
    assert path[3] < 3


def test_the_pose_matters() -> None:
    shapes = _shapes(0.1, 0.1)
    chooser = ExemplarChooser(
        shapes, _conditions(np.array([[20.0, 0, 0], [0, 0, 0]])), np.array([0, 9]), np.zeros((2, 1))
    )
    assert chooser.choose(shapes[:1], _conditions(np.array([[18.0, 0, 0]])))[0] == 0
    assert chooser.choose(shapes[:1], _conditions(np.array([[2.0, 0, 0]])))[0] == 1


def test_a_jump_goes_to_a_mouth_that_looks_alike() -> None:
    shapes = _shapes(0.0, 0.2, 0.2)
    appearance = np.array([[0.2], [0.9], [0.2]])
    chooser = ExemplarChooser(shapes, _conditions(np.zeros((3, 3))), np.array([0, 5, 9]), appearance)
    assert chooser.choose(shapes[[0, 1]], _conditions(np.zeros((2, 3))), {0: 0})[1] == 2


def test_light_and_sharpness_matter() -> None:
    shapes, angles = _shapes(0.1, 0.1), np.zeros((2, 3))
    light, sharpness = np.zeros((2, LIGHT)), np.array([-3.0, -1.0])
    light[1, ::2] = 0.1
    for conditions in (_conditions(angles, light), _conditions(angles, sharpness=sharpness)):
        chooser = ExemplarChooser(shapes, conditions, np.array([0, 9]), np.zeros((2, 1)))
        for wanted in (0, 1):
            here = Conditions(angles[:1], conditions.light[[wanted]], conditions.sharpness[[wanted]])
            assert chooser.choose(shapes[:1], here)[0] == wanted


def _chosen(wanted: np.ndarray, *candidates: np.ndarray) -> int:
    """Return which of candidates [53, 3], far apart in the footage, is taken for a mouth, all else being equal."""
    count = len(candidates)
    chooser = ExemplarChooser(
        np.array(candidates), _conditions(np.zeros((count, 3))), 9 * np.arange(count), np.zeros((count, 1))
    )
    return int(chooser.choose(wanted[None], _conditions(np.zeros((1, 3))))[0])


def test_clenched_teeth_are_not_shown_in_a_mouth_whose_chin_has_fallen() -> None:
    wanted = _shapes(0.15)[0]
    grin, less_open = wanted.copy(), wanted.copy()
    grin[JAW_ROWS, 1] -= 0.08
    less_open[INNER_LOWER, 1] -= 0.01
    assert _chosen(wanted, grin, less_open) == 1
    assert _chosen(grin, wanted, less_open) == 0  # a chin that is too low shows no clenched teeth


def test_an_open_mouth_is_rather_widened_than_narrowed() -> None:
    for amount, taken in ((0.15, 1), (0.0, 0)):
        wanted = _shapes(amount)[0]
        wanted[:, 0] -= wanted[: len(LIPS), 0].mean()
        assert _chosen(wanted, wanted * [1.15, 1, 1], wanted * [0.8, 1, 1]) == taken


def test_shut_lips_are_not_torn_open_to_save_two_jumps() -> None:
    still, looks = _conditions(np.zeros((2, 3))), np.array([[0.0], [0.25]])
    requested = _conditions(np.zeros((5, 3)))

    def path(at_rest: float) -> list[int]:
        opened = at_rest + 0.08
        chooser = ExemplarChooser(_shapes(at_rest, opened), still, np.array([0, 9]), looks)
        return [int(one) for one in chooser.choose(_shapes(at_rest, at_rest, opened, at_rest, at_rest), requested)]

    assert path(0.0) == [0, 0, 1, 0, 0]
    # A mouth that is open has an inside, which may be stretched.
    assert path(0.06) == [0, 0, 0, 0, 0]
