"""The parts of training, on made-up recordings with known answers (under 10 s)."""

import dataclasses

import numpy as np
import pytest
import torch

from tests.training.speakers import speaker, wandering
from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.speech.encoder import SpeechEncoder, default_encoder
from vs_lipsync.speech.head import NetShape
from vs_lipsync.training.augment import augment, change_speed, noise
from vs_lipsync.training.calibration import fit_shapes
from vs_lipsync.training.corpus import Recording
from vs_lipsync.training.encoding import encode_noise, encode_recordings, encode_vowels
from vs_lipsync.training.evaluation import babble, music, scores_of, summary
from vs_lipsync.training.fit import (
    Offset,
    Projection,
    TrainingConfig,
    TrainingSequence,
    fit,
    predicted,
)
from vs_lipsync.training.network import MotionNet
from vs_lipsync.training.offsets import estimate_offsets


@pytest.fixture(scope="module")
def clips() -> list[Recording]:
    return [speaker(seed) for seed in range(6)]


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    return default_encoder()


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
    folded = projection.fold(net)
    for sound in sounds:
        codes, _, _ = folded(sound.features.astype(np.float32))
        assert codes.shape == (182, 10)
        np.testing.assert_allclose(codes[16:166], predicted(net, projection.apply(sound)).codes, atol=0.02)


def test_the_same_is_heard_each_time(clips: list[Recording], encoder: SpeechEncoder) -> None:
    """In undisturbed recordings as well: where the windows lie is the seed's."""
    one, again = (encode_recordings(clips[:2], encoder, None) for _ in range(2))
    for first, second in zip(one, again, strict=True):
        np.testing.assert_array_equal(first.features, second.features)


def test_targets_are_moved_by_the_offset(clips: list[Recording], encoder: SpeechEncoder) -> None:
    shapes = fit_shapes(clips, 2)
    sounds = encode_recordings(clips[:1], encoder, None)
    straight, late = (TrainingSequence(clips[:1], sounds, [], [], [Offset(k, 0.5)], shapes) for k in (0.0, 3.0))
    np.testing.assert_allclose(late.codes[40:140], straight.codes[37:137], atol=1e-4)
    assert float(straight.weight[60]) == 0.5
    codes = straight.codes.numpy()
    opening = mouth_opening(shapes.displacement(codes))
    np.testing.assert_allclose(opening[16:166], mouth_opening(clips[0].motion), atol=2e-3)
    np.testing.assert_allclose(opening[:8], 0, atol=1e-4)


def test_noise_is_no_speech_and_a_held_vowel_is_speech_of_any_shape(
    clips: list[Recording], encoder: SpeechEncoder
) -> None:
    sounds, silence = encode_recordings(clips[:1], encoder, None), encode_noise(encoder, 0, 1, 4)
    vowels = encode_vowels(encoder, 0, 2)
    made = TrainingSequence(clips[:1], sounds, silence, vowels, [Offset()], fit_shapes(clips, 2))
    start = 182 + 100
    assert not made.speech[182:start].any()
    assert (made.weight[182:start] == 0.5).all()
    for vowel in vowels:
        held = slice(start + 16, start + 16 + vowel.frames)
        assert (made.speech[held] == 1).all()
        assert (made.weight[held] == 0).all()
        assert not made.speech[start : start + 16].any()
        assert not made.speech[held.stop : held.stop + 16].any()
        start = held.stop + 16
    assert start == len(made.speech)


def test_a_net_learns_what_there_is_to_learn(clips: list[Recording], encoder: SpeechEncoder) -> None:
    shapes = fit_shapes(clips, 2)
    sounds, silence = encode_recordings(clips, encoder, None), encode_noise(encoder, 0, 2, 4)
    projection = Projection(sounds, 16)
    timeline = TrainingSequence(
        clips[:5],
        [projection.apply(s) for s in sounds[:5]],
        [projection.apply(s) for s in silence],
        [],
        [Offset()] * 5,
        shapes,
    )
    losses = []
    shape = NetShape(components=2, channels=16, dilations=(1, 2), dropout=0.0)
    config = TrainingConfig(steps=60, batch=8, window=32, rate=1e-2)
    net = fit(shape, [timeline], shapes, config, 0, done=lambda step, loss: losses.append(loss))
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])
    again = fit(shape, [timeline], shapes, dataclasses.replace(config, steps=3), 1)
    same = fit(shape, [timeline], shapes, dataclasses.replace(config, steps=3), 1)
    torch.testing.assert_close(again.state_dict(), same.state_dict())
    made = mouth_opening(shapes.points(*predicted(net, projection.apply(sounds[5]))))
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
    assert perfect.closure == perfect.closure_near == 1
    assert perfect.error == pytest.approx(0, abs=1e-6)
    assert abs(perfect.unpaired) < 0.5
    late = scores_of(clips[0], np.roll(clips[0].motion, 1, 0), None)
    assert late.lag == 1
    assert late.opening > 0.95
    assert scores_of(clips[0], np.roll(clips[0].motion, 9, 0), None, 9).lag == 9
    still = scores_of(clips[0], np.zeros_like(clips[0].motion), clips[1])
    assert still.opening == still.unpaired == still.amplitude == 0
    total = summary([perfect, late])
    assert total["opening"]["median"] == pytest.approx((perfect.opening + late.opening) / 2)
    assert total["clips"] == {"count": 2, "speakers": 1}


def test_babble_and_music_are_as_loud_as_asked(clips: list[Recording]) -> None:
    clean = clips[2].sound.samples
    for augmentation in (babble(clips, 10.0), music(10.0)):
        mixed = augmentation(clips[2]).samples
        assert 10 * np.log10(np.var(clean) / np.var(mixed - clean)) == pytest.approx(10, abs=0.5)
