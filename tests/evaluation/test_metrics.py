"""Each metric against a case with a known answer (under 2 s)."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from vs_lipsync.evaluation import motion_metrics, picture_metrics


def plane(seed: int = 0, height: int = 48, width: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)


def test_mse_and_psnr() -> None:
    a = plane()
    b = a.astype(np.int16) + 2
    assert picture_metrics.mse(a, b) == 4
    assert picture_metrics.psnr(a, b) == pytest.approx(10 * np.log10(255**2 / 4))
    assert picture_metrics.psnr(a, b, 1023.0) == pytest.approx(10 * np.log10(1023**2 / 4))
    assert picture_metrics.psnr(a, a) == float("inf")
    with pytest.raises(ValueError, match="shapes"):
        picture_metrics.mse(a, a[1:])


def test_ssim_is_that_of_the_paper() -> None:
    a = plane(0, 90, 40).astype(float)  # higher than one strip
    b = plane(1, 90, 40).astype(float) * 0.3 + a * 0.7
    reference = structural_similarity(
        a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )[1]
    assert picture_metrics.ssim(a, b) == pytest.approx(reference[5:-5, 5:-5].mean(), abs=1e-5)
    assert picture_metrics.ssim(a, a) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="11"):
        picture_metrics.ssim(a[:8], b[:8])


def test_sharpness_falls_when_blurred_and_knows_its_mask() -> None:
    sharp = plane().astype(float)
    soft = (sharp + np.roll(sharp, 1, 0) + np.roll(sharp, 1, 1)) / 3
    assert picture_metrics.sharpness(soft) < 0.5 * picture_metrics.sharpness(sharp)
    mask = np.zeros(sharp.shape, bool)
    mask[10:20, 10:20] = True
    sharp[mask] = 7.0
    inner = np.zeros_like(mask)
    inner[11:19, 11:19] = True
    assert picture_metrics.sharpness(sharp, inner) == 0


@pytest.mark.parametrize("late", [-3, -1, 0, 2])
def test_lag_correlation_finds_the_lag(late: int) -> None:
    real = np.random.default_rng(0).normal(size=200).cumsum()
    made = 0.3 * np.roll(real, late) + 5
    found = motion_metrics.lag_correlation(made, real, reach=4)
    assert found.lag == late
    assert found.correlation > 0.99
    assert motion_metrics.lag_correlation(made, real, reach=0, around=late).correlation == pytest.approx(
        found.correlation
    )


def test_lag_correlation_of_what_does_not_move_is_zero() -> None:
    assert motion_metrics.lag_correlation(np.zeros(50), np.arange(50.0)) == motion_metrics.Agreement(0.0, 0)


def test_partial_correlation_takes_out_what_is_known() -> None:
    rng = np.random.default_rng(0)
    predicted, old = rng.normal(size=(2, 5000))
    made = 2 * predicted + 0.1 * rng.normal(size=5000)
    tangled = old + 3 * predicted
    assert np.corrcoef(made, tangled)[0, 1] > 0.9
    assert abs(motion_metrics.partial_correlation(made, tangled, predicted)) < 0.05
    leaking = made + 0.2 * old
    assert motion_metrics.partial_correlation(leaking, tangled, predicted) > 0.8


def test_amplitude_and_jitter() -> None:
    t = np.arange(100.0)
    assert motion_metrics.amplitude_ratio(3 * np.sin(t) + 1, np.sin(t)) == pytest.approx(3)
    assert motion_metrics.jitter(5 * t + 2) == pytest.approx(0)
    assert motion_metrics.jitter(t**2) == pytest.approx(2)


def test_closure_counts_frames() -> None:
    touching = np.array([0, 1, 1, 0, 0, 1, 0, 1, 1, 1], bool)
    opening = np.array([0.1, 0.1, 0.01, 0.1, 0.0, 0.1, 0.1, 0.2, 0.0, 0.2])
    assert motion_metrics.closure(opening, touching) == pytest.approx(2 / 6)
    assert np.isnan(motion_metrics.closure(opening, np.zeros(10, bool)))


def test_silence_opening_leaves_out_the_ends_of_pauses() -> None:
    speech = np.zeros(100, bool)
    speech[20:50] = True
    opening = np.where(speech, 0.2, 0.01)
    opening[50:55] = 0.1
    opening[17:20] = 0.15
    assert motion_metrics.silence_opening(opening, speech, 25.0, margin=0.2, level=1.0) == pytest.approx(0.01)
    assert motion_metrics.silence_opening(opening, speech, 25.0, margin=0.1, level=1.0) == pytest.approx(0.1)
    assert motion_metrics.silence_opening(opening, speech, 25.0, margin=0.04, level=1.0) == pytest.approx(0.15)
    assert np.isnan(motion_metrics.silence_opening(opening, np.ones(100, bool), 25.0))


def test_bootstrap_draws_whole_groups() -> None:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=10)
    values = np.repeat(centres, 50) + 0.01 * rng.normal(size=500)
    groups = np.repeat([f"speaker {k}" for k in range(10)], 50)
    by_speaker = motion_metrics.bootstrap(list(values), list(groups), lambda v: float(np.mean(v)))
    by_clip = motion_metrics.bootstrap(list(values), [str(k) for k in range(500)], lambda v: float(np.mean(v)))
    assert by_speaker.value == pytest.approx(values.mean())
    assert by_speaker.low < by_speaker.value < by_speaker.high
    assert by_speaker.high - by_speaker.low > 4 * (by_clip.high - by_clip.low)
