"""Each metric of motion against a case with a known answer (under 1 s)."""

import numpy as np
import pytest

from vs_lipsync.evaluation.motion_metrics import (
    Agreement,
    amplitude_ratio,
    closure,
    jitter,
    lag_correlation,
    partial_correlation,
    silence_opening,
)


@pytest.mark.parametrize("late", [-3, -1, 0, 2])
def test_lag_correlation_finds_the_lag(late: int) -> None:
    real = np.random.default_rng(0).normal(size=200).cumsum()
    made = 0.3 * np.roll(real, late) + 5
    found = lag_correlation(made, real, reach=4)
    assert found.lag == late
    assert found.correlation > 0.99
    assert lag_correlation(made, real, reach=0, around=late).correlation == pytest.approx(found.correlation)


def test_lag_correlation_of_what_does_not_move_is_zero() -> None:
    assert lag_correlation(np.zeros(50), np.arange(50.0)) == Agreement(0.0, 0)


def test_partial_correlation_takes_out_what_is_known() -> None:
    rng = np.random.default_rng(0)
    predicted, old = rng.normal(size=(2, 5000))
    made = 2 * predicted + 0.1 * rng.normal(size=5000)
    tangled = old + 3 * predicted
    assert np.corrcoef(made, tangled)[0, 1] > 0.9
    assert abs(partial_correlation(made, tangled, predicted)) < 0.05
    leaking = made + 0.2 * old
    assert partial_correlation(leaking, tangled, predicted) > 0.8


def test_amplitude_and_jitter() -> None:
    t = np.arange(100.0)
    assert amplitude_ratio(3 * np.sin(t) + 1, np.sin(t)) == pytest.approx(3)
    assert jitter(5 * t + 2) == pytest.approx(0)
    assert jitter(t**2) == pytest.approx(2)


def test_closure_counts_frames() -> None:
    touching = np.array([0, 1, 1, 0, 0, 1, 0, 1, 1, 1], bool)
    opening = np.array([0.1, 0.1, 0.01, 0.1, 0.0, 0.1, 0.1, 0.2, 0.0, 0.2])
    assert closure(opening, touching) == pytest.approx(2 / 6)
    assert np.isnan(closure(opening, np.zeros(10, bool)))


def test_silence_opening_leaves_out_the_ends_of_pauses() -> None:
    speech = np.zeros(100, bool)
    speech[20:50] = True
    opening = np.where(speech, 0.2, 0.01)
    opening[50:55] = 0.1
    opening[17:20] = 0.15
    assert silence_opening(opening, speech, 25.0, margin=0.2, level=1.0) == pytest.approx(0.01)
    assert silence_opening(opening, speech, 25.0, margin=0.1, level=1.0) == pytest.approx(0.1)
    assert silence_opening(opening, speech, 25.0, margin=0.04, level=1.0) == pytest.approx(0.15)
    assert np.isnan(silence_opening(opening, np.ones(100, bool), 25.0))
