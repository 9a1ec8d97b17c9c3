import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

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
