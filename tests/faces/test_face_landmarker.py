"""The landmark net, and how faces are cut out for it."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.blazeface import Detection
from vs_lipsync.faces.detections import Detector
from vs_lipsync.faces.face_landmarker import SIDE, FaceLandmarker, around
from vs_lipsync.faces.landmarks import LEFT_EYE, RIGHT_EYE, inter_ocular
from vs_lipsync.planes.frames import rgb_of

MIDDLE = [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 2, 164, 0, 13, 14, 17, 200, 152]
"""Points on the line from the forehead over nose and lips to the chin."""


@pytest.fixture(scope="module")
def portrait(demo_clip: vs.VideoNode) -> NDArray[np.uint8]:
    return rgb_of(demo_clip.resize.Bicubic(format=vs.RGB24, matrix_in=1).get_frame(30))


@pytest.fixture(scope="module")
def face(portrait: NDArray[np.uint8]) -> Detection:
    (found,) = Detector()(portrait)
    return found


def test_the_net_computes_what_litert_does() -> None:
    """The numbers are those of LiteRT 2.3.0 and the TFLite file for this pattern."""
    y, x = np.mgrid[:SIDE, :SIDE]
    pattern = np.stack([(x * 3 + y) % 256, (x * y // 40) % 256, (((x - 128) ** 2 + (y - 128) ** 2) // 60) % 256], -1)
    whole = Detection(
        np.full(2, (SIDE - 1) / 2, np.float32), SIDE / 1.5, 0.0, np.array([[100, 100], [150, 100]], np.float32)
    )
    points, presence = FaceLandmarker()(pattern.astype(np.uint8), whole)
    expected = [
        [110.448540, 190.681244, -11.976469],
        [109.103416, 193.122208, -6.086769],
        [109.832932, 191.654999, -4.935644],
        [104.691765, 226.714966, 15.298797],
        [178.676605, 106.731255, 1.869175],
        [184.001358, 100.853104, 0.086702],
    ]
    assert points.shape == (468, 3)
    np.testing.assert_allclose(points[[0, 13, 14, 152, 263, 467]], np.array(expected) - [0.5, 0.5, 0.0], atol=2e-3)
    assert presence == pytest.approx(-22.576212, abs=2e-3)


def test_a_face_has_its_points_where_it_is(portrait: NDArray[np.uint8], face: Detection) -> None:
    points, presence = FaceLandmarker()(portrait, face)
    assert presence > 15
    found = around(points, presence)
    np.testing.assert_allclose(found.centre, face.centre, atol=0.02 * face.size)
    assert found.size == pytest.approx(face.size, rel=0.03)
    left, right = (points[list(eye), 0].mean() for eye in (LEFT_EYE, RIGHT_EYE))
    assert left < points[1, 0] < right
    assert (np.diff(points[[10, 168, 1, 13, 152], 1]) > 0).all()


def test_a_mirror_image_has_mirrored_points(portrait: NDArray[np.uint8], face: Detection) -> None:
    """Whatever the net takes for the place of a pixel, left and right are treated alike: no half pixel is lost."""
    width = portrait.shape[1]
    mirrored = np.ascontiguousarray(portrait[:, ::-1])
    flip, edge = np.array([-1, 1], np.float32), np.array([width - 1, 0], np.float32)
    there = Detection(face.centre * flip + edge, face.size, 0.0, face.eyes[::-1] * flip + edge)
    landmarker = FaceLandmarker()
    (one, _), (other, _) = landmarker(portrait, face), landmarker(mirrored, there)
    apart = one[MIDDLE, 0] - (width - 1 - other[MIDDLE, 0])
    assert abs(apart.mean()) < 0.01 * inter_ocular(one)


@pytest.mark.parametrize("turn", [-30.0, 45.0])
def test_a_turned_face_has_turned_points(portrait: NDArray[np.uint8], face: Detection, turn: float) -> None:
    matrix = cv2.getRotationMatrix2D((float(face.centre[0]), float(face.centre[1])), turn, 1.0)
    turned = np.asarray(cv2.warpAffine(portrait, matrix, portrait.shape[1::-1], flags=cv2.INTER_CUBIC), np.uint8)
    eyes = face.eyes @ matrix[:, :2].T + matrix[:, 2]
    landmarker = FaceLandmarker()
    (upright, _), (points, _) = (
        landmarker(portrait, face),
        landmarker(turned, Detection(face.centre, face.size, 0.0, eyes.astype(np.float32))),
    )
    expected = upright[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(points[:, :2] - expected).mean() < 0.01 * inter_ocular(upright)


def test_a_large_picture_is_shrunk_without_a_shift(portrait: NDArray[np.uint8], face: Detection) -> None:
    factor = max(2, int(np.ceil(5 * SIDE / (1.5 * face.size))))
    large = np.repeat(np.repeat(portrait, factor, 0), factor, 1)

    def to_large(at: NDArray[np.float32]) -> NDArray[np.float32]:
        return ((at + 0.5) * factor - 0.5).astype(np.float32)

    there = Detection(to_large(face.centre), face.size * factor, 0.0, to_large(face.eyes))
    landmarker = FaceLandmarker()
    (small, _), (points, _) = landmarker(portrait, face), landmarker(large, there)
    apart = points[:, :2] - to_large(small[:, :2])
    assert np.abs(apart.mean(0)).max() < 0.01 * inter_ocular(points)


def test_threads_share_the_net_and_change_no_bit(portrait: NDArray[np.uint8], face: Detection) -> None:
    alone = FaceLandmarker()(portrait, face)[0]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: FaceLandmarker()(portrait, face)[0], range(16)))
    for points in made:
        np.testing.assert_array_equal(points, alone)
