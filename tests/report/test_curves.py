"""The curves of the page against known answers."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from tests.sound_files import write
from vs_lipsync.faces.landmarks import MOUTH, mouth_opening
from vs_lipsync.report.curves import bins_for, loudness, measured_openings
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.sounds import SAMPLE_RATE
from vs_lipsync.timing.timeline import ConstantRate


def test_openings_are_unknown_where_there_is_no_mouth() -> None:
    shape = np.random.default_rng(0).normal(size=(len(MOUTH), 3))
    opening = float(mouth_opening(shape))
    np.testing.assert_allclose(measured_openings([shape, None, -2 * shape]), [opening, np.nan, -2 * opening], rtol=1e-6)


def test_loudness_is_the_peak_of_each_part_of_a_frame(tmp_path: Path) -> None:
    """At 25 frames a second and 2 parts a frame, a part has 320 samples: one click in every third part."""
    samples = np.zeros((1, 10 * 640), np.float32)
    clicks = np.arange(0, 20, 3)
    samples[0, clicks * 320 + 100] = np.linspace(0.1, 0.9, len(clicks))
    dub = Dub.open(write(tmp_path / "clicks.wav", samples, SAMPLE_RATE))
    expected = np.zeros(20)
    expected[clicks] = np.linspace(0.1, 0.9, len(clicks))
    np.testing.assert_allclose(loudness(dub, 0.0, 10, ConstantRate(Fraction(25)), 2), expected, atol=1e-4)
    late = loudness(dub, 0.08, 12, ConstantRate(Fraction(25)), 2)  # by two frames
    np.testing.assert_allclose(late, [0, 0, 0, 0, *expected], atol=1e-4)


def test_long_clips_have_one_value_a_frame() -> None:
    assert [bins_for(frames) for frames in (1, 50_000, 100_000, 400_000, 10**7)] == [8, 8, 4, 1, 1]
