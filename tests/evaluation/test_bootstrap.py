"""Intervals of a statistic over clips of a few speakers (under 2 s)."""

import numpy as np
import pytest

from vs_lipsync.evaluation.bootstrap import bootstrap


def test_bootstrap_draws_whole_groups() -> None:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=10)
    values = np.repeat(centres, 50) + 0.01 * rng.normal(size=500)
    groups = np.repeat([f"speaker {k}" for k in range(10)], 50)
    by_speaker = bootstrap(list(values), list(groups), lambda v: float(np.mean(v)))
    by_clip = bootstrap(list(values), [str(k) for k in range(500)], lambda v: float(np.mean(v)))
    assert by_speaker.value == pytest.approx(values.mean())
    assert by_speaker.low < by_speaker.value < by_speaker.high
    assert by_speaker.high - by_speaker.low > 4 * (by_clip.high - by_clip.low)
