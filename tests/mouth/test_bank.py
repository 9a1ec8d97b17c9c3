"""Mouths from other footage, on drawn faces."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.mouth.drawn import SIZE, DrawnMotion, chunk_of, drawn_frame, patches_of
from vs_lipsync.faces.landmarks import INNER_LIP, mouth_opening
from vs_lipsync.mouth.bank import Bank
from vs_lipsync.mouth.base import MouthFrame, Patch
from vs_lipsync.mouth.scaling import scaled
from vs_lipsync.mouth.warp import WarpGenerator

TONGUE = 85.0
"""Value of what only the other footage shows between the lips."""


def _silent(count: int) -> list[MouthFrame]:
    return [drawn_frame(n, 0.0) for n in range(count)]


def _elsewhere(count: int = 48, contrast: float = 1.0, brighter: float = 0.0) -> list[MouthFrame]:
    """Other footage: the mouth opens and closes, and there is a tongue in it."""
    frames = []
    for n, amount in enumerate(0.12 - 0.12 * np.cos(np.arange(count) * 0.37)):
        frame = drawn_frame(n, float(amount), shift=(2.0, 1.0))
        assert frame.crop is not None and frame.landmarks is not None
        luma = frame.crop.planes[0].astype(np.float32)
        order = [*range(11), *range(19, 10, -1)]
        outline = frame.landmarks[[INNER_LIP[i] for i in order], :2] - [frame.crop.region.x, frame.crop.region.y]
        inside = np.zeros_like(luma)
        cv2.fillPoly(inside, [np.rint(outline * 16).astype(np.int32)], (1.0,), cv2.LINE_AA, 4)
        luma += inside * (TONGUE - luma)
        luma = np.clip(np.rint(128 + contrast * (luma - 128) + brighter), 0, 255)
        planes = (luma.astype(np.uint8), *frame.crop.planes[1:])
        frames.append(replace(frame, crop=replace(frame.crop, planes=planes)))
    return frames


def _inside(frame: MouthFrame, patch: Patch, opening: float) -> float:
    """What is to be seen in the middle of a mouth that is open as far."""
    assert frame.landmarks is not None
    x, y = frame.landmarks[13, :2].astype(float)
    rows = slice(round(y + 0.3 * opening * SIZE) - patch.region.y, round(y + 0.6 * opening * SIZE) - patch.region.y)
    columns = slice(round(x) - 4 - patch.region.x, round(x) + 5 - patch.region.x)
    return float(np.median(patch.planes[0][rows, columns].astype(np.float64)))


def _made(other: Sequence[MouthFrame] | None) -> tuple[NDArray[np.float64], list[str]]:
    """What is in the widest mouths of a silent shot that is dubbed, and what is said of them."""
    frames = _silent(48)
    chunk = replace(chunk_of(frames, 0, 32), bank=None if other is None else Bank.of(other, 25.0))
    warp = WarpGenerator(DrawnMotion())
    asked = [mouth_opening(mouth.shape) for mouth in warp.mouths(chunk)]
    widest = [int(i) for i in np.argsort(asked)[-8:]]
    patches = patches_of(warp, chunk)
    told = [patch for patch in patches if patch is not None]
    assert len(told) == len(patches)
    inside = [_inside(frames[i], told[i], float(asked[i])) for i in widest]
    return np.array(inside), [patch.note for patch in told]


def test_a_silent_shot_gets_the_inside_of_a_mouth_from_elsewhere() -> None:
    plain, said = _made(None)
    assert plain.max() < 60 and set(said) == {"no exemplar"}  # a plain dark interior
    filled, said = _made(_elsewhere())
    assert np.abs(filled - TONGUE).max() < 8 and set(said) == {""}


@pytest.mark.parametrize("factor", [0.7, 2.5])
def test_other_footage_may_be_of_another_size(factor: float) -> None:
    filled, _ = _made([scaled(frame, factor) for frame in _elsewhere()])
    assert np.abs(filled - TONGUE).max() < 8


def test_exemplars_that_are_much_smaller_are_not_used() -> None:
    plain, _ = _made(None)
    small, said = _made([scaled(frame, 0.4) for frame in _elsewhere()])
    assert set(said) == {"no exemplar"}
    np.testing.assert_array_equal(small, plain)


def test_contrast_and_light_are_brought_to_those_of_the_frame() -> None:
    filled, _ = _made(_elsewhere(contrast=0.7, brighter=25.0))
    assert np.abs(filled - TONGUE).max() < 12


def test_there_is_no_step_between_chunks() -> None:
    frames, bank = _silent(120), Bank.of(_elsewhere(), 25.0)
    warp = WarpGenerator(DrawnMotion(frequency=0.3))
    shapes, numbers = [], []
    for start in range(0, 96, 32):
        chunk = replace(chunk_of(frames, start, start + 32), bank=bank)
        for mouth in warp.mouths(chunk):
            shapes.append(mouth.shape)
            is_own = mouth.exemplar < len(chunk.window)
            numbers.append(chunk.window[mouth.exemplar].number if is_own else 1000 + mouth.exemplar - len(chunk.window))
    steps = np.abs(np.diff(np.array(shapes), axis=0)).max((1, 2))
    assert steps[31::32].max() <= 1.5 * np.delete(steps, np.arange(31, len(steps), 32)).max()
    assert all(numbers[i] - numbers[i - 1] in (0, 1) for i in (32, 64))
    assert max(numbers) >= 1000


def test_frames_without_a_usable_face_make_no_bank() -> None:
    assert Bank.of([replace(drawn_frame(0, 0.1), crop=None)], 25.0) is None
