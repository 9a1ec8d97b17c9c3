"""Who speaks which stem, on two people of the demo: one speaks, the other is still (under 10 s)."""

from fractions import Fraction

import numpy as np
import pytest
import vapoursynth as vs

from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.casting import EACH, WHOLE, WINDOW, match_stems, windows_for
from vs_lipsync.identity.assignment import NOBODY
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.timeline import ConstantRate

FIRST = 20
LENGTH = 75


@pytest.fixture(scope="module")
def analysis(demo_clip: vs.VideoNode) -> Analysis:
    """Somebody who never moves, to the left of somebody who speaks."""
    speaks = demo_clip[FIRST : FIRST + LENGTH]
    return Analysis.of(vs.core.std.StackHorizontal([demo_clip[180] * LENGTH, speaks]))


def test_a_stem_goes_to_the_mouth_that_moves_while_it_speaks(analysis: Analysis) -> None:
    """The other one speaks before the clip begins, so that nothing tells whose it is."""
    voice = np.random.default_rng(1).uniform(-0.1, 0.1, 16000 * 3).astype(np.float32)
    silent = np.zeros(16000 * 3, np.float32)
    matched = match_stems(analysis, [Dub.of(voice), Dub.of(silent)], 0.0, ConstantRate(Fraction(25)))
    speaker, _ = matched.given
    assert speaker.person != NOBODY and matched.people[speaker.person].place[1] > 640
    assert speaker.confidence > 0.98
    assert matched.seen[0] == 1.0 and np.isnan(matched.seen[1])


def test_a_short_clip_is_looked_at_as_a_whole() -> None:
    assert windows_for([np.zeros(WHOLE, bool)], WHOLE) == [(0, WHOLE)]


def test_of_a_long_clip_what_each_says_alone() -> None:
    length = 100 * WINDOW
    one, two = np.zeros(length, bool), np.zeros(length, bool)
    one[:] = True
    two[20 * WINDOW : 22 * WINDOW] = True
    windows = windows_for([one, two], length)
    assert len(windows) == EACH  # the second never speaks alone
    assert all(stop - begin == WINDOW and not two[begin:stop].any() for begin, stop in windows)
    one[20 * WINDOW : 22 * WINDOW] = False
    assert len(windows_for([one, two], length)) == EACH + 2
