"""The parts of training, on made-up recordings with known answers (under 10 s)."""

import dataclasses

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import INNER_LIP, MOUTH, canonical_face, mouth_opening
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.encoder import CONTEXT, SpeechEncoder
from vs_lipsync.speech.network import MotionNet, NetShape
from vs_lipsync.speech.sounds import SAMPLE_RATE
from vs_lipsync.training.augment import augment, change_speed, noise
from vs_lipsync.training.corpus import Recording
from vs_lipsync.training.evaluation import babble, scores_of, summary
from vs_lipsync.training.fit import (
    Offset,
    Projection,
    TrainingConfig,
    TrainingSequence,
    calibrate,
    encode_noise,
    encode_recordings,
    fit,
    fit_shapes,
    predicted,
    unbiased,
)
from vs_lipsync.training.offsets import estimate_offsets


def wandering(n: int, seed: int, reach: int = 5) -> NDArray[np.float64]:
    """Return n smooth random values in 0..1."""
    series = np.convolve(np.random.default_rng(seed).normal(size=n + reach), np.hanning(reach + 2)[1:-1], "valid")[:n]
    return np.asarray((series - series.min()) / np.ptp(series))


def speaker(seed: int, n: int = 150) -> Recording:
    """Return somebody whose lower lip follows the loudness of a hiss."""
    opening = np.maximum(wandering(n, seed) - 0.3, 0) * 0.3
    mouth = np.repeat(canonical_face()[list(MOUTH)][None], n, 0)
    lower = [k for k, point in enumerate(MOUTH) if point in INNER_LIP[:11]]
    mouth[:, lower, 1] += (opening[:, None] - mouth_opening(mouth[:1])).astype(np.float32)
    loudness = np.repeat(opening, SAMPLE_RATE // 25) + 1e-3
    hiss = np.random.default_rng(seed).normal(size=len(loudness)) * loudness
    return Recording(
        str(seed), "train", f"speaker {seed}", "none", "here", mouth, np.ones(n, bool), Dub.of(hiss), 0.0, 1.0
    )


@pytest.fixture(scope="module")
def clips() -> list[Recording]:
    return [speaker(seed) for seed in range(6)]


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    torch.manual_seed(0)
    return SpeechEncoder().eval()


def test_encoder_is_local_and_keeps_time(encoder: SpeechEncoder) -> None:
    mel = torch.rand(1, 28 + 4 * 40 + CONTEXT, 32)
    with torch.inference_mode():
        fine, wide = encoder(mel)
        later_fine, later_wide = encoder(mel[:, 8:])
        assert fine.shape == (1, 576, 80)
        assert wide.shape == (1, 192, 40)
        torch.testing.assert_close(later_fine[..., :70], fine[..., 4:74])
        torch.testing.assert_close(later_wide[..., :36], wide[..., 2:38])
        touched = mel.clone()
        touched[:, 28 + 80] += 5.0  # the column of wide feature 20, fine feature 40
        fine_change, wide_change = (
            (b - a).abs().sum((0, 1)) for a, b in zip((fine, wide), encoder(touched), strict=True)
        )
    centre = (torch.arange(40) * wide_change).sum() / wide_change.sum()
    assert abs(float(centre) - 20) < 1.5
    assert not wide_change[:12].any()
    assert not wide_change[28:].any()
    assert not fine_change[:33].any()
    assert not fine_change[47:].any()


def test_net_hears_its_context_and_no_more() -> None:
    shape = NetShape(dilations=(1, 3))
    net = MotionNet(shape).eval()
    assert NetShape.from_text(shape.as_text()) == shape
    fine, wide = torch.rand(1, 576, 120), torch.rand(1, 192, 60)
    other = fine.clone()
    other[..., 60:62] += 1  # frame 30
    with torch.inference_mode():
        change = (net(other, wide)[0] - net(fine, wide)[0]).abs().sum((0, 1))
    reached = torch.nonzero(change)[:, 0]
    assert int(reached.min()) >= 30 - shape.context
    assert int(reached.max()) <= 30 + shape.context
    assert change[30] > 0


def test_offsets_are_found_and_the_doubtful_pulled_to_the_usual() -> None:
    real = [wandering(300, seed) for seed in range(8)]
    made = [np.roll(series, 2) for series in real]
    made[0] = np.roll(real[0], -1)
    real.append(wandering(30, 100))
    made.append(np.roll(real[8], 9))
    real.append(wandering(300, 300))
    made.append(wandering(300, 301))
    offsets = estimate_offsets(made, real, ["one camera"] * 10)
    np.testing.assert_allclose([o.frames for o in offsets[:8]], [-1, 2, 2, 2, 2, 2, 2, 2], atol=0.3)
    assert abs(offsets[8].frames - 2) <= 2.5
    assert offsets[9].weight < offsets[1].weight == 1.0


def test_a_projection_is_folded_without_loss(clips: list[Recording], encoder: SpeechEncoder) -> None:
    sounds = encode_recordings(clips, encoder, None)
    projection = Projection(sounds, 16)
    net = MotionNet(NetShape(), 16).eval()
    for a, b in zip(
        (predicted(projection.fold(net), s) for s in sounds),
        (predicted(net, projection.apply(s)) for s in sounds),
        strict=True,
    ):
        assert a.shape == (150, 10)
        np.testing.assert_allclose(a, b, atol=0.02)


def test_targets_are_moved_by_the_offset(clips: list[Recording], encoder: SpeechEncoder) -> None:
    shapes = fit_shapes(clips, 2)
    sounds = encode_recordings(clips[:1], encoder, None)
    straight, late = (TrainingSequence(clips[:1], sounds, [], [Offset(k, 0.5)], shapes) for k in (0.0, 3.0))
    np.testing.assert_allclose(late.codes[40:140], straight.codes[37:137], atol=1e-4)
    assert float(straight.weight[60]) == 0.5
    codes = straight.codes.numpy()
    opening = mouth_opening(shapes.points(torch.from_numpy(codes)))
    np.testing.assert_allclose(opening[16:166], mouth_opening(clips[0].motion), atol=2e-3)
    np.testing.assert_allclose(opening[:8], 0, atol=1e-4)


def test_calibration_undoes_what_a_net_does_to_openings(clips: list[Recording]) -> None:
    shapes = fit_shapes(clips, 3)
    timid = []
    for clip in clips:
        asked = 0.04 * shapes.direction.numpy() + clip.motion.reshape(150, -1) / 3
        timid.append(
            ((asked - shapes.mean.numpy()) @ shapes.basis.numpy().T / shapes.deviation.numpy()).astype(np.float32)
        )
    fitted = calibrate(shapes, timid, clips)
    assert 2.5 < fitted.gain < 3.6
    assert 0.03 < fitted.rest < 0.05
    made = mouth_opening(fitted.points(torch.from_numpy(timid[0])))
    assert np.corrcoef(made, clips[0].opening)[0, 1] > 0.98
    assert np.std(made) / np.std(clips[0].opening) == pytest.approx(1, abs=0.15)
    assert fitted.spread == pytest.approx(np.median([np.std(c.opening[c.speech]) for c in clips]), rel=0.3)


def test_mouths_come_to_lie_where_those_of_people_do(clips: list[Recording]) -> None:
    shapes = dataclasses.replace(fit_shapes(clips, 3), gain=1.0)
    codes = [
        ((clip.motion.reshape(150, -1) - shapes.mean.numpy()) @ shapes.basis.numpy().T / shapes.deviation.numpy())
        for clip in clips
    ]
    down = np.array([0.0, 0.3, 0.0], np.float32)
    lower = [dataclasses.replace(clip, mouth=clip.mouth + down * clip.opening[:, None, None]) for clip in clips]
    fitted = unbiased(shapes, [code.astype(np.float32) for code in codes], lower)
    made, before = (space.points(torch.from_numpy(codes[0]).float()) for space in (fitted, shapes))
    real = lower[0].motion
    np.testing.assert_allclose(mouth_opening(made), mouth_opening(before), atol=1e-5)
    assert np.abs(before[..., 1] - real[..., 1]).mean() > 0.01
    assert np.abs(made[..., 1] - real[..., 1]).mean() < 0.002


def test_a_net_learns_what_there_is_to_learn(clips: list[Recording], encoder: SpeechEncoder) -> None:
    shapes = fit_shapes(clips, 2)
    sounds, silence = encode_recordings(clips, encoder, None), encode_noise(encoder, 0, 2, 4)
    projection = Projection(sounds, 16)
    timeline = TrainingSequence(
        clips[:5],
        [projection.apply(s) for s in sounds[:5]],
        [projection.apply(s) for s in silence],
        [Offset()] * 5,
        shapes,
    )
    losses = []
    shape = NetShape(components=2, channels=16, dilations=(1, 2), dropout=0.0)
    recipe = TrainingConfig(steps=60, batch=8, window=32, rate=1e-2)
    net = fit(shape, [timeline], shapes, recipe, 0, done=lambda step, loss: losses.append(loss))
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])
    again = fit(shape, [timeline], shapes, dataclasses.replace(recipe, steps=3), 1)
    same = fit(shape, [timeline], shapes, dataclasses.replace(recipe, steps=3), 1)
    torch.testing.assert_close(again.state_dict(), same.state_dict())
    made = mouth_opening(shapes.points(torch.from_numpy(predicted(net, projection.apply(sounds[5])))))
    assert np.corrcoef(made, clips[5].opening)[0, 1] > 0.6


def test_disturbances_keep_time_and_length() -> None:
    rng = np.random.default_rng(0)
    voice = np.zeros(32000, np.float32)
    voice[10000:12000] = rng.normal(size=2000)
    for _ in range(5):
        made = augment(voice, rng, [voice])
        assert made.shape == voice.shape
        assert made.dtype == np.float32
        energy = made**2
        assert energy[10000:12500].mean() > 1.5 * energy[:9000].mean()
    assert noise(5000, rng).std() == pytest.approx(1, abs=0.2)
    slow = change_speed(voice, 40000)
    assert len(slow) == 40000
    assert np.abs(slow[12600:14900]).mean() > 20 * np.abs(slow[:12000]).mean()


def test_scores_of_a_perfect_and_of_a_useless_prediction(clips: list[Recording]) -> None:
    perfect = scores_of(clips[0], clips[0].motion, clips[1])
    assert perfect.opening == pytest.approx(1)
    assert (perfect.lag, perfect.residual) == (0, 0)
    assert perfect.amplitude == pytest.approx(1)
    assert perfect.jitter == pytest.approx(1)
    assert perfect.closure == 1
    assert perfect.error == pytest.approx(0, abs=1e-6)
    assert abs(perfect.unpaired) < 0.5
    late = scores_of(clips[0], np.roll(clips[0].motion, 1, 0), None)
    assert late.lag == 1
    assert late.opening > 0.95
    still = scores_of(clips[0], np.zeros_like(clips[0].motion), clips[1])
    assert still.opening == still.unpaired == still.amplitude == 0
    total = summary([perfect, late])
    assert total["opening"]["median"] == pytest.approx((perfect.opening + late.opening) / 2)
    assert total["clips"] == {"count": 2, "speakers": 1}


def test_babble_is_as_loud_as_asked(clips: list[Recording]) -> None:
    clean = clips[2].sound.samples
    mixed = babble(clips, 10.0)(clips[2]).samples
    assert 10 * np.log10(np.var(clean) / np.var(mixed - clean)) == pytest.approx(10, abs=0.5)
