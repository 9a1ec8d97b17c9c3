from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector

from vs_lipsync.plan.scenes import AFTER, BEFORE, find_cuts

CUTS = [9, 24, 31, 48, 49, 70]


def footage() -> list[NDArray[np.uint8]]:
    """80 small pictures: a smooth texture under which the camera pans slowly, another one from each of CUTS on."""
    rng = np.random.default_rng(3)
    frames = []
    texture = np.empty((0, 0, 3), np.uint8)
    for number in range(80):
        if number == 0 or number in CUTS:
            blocks = rng.integers(0, 255, (5, 14, 3)).astype(np.uint8)
            texture = np.asarray(cv2.resize(blocks, (168, 45)), np.uint8)
        frames.append(np.ascontiguousarray(texture[:, number : number + 80], np.uint8))
    return frames


@pytest.mark.parametrize("run", [4, 8, 16])
def test_pieces_with_context_give_the_cuts_of_the_whole(run: int) -> None:
    frames = footage()
    whole = find_cuts([frames[0]] * BEFORE + frames + [frames[-1]] * AFTER)
    assert whole
    padded = [frames[0]] * BEFORE + frames + [frames[-1]] * AFTER
    split_track = [
        start + cut
        for start in range(0, len(frames), run)
        for cut in find_cuts(padded[start : start + BEFORE + run + AFTER])
    ]
    assert split_track == whole


def test_single_cuts_are_found_where_they_are() -> None:
    frames = footage()
    whole = find_cuts([frames[0]] * BEFORE + frames + [frames[-1]] * AFTER)
    assert set(whole) <= set(CUTS)
    assert {9, 24, 31, 70} <= set(whole)


def test_a_still_has_no_cuts() -> None:
    assert find_cuts([footage()[0]] * 30) == []


def test_the_cuts_are_those_of_pyscenedetect() -> None:
    rng = np.random.default_rng(5)
    looks = [
        np.asarray(cv2.resize(rng.integers(0, 255, (4, 6, 3)).astype(np.uint8), (64, 36)), np.uint8) for _ in "abcd"
    ]
    frames = []
    for first, second in [*pairwise(looks), (looks[0], looks[0])]:
        for weight in (0.03, 0.06, 0.1, 0.2, 0.4, 0.7, 1.0):  # from a flicker to a cut, in still and in restless shots
            noise = rng.integers(0, rng.integers(1, 60), (8, 36, 64, 3))
            mixed = (1 - weight) * first + weight * second
            frames += [
                np.clip(look + noise[n], 0, 255).astype(np.uint8) for n, look in enumerate([first] * 4 + [mixed] * 4)
            ]
    detector = AdaptiveDetector(min_scene_len=0)
    expected = [
        cut.frame_num
        for number, frame in enumerate(frames)
        for cut in detector.process_frame(FrameTimecode(number, fps=25.0), np.ascontiguousarray(frame[..., ::-1]))
    ]
    assert 5 < len(expected) < 50
    assert find_cuts(frames, before=0, after=0) == expected
