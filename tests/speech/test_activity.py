"""When somebody speaks in a stem."""

import numpy as np
import pytest

from vs_lipsync.speech.activity import STEP, voice_activity
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.sounds import SAMPLE_RATE


def stem(*parts: tuple[float, float]) -> Dub:
    """Noise of (seconds, amplitude), one after the other."""
    noise = np.random.default_rng(1)
    made = [noise.uniform(-level, level, round(seconds * SAMPLE_RATE)) for seconds, level in parts]
    return Dub.of(np.concatenate(made).astype(np.float32))


def test_it_speaks_where_it_is_not_silent() -> None:
    active = voice_activity(stem((1, 0), (2, 0.2), (1, 0), (0.4, 0.2), (1, 0)), 5.4)
    expected = np.repeat([False, True, False, True, False], [25, 50, 25, 10, 25])
    np.testing.assert_array_equal(active, expected)


@pytest.mark.parametrize(("pause", "speaks"), [(0.16, True), (0.4, False)])
def test_short_pauses_belong_to_what_is_said(pause: float, speaks: bool) -> None:
    active = voice_activity(stem((1, 0.2), (pause, 0), (1, 0.2)), 2 + pause)
    assert active[round((1 + pause / 2) / STEP)] == speaks


def test_noise_far_below_the_voice_is_silence() -> None:
    assert voice_activity(stem((2, 0.5), (1, 0.005)), 3).sum() == 50


def test_a_silent_stem_never_speaks() -> None:
    assert not voice_activity(stem((2, 0.0)), 2).any()
    assert len(voice_activity(stem((2, 0.1)), -1)) == 0
