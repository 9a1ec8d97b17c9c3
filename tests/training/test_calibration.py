"""What nets do to openings is undone, on made-up recordings (under 10 s)."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.speakers import speaker
from vs_lipsync.evaluation.motion_metrics import closure, jitter
from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.speech.shapes import Shapes
from vs_lipsync.training.calibration import Prediction, calibrate, fit_shapes, unbiased
from vs_lipsync.training.corpus import Recording


@pytest.fixture(scope="module")
def clips() -> list[Recording]:
    return [speaker(seed) for seed in range(6)]


def codes_of(motion: NDArray[np.floating], shapes: Shapes) -> NDArray[np.float32]:
    """Return the codes [n, components] of displacements [n, 53, 3]."""
    return np.asarray((motion.reshape(-1, 159) - shapes.mean) @ shapes.basis.T / shapes.deviation, np.float32)


def timid(clip: Recording, shapes: Shapes, sure: bool) -> Prediction:
    """Return what a net says that opens the mouth a third as far, never shuts it, and may know when lips touch."""
    displaced = 0.04 * shapes.direction + clip.motion.reshape(-1, 159) / 3
    touching = clip.touching if sure else np.zeros(len(displaced))
    return Prediction(codes_of(displaced, shapes), touching.astype(np.float32))


@pytest.mark.parametrize("sure", [False, True])
def test_calibration_undoes_what_a_net_does_to_openings(clips: list[Recording], sure: bool) -> None:
    shapes = fit_shapes(clips, 3)
    predictions = [timid(clip, shapes, sure) for clip in clips]
    fitted = calibrate(shapes, predictions, clips)
    assert (1.5 if sure else 2.5) < fitted.gain < 3.6
    assert 0.03 < fitted.rest + (fitted.closing if sure else 0) < 0.05
    made = mouth_opening(fitted.points(*predictions[0]))
    np.testing.assert_allclose(fitted.opening(*predictions[0]), made, atol=1e-4)
    assert np.corrcoef(made, clips[0].opening)[0, 1] > (0.9 if sure else 0.98)
    assert np.std(made) / np.std(clips[0].opening) == pytest.approx(1, abs=0.15)
    assert closure(made, clips[0].touching) > 0.9
    assert fitted.spread == pytest.approx(np.median([np.std(c.opening[c.speech]) for c in clips]), rel=0.3)


def test_what_is_slow_is_sharpened(clips: list[Recording]) -> None:
    shapes = fit_shapes(clips, 3)
    predictions = []
    for clip in clips:
        padded = np.pad(clip.motion, ((1, 1), (0, 0), (0, 0)), "edge")
        slow = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
        predictions.append(Prediction(codes_of(slow, shapes), np.zeros(len(slow), np.float32)))
    fitted = calibrate(shapes, predictions, clips)
    assert fitted.sharpness > 0.5
    ratios = [
        jitter(mouth_opening(fitted.points(*each))) / jitter(clip.opening)
        for each, clip in zip(predictions, clips, strict=True)
    ]
    assert 0.8 < np.median(ratios) < 1.1


def test_mouths_come_to_lie_where_those_of_people_do(clips: list[Recording]) -> None:
    shapes = dataclasses.replace(fit_shapes(clips, 3), gain=1.0)
    predictions = [Prediction(codes_of(clip.motion, shapes), np.zeros(len(clip.motion), np.float32)) for clip in clips]
    down = np.array([0.0, 0.3, 0.0], np.float32)
    lower = [dataclasses.replace(clip, mouth=clip.mouth + down * clip.opening[:, None, None]) for clip in clips]
    fitted = unbiased(shapes, predictions, lower)
    made, before = (space.points(*predictions[0]) for space in (fitted, shapes))
    real = lower[0].motion
    np.testing.assert_allclose(mouth_opening(made), mouth_opening(before), atol=1e-5)
    assert np.abs(before[..., 1] - real[..., 1]).mean() > 0.01
    assert np.abs(made[..., 1] - real[..., 1]).mean() < 0.002
