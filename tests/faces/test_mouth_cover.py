"""How much of a mouth something lies before, on the demo clip's first speaker."""

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.detections import Detector
from vs_lipsync.faces.face import Face, FaceFinder
from vs_lipsync.faces.landmarks import INNER_LIP, LIPS, inter_ocular
from vs_lipsync.faces.level_crop import LevelCrop
from vs_lipsync.faces.mouth_cover import MouthCover
from vs_lipsync.planes.frames import rgb_of


@pytest.fixture(scope="module")
def portrait(demo_clip: vs.VideoNode) -> NDArray[np.uint8]:
    return rgb_of(demo_clip.resize.Bicubic(format=vs.RGB24, matrix_in=1).get_frame(30))


@pytest.fixture(scope="module")
def face(portrait: NDArray[np.uint8]) -> Face:
    return FaceFinder()(portrait, Detector()(portrait))[0]


def boxed(picture: NDArray[np.uint8], face: Face, colour: tuple[int, int, int], part: float) -> NDArray[np.uint8]:
    """The picture with a box over a part of the lips' width, from the left."""
    lips = face.landmarks[list(LIPS), :2]
    low, high = lips.min(0) - 0.15 * np.ptp(lips[:, 0]), lips.max(0) + 0.15 * np.ptp(lips[:, 0])
    high[0] = low[0] + part * (high[0] - low[0])
    left, top, right, bottom = (round(float(side)) for side in (*low, *high))
    return np.asarray(cv2.rectangle(picture.copy(), (left, top), (right, bottom), colour, cv2.FILLED), np.uint8)


@pytest.mark.parametrize("colour", [(20, 20, 24), (240, 240, 240), (40, 90, 200)])
def test_a_box_over_the_lips_covers_them(portrait: NDArray[np.uint8], face: Face, colour: tuple[int, int, int]) -> None:
    cover = MouthCover()
    assert cover(portrait, face.landmarks) == face.cover < 0.05
    assert cover(boxed(portrait, face, colour, 1.0), face.landmarks) > 0.6
    assert 0.2 < cover(boxed(portrait, face, colour, 0.5), face.landmarks) < 0.8


def test_an_overexposed_face_tells_nothing(portrait: NDArray[np.uint8], face: Face) -> None:
    """Skin that is white all over looks like a white mask to the net."""
    white = np.asarray(np.clip(portrait.astype(np.int32).max(-1, keepdims=True) * [4, 4, 4], 0, 255), np.uint8)
    assert MouthCover()(boxed(white, face, (20, 20, 24), 1.0), face.landmarks) == 0


def test_skin_before_the_lips_covers_them(portrait: NDArray[np.uint8], face: Face) -> None:
    """A finger in the colour of the cheeks, round and darker towards its edges."""
    x, y = (float(side) for side in face.landmarks[list(INNER_LIP), :2].mean(0))
    unit = float(inter_ocular(face.landmarks))
    cheek = face.landmarks[205, :2].round().astype(int)
    rows, columns = np.mgrid[: portrait.shape[0], : portrait.shape[1]]
    away = np.abs(columns - x) / (0.22 * unit)
    finger = (away < 1) & (rows > y - 0.7 * unit)
    shade = 1 - 0.4 * away[..., None] ** 3
    made = np.where(finger[..., None], portrait[cheek[1], cheek[0]] * shade, portrait)
    assert MouthCover()(np.asarray(made, np.uint8), face.landmarks) > 0.2


def test_the_size_of_the_picture_and_the_head_s_turn_do_not_matter(portrait: NDArray[np.uint8], face: Face) -> None:
    covered = boxed(portrait, face, (20, 20, 24), 1.0)
    for picture, least, most in ((portrait, 0.0, 0.05), (covered, 0.6, 1.0)):
        for scale, turn in ((0.5, 0.0), (2.5, 0.0), (1.0, 40.0)):
            height, width = (round(scale * side) for side in picture.shape[:2])
            matrix = np.asarray(cv2.getRotationMatrix2D((0.0, 0.0), turn, scale), np.float64)
            matrix[:, 2] += np.array([width, height]) / 2 - matrix[:, :2] @ np.array(portrait.shape[1::-1]) / 2
            moved = np.asarray(cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_AREA), np.uint8)
            landmarks = scale * face.landmarks
            landmarks[:, :2] = face.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
            assert least <= MouthCover()(moved, landmarks) <= most


def test_places_go_into_a_crop_and_back() -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(picture, (230, 140), 3, (255, 255, 255), cv2.FILLED)
    eyes = np.array([[180.0, 100.0], [240.0, 120.0]])
    for size in (60.0, 200.0):
        crop = LevelCrop.of(picture, np.array([220.0, 130.0]), size, eyes, 48, alias=2.0)
        inside = crop.inside(np.array([230.0, 140.0]))
        brightest = np.array(np.unravel_index(crop.rgb[..., 0].argmax(), crop.rgb.shape[:2]))[::-1]
        assert np.abs(inside - brightest).max() <= 3 * 48 / size + 1
        np.testing.assert_allclose(crop.outside(inside), [230.0, 140.0], atol=1e-3)
