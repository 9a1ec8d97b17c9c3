"""What is counted of how mouths move, and the linear judge of it."""

import cv2
import numpy as np
import pytest

from scripts.measuring.linear_judge import Counted, told_apart
from scripts.measuring.moving import SIDE, STACK, signs


def _signs(count: int, *, moves: float, held: bool) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    still = cv2.GaussianBlur(rng.normal(128, 60, (SIDE, SIDE)).astype(np.float32), (0, 0), 1.5)
    grain = rng.normal(0, 3, (count, SIDE, SIDE)).astype(np.float32)
    if held:
        grain[:] = grain[0]
    pictures = np.stack([np.roll(still, round(moves * k), axis=1) for k in range(count)]) + grain
    mouths = np.zeros((count, 53, 3))
    mouths[:, [24, 25, 26], 1] = moves * np.arange(count)[:, None] % 0.2  # the lower lip
    return signs(pictures, mouths, range(count - STACK + 1))


def test_texture_that_is_held_and_places_that_move_are_told() -> None:
    held, alive = _signs(8, moves=0.0, held=True), _signs(8, moves=0.0, held=False)
    assert (held["texture kept: chin"] > 0.99).all()
    assert (alive["texture kept: chin"] < 0.9).all()
    assert held["unexplained: nose"].mean() < alive["unexplained: nose"].mean() - 1
    moving = _signs(8, moves=1.0, held=True)
    assert moving["flow: cheeks"].mean() == pytest.approx(1.0, abs=0.2)
    assert held["flow: cheeks"].mean() < 0.05


def test_openings_are_counted() -> None:
    told = _signs(8, moves=0.01, held=True)
    np.testing.assert_allclose(told["opening: step"], 0.01)
    np.testing.assert_allclose(told["opening: second difference"], 0.0, atol=1e-9)
    np.testing.assert_allclose(told["opening: mean"], 0.02 + 0.01 * np.arange(4))


def test_a_linear_judge_tells_what_differs_in_all_speakers_alike() -> None:
    rng = np.random.default_rng(3)

    def speaker(by: float) -> Counted:
        real = rng.normal(rng.normal(0, 0.3, 3), 1, (40, 3))
        return Counted(real, real + np.array([0, by, 0]) + rng.normal(0, 0.1, real.shape))

    assert told_apart([speaker(2.0) for _ in range(6)], folds=3) > 0.85
    assert told_apart([Counted(one, one) for one in rng.normal(0, 1, (4, 20, 3))], folds=2) == 0.5
