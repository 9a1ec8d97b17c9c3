"""Measures of frames that are kept are those that would be made."""

from dataclasses import fields, replace

import numpy as np

from tests.mouth.drawn import drawn_frame
from vs_lipsync.mouth import measures
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.mouth.measures import KnownMeasures

FRAMES = [drawn_frame(i, 0.03 * (i % 5), shift=(0.3 * i, 0.0)) for i in range(12)]


def _assert_same(found: Footage, expected: Footage) -> None:
    for field in fields(Footage):
        if field.name not in ("frames", "placements"):
            np.testing.assert_array_equal(getattr(found, field.name), getattr(expected, field.name))
    for one, other in zip(found.placements, expected.placements, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            np.testing.assert_array_equal(one.remove(np.eye(3)), other.remove(np.eye(3)))


def test_windows_that_overlap_measure_as_windows_alone() -> None:
    known = KnownMeasures()
    gone = MouthFrame(6, 0, None, None)
    for start, stop in [(0, 6), (3, 9), (6, 12), (0, 12)]:
        window = [gone if frame.number == 6 else frame for frame in FRAMES[start:stop]]
        _assert_same(Footage.of(window, known), Footage.of(window))


def test_landmarks_that_are_smoothed_otherwise_are_measured_anew() -> None:
    known = KnownMeasures()
    Footage.of(FRAMES, known)
    assert FRAMES[2].landmarks is not None
    moved = [*FRAMES[:2], replace(FRAMES[2], landmarks=FRAMES[2].landmarks + np.float32(0.25)), *FRAMES[3:]]
    _assert_same(Footage.of(moved, known), Footage.of(moved))


def test_no_frame_is_measured_twice_and_the_oldest_are_forgotten() -> None:
    known = KnownMeasures()
    first = [known(frame) for frame in FRAMES[:8]]
    assert all(known(frame) is one for frame, one in zip(FRAMES[:8], first, strict=True))
    for i in range(measures.KEPT - 4):
        known(MouthFrame(100 + i, 0, None, None))
    kept = [known(frame) is one for frame, one in zip(FRAMES[7:3:-1], first[7:3:-1], strict=True)]
    assert kept == [True] * 4
    assert known(FRAMES[0]) is not first[0]
