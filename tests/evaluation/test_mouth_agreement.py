"""Mouths that are late by a known time (under 1 s)."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.evaluation.motion_metrics import Agreement
from vs_lipsync.evaluation.mouth_agreement import LEAST_FRAMES, PredictedOpenings, agreement

REACH = 15


def speech(length: int, seed: int = 0) -> NDArray[np.float64]:
    return np.convolve(np.random.default_rng(seed).normal(size=length + 4), np.ones(5), "valid")


def predicted(length: int) -> PredictedOpenings:
    return PredictedOpenings(speech(length + 2 * REACH), REACH)


def seen(wanted: PredictedOpenings, late: int, length: int) -> NDArray[np.float64]:
    """What a mouth does that follows `late` frames behind."""
    return 0.4 * wanted.values[REACH - late : REACH - late + length] + 0.1


@pytest.mark.parametrize("late", [-7, -1, 0, 3, 15])
def test_the_lag_is_found(late: int) -> None:
    wanted = predicted(200)
    found = agreement(seen(wanted, late, 200), wanted, np.zeros(200, int), REACH)
    assert found is not None
    assert found.lag == late
    assert found.correlation == pytest.approx(1)
    near = agreement(seen(wanted, late, 200), wanted, np.zeros(200, int), 2)
    assert near is not None and abs(near.lag) <= 2
    assert (near.correlation > 0.999) == (abs(late) <= 2)


def test_each_shot_has_its_own_mean() -> None:
    """Another speaker, or another camera, shifts what is measured."""
    wanted = predicted(200)
    opening = seen(wanted, 2, 200)
    opening[80:] += 30
    shots = np.where(np.arange(200) < 80, 0, 80)
    found = agreement(opening, wanted, shots, REACH)
    assert found is not None and (round(found.correlation, 6), found.lag) == (1, 2)
    together = agreement(opening, wanted, np.zeros(200, int), REACH)
    assert together is not None and together.correlation < 0.5


def test_gaps_are_left_out() -> None:
    wanted = predicted(200)
    opening = seen(wanted, -3, 200)
    opening[40:90] = np.nan
    wanted.values[150:] = np.nan
    found = agreement(opening, wanted, np.zeros(200, int), REACH)
    assert found is not None and (round(found.correlation, 6), found.lag) == (1, -3)


def test_too_little_to_tell() -> None:
    wanted = predicted(100)
    opening = np.full(100, np.nan)
    assert agreement(opening, wanted, np.zeros(100, int), REACH) is None
    opening[: LEAST_FRAMES - 1] = 1.0
    assert agreement(opening, wanted, np.zeros(100, int), REACH) is None
    opening[: LEAST_FRAMES + REACH] = 1.0
    assert agreement(opening, wanted, np.zeros(100, int), REACH) == Agreement(0.0, 0)


def test_the_frames_themselves() -> None:
    wanted = predicted(10)
    assert len(wanted.here) == 10
    assert wanted.here[0] == wanted.values[REACH]
