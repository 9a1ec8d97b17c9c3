"""Levels and columns: independent of gain, of pieces and of pauses (under 3 s)."""

import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.speech import features


def voice(columns: int, seed: int = 0) -> NDArray[np.float32]:
    """Return samples for a number of columns, of noise whose loudness wanders."""
    first, last = features.sample_range(0, columns)
    rng = np.random.default_rng(seed)
    loudness = np.interp(np.arange(last - first), np.linspace(0, last - first, 30), rng.uniform(0, 0.2, 30))
    return (rng.normal(size=last - first) * loudness).astype(np.float32)


def columns_of(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    power = features.mel_power(samples)
    return features.log_mel(power, features.voice_level(power))


def test_a_tone_is_in_its_column_and_band() -> None:
    first, last = features.sample_range(0, 80)
    samples = np.zeros(last - first, np.float32)
    t = np.arange(3960, 4120)  # sample 3760 .. 3920 of the sound: columns 23.5 .. 24.5
    samples[t] = np.sin(2 * np.pi * 1000 * t / 16000)
    power = features.mel_power(samples)
    assert power.shape == (features.MELS, 80)
    band, column = np.unravel_index(power.argmax(), power.shape)
    assert column == 24
    centres = librosa.mel_frequencies(features.MELS + 2, fmin=0, fmax=8000)[1:-1]
    assert abs(centres[band] - 1000) < 40


def test_powers_are_those_of_librosa() -> None:
    bank = librosa.filters.mel(sr=16000, n_fft=400, n_mels=features.MELS)
    np.testing.assert_allclose(features.mel_bank(), bank, atol=1e-7)
    samples = voice(200)
    spectrum = librosa.stft(samples, n_fft=400, hop_length=160, window="hann", center=False)
    np.testing.assert_allclose(features.mel_power(samples), bank @ np.abs(spectrum) ** 2, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("decibels", [-20, 10])
def test_gain_is_nothing(decibels: float) -> None:
    samples = voice(400)
    louder = columns_of(samples * np.float32(10 ** (decibels / 20)))
    np.testing.assert_allclose(louder, columns_of(samples), atol=1e-4)


def test_level_is_that_of_the_voice_and_not_of_pauses() -> None:
    power = np.zeros((features.MELS, 1200), np.float32)
    power[:, 400:480] = 0.5 / features.MELS
    level = features.voice_level(power)
    np.testing.assert_allclose(level[420:460], 0.5, rtol=1e-3)
    np.testing.assert_allclose(level[100:1100:200], 0.5, rtol=1e-3)


def test_level_of_a_piece_is_that_of_the_whole() -> None:
    power = np.random.default_rng(0).uniform(0, 1, (features.MELS, 4000)).astype(np.float32) ** 8
    whole = features.voice_level(power)
    margin = features.LEVEL_MARGIN
    piece = features.voice_level(power[:, 1600 - margin : 2400 + margin])
    np.testing.assert_allclose(piece[margin:-margin], whole[1600:2400], rtol=1e-6)


def test_silence_is_the_floor() -> None:
    power = np.zeros((features.MELS, 80), np.float32)
    mel = features.log_mel(power, features.voice_level(power))
    assert np.all(mel == mel[0, 0])
    quiet = features.log_mel(power + 1e-9, np.full(80, 1.0, np.float32))
    np.testing.assert_array_equal(quiet, mel)
