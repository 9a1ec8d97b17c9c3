"""The mel spectrogram against a straight transcription of its formula, and the windows of frames."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.mouth.wav2lip.mel import AUDIO_LEAD, _first_columns, mel_columns, mel_windows, melspectrogram
from vs_lipsync.speech.dub import Dub


def speech(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Sound with what matters of speech: voiced stretches of gliding pitch, hiss, pauses, and levels 60 dB apart."""
    draw = np.random.default_rng(seed)
    t = np.arange(int(seconds * 16000)) / 16000
    pitch = 120 + 40 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / 16000
    voiced = sum(np.sin(k * phase) / k for k in range(1, 30))
    syllables = np.clip(np.sin(2 * np.pi * 2.3 * t), 0, None) * (np.sin(2 * np.pi * 0.21 * t) > -0.6)
    level = 10 ** (-3 * (1 + np.sin(2 * np.pi * 0.05 * t)) / 2)
    hiss = draw.normal(0, 0.1, len(t)) * np.clip(np.sin(2 * np.pi * 3.1 * t), 0, None)
    return np.asarray(0.2 * (voiced * syllables + hiss) * level, np.float32)


def slaney(frequency: float) -> float:
    """Slaney's mel: linear to 1000 Hz, logarithmic above (Auditory Toolbox, 1998)."""
    return frequency / (200 / 3) if frequency < 1000 else 15 + np.log(frequency / 1000) / (np.log(6.4) / 27)


def hertz(mel: float) -> float:
    return mel * 200 / 3 if mel < 15 else 1000 * float(np.exp((mel - 15) * np.log(6.4) / 27))


def transcription(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """The formula, step by step, in double precision and with a Fourier matrix."""
    x = samples.astype(np.float64)
    emphasised = x.copy()
    emphasised[1:] = x[1:] - 0.97 * x[:-1]
    padded = np.concatenate([np.zeros(400), emphasised, np.zeros(400)])
    n = np.arange(800)
    window = 0.5 * (1 - np.cos(2 * np.pi * n / 800))
    fourier = np.exp(-2j * np.pi * np.outer(n, np.arange(401)) / 800) * window[:, None]
    edges = [hertz(m) for m in np.linspace(slaney(55), slaney(7600), 82)]
    bank = np.zeros((401, 80))
    for band in range(80):
        low, middle, high = edges[band : band + 3]
        for k in range(401):
            f = k * 20.0
            rise, fall = (f - low) / (middle - low), (high - f) / (high - middle)
            bank[k, band] = max(0.0, min(rise, fall)) * 2 / (high - low)
    frames = np.array([padded[200 * c : 200 * c + 800] for c in range(len(x) // 200 + 1)])
    magnitude = np.hypot(frames @ fourier.real, frames @ fourier.imag)
    decibels = 20 * np.log10(np.maximum(1e-5, magnitude @ bank)) - 20
    return np.asarray(np.clip(8 * (decibels + 100) / 100 - 4, -4, 4).T)


def test_a_minute_equals_the_transcription() -> None:
    samples = speech(60)
    found, expected = melspectrogram(Dub.of(samples)), transcription(samples)
    assert found.shape == expected.shape == (80, 4801)
    assert expected.std() > 1  # not a silence that anything would equal
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


def test_real_speech_equals_the_transcription(clips: Path) -> None:
    samples = Dub.open(clips / "talk-512.mp4").samples
    np.testing.assert_allclose(melspectrogram(Dub.of(samples)), transcription(samples), rtol=0, atol=1e-3)


def test_a_part_equals_the_same_columns_of_the_whole() -> None:
    dub = Dub.of(speech(3))
    whole = melspectrogram(dub)
    for start, stop in ((0, 5), (7, 23), (100, 101), (230, 241)):
        np.testing.assert_allclose(mel_columns(dub, start, stop), whole[:, start:stop], rtol=0, atol=1e-5)
    assert mel_columns(dub, 5, 5).shape == (80, 0)


def test_silence_before_and_behind() -> None:
    samples = speech(2) + 0.01
    dub = Dub.of(samples)
    columns = mel_columns(dub, -20, 200)
    np.testing.assert_array_equal(columns[:, :18], -4)
    np.testing.assert_array_equal(columns[:, 20 + 163 :], -4)
    np.testing.assert_allclose(columns[:, 20 : 20 + 161], melspectrogram(dub), rtol=0, atol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_silence(value: float) -> None:
    samples = speech(1)
    damaged, silenced = samples.copy(), samples.copy()
    damaged[3000:3010], silenced[3000:3010] = value, 0
    np.testing.assert_array_equal(melspectrogram(Dub.of(damaged)), melspectrogram(Dub.of(silenced)))


def test_digital_silence_and_nothing() -> None:
    assert (melspectrogram(Dub.of(np.zeros(16000, np.float32))) == -4).all()
    assert (melspectrogram(Dub.of(np.zeros(0, np.float32))) == -4).all()
    assert mel_windows(Dub.of(np.zeros(100, np.float32)), np.array([0.0])).shape == (1, 1, 80, 16)


@pytest.mark.parametrize(
    "rate", [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(50), Fraction(7)]
)
def test_windows_start_where_exact_arithmetic_says(rate: Fraction) -> None:
    dub = Dub.of(speech(12))
    whole = mel_columns(dub, -20, 12 * 80 + 20)
    numbers = [0, 1, 2, 3, 7, int(5 * rate), int(11 * rate)]
    times = np.array([float(n / rate) for n in numbers])
    windows = mel_windows(dub, times, lead=0.0)
    assert windows.shape == (len(numbers), 1, 80, 16)
    for n, window in zip(numbers, windows, strict=True):
        start = 20 + (80 * n / rate).__floor__()
        np.testing.assert_allclose(window[0], whole[:, start : start + 16], rtol=0, atol=1e-5)


def test_columns_met_exactly_are_not_missed_far_into_a_dub() -> None:
    # At 25 fps every fifth frame starts on a column: doubles of n / 25 lie on both sides of it.
    numbers = np.arange(0, 3600 * 25 * 10, 7)
    assert (_first_columns(numbers / 25, 0.0) == numbers * 80 // 25).all()
    assert (_first_columns(numbers / 25, AUDIO_LEAD) == (numbers - 1) * 80 // 25).all()


def test_default_lead_is_that_of_training() -> None:
    dub = Dub.of(speech(3))
    for frame in (1, 10, 33):
        start = int(80.0 * ((frame - 1) / 25.0))  # get_segmented_mels of the published training script
        window = mel_windows(dub, np.array([frame / 25]))[0, 0]
        np.testing.assert_allclose(window, mel_columns(dub, start, start + 16), rtol=0, atol=1e-5)


def test_last_frames_hear_padded_sound() -> None:
    dub = Dub.of(speech(2))
    window = mel_windows(dub, np.array([1.96]), lead=0.0)[0, 0]
    np.testing.assert_array_equal(window[:, 8:], -4)
    np.testing.assert_allclose(window[:, :4], melspectrogram(dub)[:, 156:160], rtol=0, atol=1e-5)
