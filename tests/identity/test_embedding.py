"""Who a face is."""

import numpy as np
import pytest

from tests.made_faces import face_at, landmarks_at
from vs_lipsync.faces.landmarks import LEFT_EYE, RIGHT_EYE
from vs_lipsync.identity.embedding import chip, distance, embed, quality
from vs_lipsync.identity.face_net import SIDE, FaceNet
from vs_lipsync.planes.image import Crop, Region, SampleFormat


def test_the_net_computes_what_dlib_does() -> None:
    """The numbers are dlib 20.0.1's for this pattern."""
    y, x = np.mgrid[:SIDE, :SIDE]
    pattern = np.stack([(x * 3 + y) % 256, (x * y // 40) % 256, (((x - 75) ** 2 + (y - 75) ** 2) // 60) % 256], -1)
    made = FaceNet()(pattern[None].astype(np.uint8))[0]
    expected = [-0.058022, 0.089547, 0.028313, -0.012043, -0.060272, -0.039915, -0.067788, -0.00049]
    np.testing.assert_allclose(made[:8], expected, atol=2e-6)
    np.testing.assert_allclose(made[-4:], [0.019735, -0.015133, -0.064729, -0.015839], atol=2e-6)
    assert np.linalg.norm(made) == pytest.approx(1.3092314, abs=2e-6)


def test_embeddings_do_not_depend_on_what_is_embedded_beside_them() -> None:
    chips = [np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8) for seed in range(3)]
    together = embed(chips)
    assert together.shape == (3, 128)
    for one, numbers in zip(chips, together, strict=True):
        np.testing.assert_array_equal(embed([one])[0], numbers)
    assert embed([]).shape == (0, 128)
    assert distance(together[0], together[0]) == 0 < distance(together[0], together[1])


@pytest.mark.parametrize(("unit", "turn"), [(30.0, 0.0), (60.0, 25.0), (200.0, -40.0)])
def test_a_chip_is_level_and_of_one_size(unit: float, turn: float) -> None:
    """The middles of the eyes come to lie where dlib has them, whatever the size and roll of the face."""
    size = int(unit * 7)
    x, y = size * 0.45, size * 0.4
    face = landmarks_at(0, 0, unit)
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    face[:, :2] = face[:, :2] @ rotation.T + [x, y]
    picture = np.zeros((size, size), np.uint8)
    rows, columns = np.mgrid[:size, :size]
    for eye in (LEFT_EYE, RIGHT_EYE):
        middle = face[list(eye), :2].mean(0)
        picture[(columns - middle[0]) ** 2 + (rows - middle[1]) ** 2 < (unit / 6) ** 2] = 255
    origin = 16  # the crop is a part of a larger picture
    face[:, :2] += origin
    crop = Crop(
        Region(origin, origin, size, size), (picture,), SampleFormat("gray", np.dtype(np.uint8), 8), full_range=True
    )
    made = chip(crop, face)
    assert made.shape == (SIDE, SIDE, 3)
    for half, expected in ((slice(0, 75), 47.7), (slice(75, 150), 100.3)):
        bright = made[:, half, 0].astype(float)
        at_x = (bright.sum(0) * np.arange(150)[half]).sum() / bright.sum()
        at_y = (bright.sum(1) * np.arange(150)).sum() / bright.sum()
        assert at_x == pytest.approx(expected, abs=3)
        assert at_y == pytest.approx(47, abs=4)


def test_large_and_frontal_faces_show_best_who_they_are() -> None:
    best = quality(face_at(320, 200, 60))
    assert best > 0.9
    assert best > quality(face_at(320, 200, 25)) > 0
    assert best > quality(face_at(320, 200, 60, yaw=40)) > 0
    assert quality(face_at(320, 200, 60, yaw=60)) == 0
    assert quality(face_at(320, 200, 10)) == 0
    assert quality(face_at(320, 200, 60, presence=3.0)) == 0
