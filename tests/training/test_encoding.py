"""Features of recordings lie where their sound does, alone and among others (about 10 s)."""

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.speech import windows
from vs_lipsync.speech.encoder import FEATURES, default_encoder
from vs_lipsync.speech.windows import FRAME, KEPT, MARGIN
from vs_lipsync.training.encoding import encode_noise, encode_sounds


def syllables(frames: int, seed: int) -> NDArray[np.float32]:
    """Return a buzz through a resonance that wanders, in syllables of different lengths."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames * FRAME) / 16000
    knots = np.linspace(0, t[-1], frames // 4)
    resonance = np.interp(t, knots, rng.uniform(300, 2500, len(knots)))
    loud = np.interp(t, knots, rng.choice([0.0, 1.0], len(knots)))
    sound = sum(np.exp(-(((130 * k - resonance) / 200) ** 2)) * np.sin(2 * np.pi * 130 * k * t) for k in range(1, 25))
    return (0.1 * sound * loud).astype(np.float32)


def lag_of(made: NDArray[np.float16], usual: NDArray[np.float16]) -> int:
    """Return by how many steps [n, FEATURES] features are late against the usual ones."""
    a, b = made.astype(np.float32), usual.astype(np.float32)
    lags = range(-6, 7)
    # A few steps, where the encoder gathers what is common to the window, have huge values.
    apart = [np.median(np.abs(a[20 + lag : len(a) - 20 + lag] - b[20:-20])) for lag in lags]
    return lags[int(np.argmin(apart))]


def test_features_keep_time_alone_and_among_others() -> None:
    encoder = default_encoder()
    sounds = [syllables(170, 0), syllables(320, 1)]
    alone = [encode_sounds([sound], encoder, 0)[0] for sound in sounds]
    assert [part.shape for part in alone] == [(340, FEATURES), (640, FEATURES)]
    for phase in (37, KEPT - 1):
        together = encode_sounds(sounds, encoder, phase)
        assert [part.shape for part in together] == [part.shape for part in alone]
        assert [lag_of(a, b) for a, b in zip(together, alone, strict=True)] == [0, 0]


def test_they_are_those_that_motion_is_made_of() -> None:
    sound = syllables(170, 2)
    start, stop = windows.samples_for(0)
    samples = np.pad(sound, (-start, stop - len(sound)))
    heard = windows.hear(default_encoder(), *windows.power_and_level(samples))[2 * MARGIN : 2 * (MARGIN + KEPT)]
    (found,) = encode_sounds([sound], default_encoder(), 0)
    np.testing.assert_allclose(found[: 2 * KEPT], heard, rtol=1e-3, atol=1e-3)


def test_noise_is_of_the_length_asked_for() -> None:
    made = encode_noise(default_encoder(), 0, 2, 3)
    assert [sound.features.shape for sound in made] == [(150, FEATURES)] * 2
    assert [sound.frames for sound in made] == [43] * 2
