"""Voices as they are found: through another room, microphone or line, with noise, music or other people."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = ["augment", "change_speed", "held_vowel", "noise"]

_EQUALISER = 5.0  # dB, standard deviation of each of seven bands
_SNR = (3.0, 30.0)  # dB, of the loud parts of the voice to what is put under it
_NOTES = (82, 98, 110, 131, 147, 165, 196, 220, 262, 294, 330, 392, 440, 523)  # Hz
_TELEPHONE = (300.0, 3400.0)  # Hz, the band of a telephone line

type Kind = Literal["crowd", "colour", "music"]

_KINDS: Final[tuple[Kind, ...]] = ("crowd", "colour", "music")


def change_speed(samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return samples [n] played faster or slower, pitch and all, so that there are `count` of them."""
    made = signal.resample_poly(samples, count, len(samples)) if count != len(samples) else samples
    return np.asarray(np.resize(made, count), np.float32)


def augment(
    samples: NDArray[np.float32], rng: np.random.Generator, crowd: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return a voice [n] with a random spectrum, and at times a narrow line, a room, or something under it.

    Args:
        samples: the voice at 16 kHz.
        rng: source of chance.
        crowd: voices of which babble is made.
    """
    n = len(samples)
    spectrum, hertz = np.fft.rfft(samples), np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    bands = np.linspace(np.log2(50), 13, 7)
    spectrum *= 10 ** (np.interp(np.log2(hertz + 50), bands, rng.normal(0, _EQUALISER, 7)) / 20)
    if rng.random() < 0.2:
        spectrum /= 1 + (hertz / rng.uniform(2800, 6500)) ** 12
    voice: NDArray[np.floating] = np.fft.irfft(spectrum, n)
    if rng.random() < 0.3:
        voice = signal.fftconvolve(voice, _room(rng))[:n]
    loud = np.sqrt(np.mean(voice**2) * 1.5)
    if rng.random() < 0.75:
        under = noise(n, rng, crowd)
        voice = voice + under * loud * 10 ** (-rng.uniform(*_SNR) / 20)
    if rng.random() < 0.15:
        voice = _telephoned(voice, rng)
    return np.asarray(voice, np.float32)


def noise(
    n: int, rng: np.random.Generator, crowd: Sequence[NDArray[np.float32]] = (), kind: Kind | None = None
) -> NDArray[np.float32]:
    """Return n samples of something that is not one voice, of RMS 1: a crowd (if given), coloured noise, or music.

    Args:
        n: how many.
        rng: source of chance.
        crowd: voices of which babble is made.
        kind: which of them; None for any.
    """
    if kind is None:
        odds = [0.45, 0.3, 0.25] if crowd else [0.0, 0.6, 0.4]
        kind = _KINDS[int(rng.choice(len(_KINDS), p=odds))]
    if kind == "crowd":
        made = np.zeros(n)
        for _ in range(rng.integers(1, 6)):
            voice = crowd[int(rng.integers(len(crowd)))]
            made += np.roll(np.resize(voice, n), rng.integers(n)) / (voice.std() + 1e-6)
    elif kind == "colour":
        spectrum = np.fft.rfft(rng.normal(size=n))
        hertz = np.linspace(30, SAMPLE_RATE / 2, len(spectrum))
        made = np.fft.irfft(spectrum * (hertz / 1000) ** -rng.uniform(-0.2, 1.2), n)
    else:
        made = _music(n, rng)
    return np.asarray(made / (np.sqrt(np.mean(made**2)) + 1e-9), np.float32)


def held_vowel(n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return n samples of a vowel that is held: a voice's harmonics through three formants, with vibrato and breath.

    Pitch and formants are of the range that Peterson and Barney (1952) measured in men, women and children.

    Args:
        n: how many, at 16 kHz.
        rng: source of chance.
    """
    t = np.arange(n) / SAMPLE_RATE
    first = rng.uniform(270, 850)
    second = rng.uniform(max(850, first + 300), 2500)
    formants = ((first, 60), (second, 90), (rng.uniform(2600, 3300), 140))  # Hz, and half of their widths
    pitch = rng.uniform(85, 280) * 2 ** rng.uniform(-0.1, 0.1)
    wave = 0.01 * rng.uniform(0, 2) * np.sin(2 * np.pi * rng.uniform(4, 6.5) * t)
    glide = np.interp(t, np.linspace(0, n / SAMPLE_RATE, 5), rng.normal(0, 0.03, 5))
    phase = 2 * np.pi * np.cumsum(pitch * (1 + wave + glide)) / SAMPLE_RATE
    fall = rng.uniform(0.3, 1.0)
    made = np.zeros(n)
    for harmonic in range(1, int(5000 / pitch)):
        hertz = pitch * harmonic
        peaks = sum(1 / (1 + ((hertz - peak) / width) ** 2) for peak, width in formants)
        made += (peaks + 0.003) * harmonic**-fall * np.sin(harmonic * phase)
    made /= made.std() + 1e-9
    made += 10 ** (-rng.uniform(15, 40) / 20) * rng.normal(size=n)
    made *= np.exp(np.interp(t, np.linspace(0, n / SAMPLE_RATE, 4), rng.normal(0, 0.3, 4)))
    return np.asarray(made, np.float32)


def _telephoned(voice: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a voice as a telephone gives it: a narrow band, and at times 8 bits a sample (mu-law, ITU-T G.711)."""
    band = signal.butter(4, _TELEPHONE, "bandpass", fs=SAMPLE_RATE, output="sos")
    heard = np.asarray(signal.sosfilt(band, voice), np.float64)
    if rng.random() < 0.5:
        peak = np.abs(heard).max() + 1e-9
        squeezed = np.sign(heard) * np.log1p(255 * np.abs(heard / peak)) / np.log(256)
        squeezed = np.round(squeezed * 127) / 127
        heard = np.sign(squeezed) * np.expm1(np.abs(squeezed) * np.log(256)) / 255 * peak
    return heard


def _room(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the impulse response of a room: the voice, then noise that dies away over 0.1 to 0.6 s (60 dB)."""
    n = round(0.4 * SAMPLE_RATE)
    tail = rng.normal(size=n) * np.exp(-np.arange(n) / SAMPLE_RATE * 6.9 / rng.uniform(0.1, 0.6))
    response = np.asarray(tail * 10 ** (rng.uniform(-16, -3) / 20) / np.sqrt((tail**2).sum()), np.float64)
    response[0] = 1.0
    return response


def _music(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return n samples of chords, plucked or held, over drums at times."""
    made = np.zeros(n)
    step = round(SAMPLE_RATE * rng.uniform(0.2, 0.8))
    decay, bright = rng.uniform(0.5, 6), rng.uniform(0.7, 1.8)
    drums = rng.random() < 0.5
    for beat, start in enumerate(range(0, n, step)):
        t = np.arange(min(2 * step, n - start)) / SAMPLE_RATE
        fade = np.exp(-decay * t) * np.minimum(1, t / 0.01) * np.clip((2 * step / SAMPLE_RATE - t) / 0.05, 0, 1)
        for note in rng.choice(_NOTES, 3):
            for harmonic in range(1, 9):
                tone = np.sin(2 * np.pi * note * harmonic * t + harmonic)
                made[start : start + len(t)] += tone * fade / harmonic**bright
        if drums:
            hit = rng.normal(size=len(t)) if beat % 2 else 3 * np.sin(2 * np.pi * 60 * t)
            made[start : start + len(t)] += 2 * hit * np.exp(-t / rng.uniform(0.02, 0.12))
    return made
