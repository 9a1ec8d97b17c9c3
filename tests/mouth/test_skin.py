"""The skin that the corners of the mouth carry along."""

import numpy as np

from vs_lipsync.faces.landmarks import MOUTH_CORNERS, MOUTH_POINTS
from vs_lipsync.mouth.skin import carried_along


def _spread(by: float) -> np.ndarray:
    moved = np.zeros((MOUTH_POINTS, 2))
    moved[list(MOUTH_CORNERS), 0] = -by, by
    return moved


def test_cheeks_go_a_part_of_the_way_of_the_corner_on_their_side() -> None:
    left, right = carried_along((216, 436), _spread(10.0))
    assert -5 < left[0] < -1
    assert right[0] == -left[0]
    assert left[1] == right[1] == 0
    moved = _spread(0.0)
    moved[MOUTH_CORNERS[1]] = 0.0, 4.0
    assert (carried_along((205, 216, 36), moved) == 0).all()
    near, far = carried_along((436, 266), moved)
    assert 0 < far[1] < near[1] < 4.0


def test_the_nose_and_the_jaw_stay() -> None:
    assert (carried_along((1, 2, 58, 361), _spread(10.0)) == 0).all()
