"""A clip in whose middle a box is drawn before the mouth: it is left alone there, and the dub fades out and in."""

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.footage import box_of, digest
from vs_lipsync import lipsync, lipsync_plan
from vs_lipsync.plan.covers import BESIDE

FIRST, LAST = 20, 33
LENGTH = 54


@pytest.fixture(scope="module")
def clip(demo_clip: vs.VideoNode) -> vs.VideoNode:
    clip = demo_clip[20 : 20 + LENGTH].resize.Bicubic(320, 192)
    with lipsync_plan(clip, DEMO_DUB).get_frame(FIRST) as frame:
        x, y, width, height = box_of(frame, "LipSyncFace")

    def boxed(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        if not FIRST <= n <= LAST:
            return f
        copy = f.copy()
        np.asarray(copy[0])[y + height * 6 // 10 : y + height, x + width // 6 : x + width * 5 // 6] = 60
        return copy

    return clip.std.ModifyFrame(clip, boxed)


def test_a_covered_mouth_is_left_alone_and_the_plan_says_so(clip: vs.VideoNode) -> None:
    made, planned = lipsync(clip, DEMO_DUB), lipsync_plan(clip, DEMO_DUB)
    changed = {}
    for number in range(LENGTH):
        with made.get_frame(number) as frame, planned.get_frame(number) as plan, clip.get_frame(number) as source:
            covered = FIRST - BESIDE <= number <= LAST + BESIDE
            assert frame.props["LipSyncReason"] == plan.props["LipSyncReason"]
            assert frame.props["LipSyncReason"] == ("mouth covered" if covered else "target speaks"), number
            samples = np.asarray(frame[0], np.int16) - np.asarray(source[0])
            assert covered == (not samples.any())
            changed[number] = float(np.abs(samples).sum())
    # Less is changed beside the frames that pass: the dub fades out and in.
    before, behind = FIRST - BESIDE - 1, LAST + BESIDE + 1
    assert changed[before] < np.mean([changed[number] for number in range(before - 12, before - 4)])
    assert changed[behind] < np.mean([changed[number] for number in range(behind + 5, LENGTH)])


def test_frames_asked_for_in_any_order_are_the_same(clip: vs.VideoNode) -> None:
    forwards, backwards = lipsync(clip, DEMO_DUB), lipsync(clip, DEMO_DUB)
    numbers = range(FIRST - 8, LAST + 9, 3)
    there = {number: digest(forwards.get_frame(number)) for number in numbers}
    assert {number: digest(backwards.get_frame(number)) for number in reversed(numbers)} == there
