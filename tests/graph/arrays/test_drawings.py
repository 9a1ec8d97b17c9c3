"""Drawings as packed arrays: they come back as they were, and draw the same patches."""

from dataclasses import replace

import numpy as np
import pytest

from tests.mouth.drawn import YUV420P8, drawn_frame
from vs_lipsync.graph.arrays.drawings import PICTURE, drawing_from, drawings_to, pictures_of
from vs_lipsync.graph.arrays.faces import crops_to
from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.mouth.drawing import Drawing, Mouth, Shown, drawing_of
from vs_lipsync.mouth.footage import Footage


def _drawings() -> list[Drawing | None]:
    """A block of five frames, of which two are drawn; the second of these from two frames, one in another contrast."""
    frames = [drawn_frame(i, 0.1 * (i % 3), shift=(0.4 * i, 0.0)) for i in range(5)]
    footage = Footage.of(frames)
    one = Mouth(1, footage.shapes[2], [Shown(3, footage.shapes[2], 1.0)], 0.0, 0.0)
    parts = [Shown(4, footage.shapes[0], 2 / 3), Shown(1, footage.shapes[0], 1 / 3)]
    two = drawing_of(footage, Mouth(3, footage.shapes[0], parts, 1.0, 0.5))
    other = replace(two.sources[1], gains=np.array([0.9, 1.0, 1.1]))
    return [None, drawing_of(footage, one), None, replace(two, sources=[two.sources[0], other]), None]


@pytest.mark.parametrize("copied", [(), (3,), (0, 2), (0, 1, 2, 3)])
def test_drawings_of_a_block(copied: tuple[int, ...]) -> None:
    drawings = _drawings()
    pictures = pictures_of([drawing for drawing in drawings if drawing is not None])
    assert [picture.number for picture in pictures] == [1, 3, 4]
    faces = [-1 if number in copied else number % 2 for number in range(len(pictures))]
    frame = pack(drawings_to(drawings, pictures, faces))
    for number, (picture, face) in enumerate(zip(pictures, faces, strict=True)):
        if face >= 0:
            assert picture.crop is not None and pictures[0].crop is not None
            frame.props[f"{PICTURE}{number}"] = pack(crops_to([pictures[0].crop] * face + [picture.crop]))
    arrays = unpack(frame)
    for index, drawing in enumerate(drawings):
        back = drawing_from(arrays, index, frame.props, YUV420P8)
        assert (back is None) == (drawing is None)
        if drawing is None or back is None:
            continue
        assert (back.frame.number, back.frame.shot, back.note) == (drawing.frame.number, 0, drawing.note)
        one, other = drawing.draw(), back.draw()
        assert one is not None and other is not None
        assert (one.region, one.note) == (other.region, other.note)
        np.testing.assert_array_equal(one.mask, other.mask)
        for here, there in zip(one.planes, other.planes, strict=True):
            np.testing.assert_array_equal(here, there)


def test_a_block_that_passes_has_no_arrays() -> None:
    assert drawings_to([None, None], [], []) == {}
    frame = pack({})
    assert drawing_from(unpack(frame), 1, frame.props, YUV420P8) is None
