"""Putting a new mouth into the footage."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.mouth.wav2lip.faces import FORMATS, crop, landmarks, scenery
from vs_lipsync.faces.landmarks import LIPS
from vs_lipsync.mouth.base import MouthFrame, Patch
from vs_lipsync.mouth.wav2lip.crop import FaceBox, boxes_of, read_face
from vs_lipsync.mouth.wav2lip.paste import paste
from vs_lipsync.planes.composite import lay_over
from vs_lipsync.planes.image import Crop, Region
from vs_lipsync.planes.rgb import to_rgb

REGION = Region(100, 80, 320, 360)
POINTS = landmarks(260, 230, 70)


def box_for(part: Crop) -> FaceBox:
    (box,) = boxes_of([MouthFrame(0, 0, part, POINTS)])
    assert box is not None
    return box


def faces_of(part: Crop) -> tuple[FaceBox, NDArray[np.float32]]:
    box = box_for(part)
    return box, np.clip(read_face(to_rgb(part), part.region, box), 0, 1)


def in_face(box: FaceBox) -> NDArray[np.float64]:
    return np.asarray(POINTS[:, :2] @ box.matrix[:, :2].T + box.matrix[:, 2], np.float64)


def with_mouth(face: NDArray[np.float32], box: FaceBox, colour: tuple[float, float, float]) -> NDArray[np.float32]:
    """Paint a wide open mouth over the lips."""
    lips = in_face(box)[list(LIPS)]
    x, y = (int(v) for v in lips.mean(0))
    shape = cv2.ellipse(np.zeros((96, 96), np.float32), (x, y), (13, 8), 0, 0, 360, 1.0, -1)
    weight = cv2.GaussianBlur(shape, (0, 0), 1.0)[..., None]
    return np.asarray(face * (1 - weight) + weight * np.array(colour, np.float32), np.float32)


def laid(part: Crop, patch: Patch) -> Crop:
    """The crop with the patch laid over it."""
    zero = Region(
        patch.region.x - part.region.x, patch.region.y - part.region.y, patch.region.width, patch.region.height
    )
    target = [plane.copy() for plane in part.planes]
    lay_over(target, part.planes, patch.planes, patch.mask, zero, part.format)
    return Crop(part.region, tuple(target), part.format, part.chroma_location, part.matrix, part.full_range)


def whole_mask(part: Crop, patch: Patch) -> NDArray[np.float32]:
    mask = np.zeros((part.region.height, part.region.width), np.float32)
    x, y = patch.region.x - part.region.x, patch.region.y - part.region.y
    mask[y : y + patch.region.height, x : x + patch.region.width] = patch.mask
    return mask


def made(part: Crop, box: FaceBox, old: NDArray[np.float32], new: NDArray[np.float32]) -> Patch:
    patch = paste(part, POINTS, box, old, new)
    assert patch is not None
    return patch


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_face_leaves_every_sample_as_it_is(name: str) -> None:
    part = crop(REGION, name)
    box, old = faces_of(part)
    patch = made(part, box, old, old)
    assert patch.mask.max() == 1
    region = patch.region
    inner = Region(region.x - REGION.x, region.y - REGION.y, region.width, region.height)
    for index, (plane, source) in enumerate(zip(patch.planes, part.planes, strict=True)):
        assert plane.dtype == part.format.dtype
        expected = source[inner.slices(part.format, index)]
        assert np.array_equal(plane, expected)


@pytest.mark.parametrize("name", FORMATS)
def test_a_new_mouth_shows_and_nothing_else_changes(name: str) -> None:
    part = crop(REGION, name)
    box, old = faces_of(part)
    colour = (0.25, 0.08, 0.10)
    patch = made(part, box, old, with_mouth(old, box, colour))
    result = laid(part, patch)
    before, after = to_rgb(part), to_rgb(result)
    x, y = (POINTS[list(LIPS), :2].mean(0) - (REGION.x, REGION.y)).round().astype(int)
    middle = after[y - 4 : y + 5, x - 4 : x + 5].mean((0, 1))
    expected = (
        np.full(3, np.dot(colour, [0.2126, 0.7152, 0.0722])) if part.format.family == "gray" else np.array(colour)
    )
    np.testing.assert_allclose(middle, expected, atol=0.03)
    # Away from the mouth the skin is what it was; outside the mask, each sample.
    mask = whole_mask(part, patch)
    forehead = slice(0, int(POINTS[:, 1].mean()) - REGION.y - 20)
    np.testing.assert_array_equal(mask[forehead], 0)
    for index, (new, source) in enumerate(zip(result.planes, part.planes, strict=True)):
        shift_x, shift_y = part.format.subsampling(index)
        covered = mask.reshape(mask.shape[0] >> shift_y, 1 << shift_y, mask.shape[1] >> shift_x, 1 << shift_x).max(
            (1, 3)
        )
        np.testing.assert_array_equal(new[covered == 0], source[covered == 0])
        assert (new != source).any()
    cheek = np.abs(after - before).max(-1)[y - 2 : y + 3, x - 34 : x - 30]
    assert cheek.max() < 0.03


def test_mask_covers_mouth_and_chin_alone() -> None:
    part = crop(REGION)
    box, old = faces_of(part)
    patch = made(part, box, old, with_mouth(old, box, (0.2, 0.1, 0.1)))
    mask = whole_mask(part, patch)
    assert mask.min() == 0 and mask.max() == 1
    columns, rows = (POINTS[:, :2] - (REGION.x, REGION.y)).round().astype(int).T
    assert (mask[rows[list(LIPS)], columns[list(LIPS)]] > 0.95).all()
    for index in (33, 263, 168, 10, 234, 454):  # eyes, bridge of the nose, forehead, temples
        assert mask[rows[index], columns[index]] == 0
    for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1]):
        np.testing.assert_array_equal(edge, 0)
    steps = np.concatenate([np.abs(np.diff(mask, axis=axis)).ravel() for axis in (0, 1)])
    assert steps.max() < 0.2  # feathered


@pytest.mark.parametrize("cast", [(1.15, 1.0, 0.85), (0.8, 0.8, 0.8), (1.3, 1.2, 1.1)])
def test_a_cast_of_colour_is_taken_out(cast: tuple[float, float, float]) -> None:
    part = crop(REGION, "RGBS")
    box, old = faces_of(part)
    patch = made(part, box, old, np.clip(old * np.array(cast, np.float32), 0, 1))
    after, before, mask = to_rgb(laid(part, patch)), to_rgb(part), whole_mask(part, patch)
    assert np.abs(after - before)[mask > 0.5].mean() < 0.006
    assert np.abs(after - before).max() < 0.06


def test_texture_stays_where_the_shape_does() -> None:
    fine = scenery(REGION)
    fine += 0.05 * np.sin(np.arange(REGION.width) * 2.1)[None, :, None]  # far finer than the network's face
    part = crop(REGION, "RGBS", fine.astype(np.float32))
    box, old = faces_of(part)
    patch = made(part, box, old, np.asarray(cv2.GaussianBlur(old, (0, 0), 1.0), np.float32))  # a network that blurs
    after, mask = to_rgb(laid(part, patch)), whole_mask(part, patch)
    high = [
        (picture - cv2.GaussianBlur(picture, (0, 0), 2.0))[mask > 0.9] for picture in (fine.astype(np.float32), after)
    ]
    assert np.corrcoef(high[0].ravel(), high[1].ravel())[0, 1] > 0.98
    assert high[1].std() == pytest.approx(high[0].std(), rel=0.03)


def test_grain_goes_over_the_new_mouth_but_the_old_lips_do_not() -> None:
    picture = scenery(REGION, grain=0.02)
    x, y = (POINTS[list(LIPS), :2].mean(0) - (REGION.x, REGION.y)).round().astype(int)
    picture[y : y + 2, x - 15 : x + 15] = 0.05  # the line between closed lips
    part = crop(REGION, "RGBS", picture)
    box, old = faces_of(part)
    patch = made(part, box, old, with_mouth(old, box, (0.3, 0.1, 0.1)))
    after = to_rgb(laid(part, patch))
    inside = after[y - 5 : y + 7, x - 8 : x + 9]
    grain = (inside - cv2.GaussianBlur(inside, (0, 0), 1.2)).std()
    assert 0.4 * 0.02 < grain < 1.2 * 0.02
    assert abs(after[y : y + 2, x - 10 : x + 10].mean() - inside.mean()) < 0.02


def test_mask_ends_where_the_picture_does() -> None:
    part = crop(Region(100, 80, 320, 232))  # the chin is cut off
    box, old = faces_of(part)
    patch = made(part, box, old, with_mouth(old, box, (0.2, 0.1, 0.1)))
    assert patch.region.bottom == 312
    bottom = patch.mask[-1]
    assert bottom.max() > 0.9


def test_a_mouth_outside_of_the_crop_gives_no_patch() -> None:
    part = crop(Region(100, 80, 320, 100))
    box, old = faces_of(part)
    assert paste(part, POINTS, box, old, old) is None


def test_turned_face() -> None:
    points = landmarks(260, 250, 60, 0.5)
    part = crop(Region(60, 60, 400, 400), "YUV420P10")
    (box,) = boxes_of([MouthFrame(0, 0, part, points)])
    assert box is not None
    old = np.clip(read_face(to_rgb(part), part.region, box), 0, 1)
    new = old.copy()
    new[60:85, 35:61] = (0.2, 0.1, 0.1)
    patch = paste(part, points, box, old, new)
    assert patch is not None
    after = to_rgb(laid(part, patch))
    x, y = (points[list(LIPS), :2].mean(0) - (60, 60)).round().astype(int)
    np.testing.assert_allclose(after[y - 2 : y + 3, x - 2 : x + 3].mean((0, 1)), (0.2, 0.1, 0.1), atol=0.03)
