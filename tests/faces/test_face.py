"""Finding faces, on the demo clip's first speaker."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.blazeface import Detection
from vs_lipsync.faces.detections import Detector, between, bridged, detections_from, detections_to
from vs_lipsync.faces.face import Face, FaceFinder
from vs_lipsync.planes.frames import rgb_of


@pytest.fixture(scope="module")
def portrait(demo_clip: vs.VideoNode) -> NDArray[np.uint8]:
    return rgb_of(demo_clip.resize.Bicubic(format=vs.RGB24, matrix_in=1).get_frame(30))


@pytest.fixture(scope="module")
def face(portrait: NDArray[np.uint8]) -> Face:
    found = Detector()(portrait)
    assert len(found) == 1
    return FaceFinder()(portrait, found)[0]


def placed(
    portrait: NDArray[np.uint8], face: Face, share: float, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.floating]]:
    """A 960 × 540 picture of blurred colours with the face in it, as wide as a share of it, and the face's middle."""
    rng = np.random.default_rng(seed)
    left, top, right, bottom = face.box
    size = float(max(right - left, bottom - top))
    cut = portrait[max(int(top - 0.4 * size), 0) :, max(int(left - 0.5 * size), 0) : int(right + 0.5 * size)]
    scale = 960 * share / float(right - left)
    small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    blocks = rng.integers(0, 255, (9, 16, 3)).astype(np.uint8)
    ground = np.asarray(cv2.resize(blocks, (960, 540), interpolation=cv2.INTER_CUBIC), np.uint8)
    y, x = (int(rng.integers(0, limit)) for limit in (540 - small.shape[0], 960 - small.shape[1]))
    ground[y : y + small.shape[0], x : x + small.shape[1]] = small
    middle = np.array([(left + right) / 2 - max(left - 0.5 * size, 0), (top + bottom) / 2 - max(top - 0.4 * size, 0)])
    return ground, middle * scale + [x, y]


@pytest.mark.parametrize("share", [0.06, 0.1, 0.2])
def test_small_faces_are_found(portrait: NDArray[np.uint8], face: Face, share: float) -> None:
    detect, find = Detector(), FaceFinder()
    hits = 0
    for seed in range(40):
        picture, middle = placed(portrait, face, share, seed)
        found = find(picture, detect(picture))
        boxes = [one.box for one in found]
        hits += any(np.abs((box[:2] + box[2:]) / 2 - middle).max() < 0.3 * 960 * share for box in boxes)
    assert hits >= 38


def test_a_face_that_fills_the_picture_is_found(portrait: NDArray[np.uint8], face: Face) -> None:
    left, top, right, bottom = face.box.astype(int)
    close = np.ascontiguousarray(portrait[max(top - 5, 0) : bottom + 5, max(left - 5, 0) : right + 5])
    assert len(FaceFinder()(close, Detector()(close))) == 1


def test_points_do_not_depend_on_where_the_face_was_expected(portrait: NDArray[np.uint8], face: Face) -> None:
    size = float((face.box[2:] - face.box[:2]).max())
    (sought,) = Detector()(portrait)
    for shift in (-0.2, 0.1, 0.2):
        off = Detection(sought.centre + np.float32(shift * size), sought.size * (1 + shift), 0.0, sought.eyes)
        (found,) = FaceFinder()(portrait, [off])
        assert np.abs(found.landmarks - face.landmarks)[:, :2].max() < 0.05 * size


def test_where_there_is_no_face_none_is_found(portrait: NDArray[np.uint8], face: Face) -> None:
    ground, _ = placed(portrait, face, 0.1, 3)
    wall = np.ascontiguousarray(portrait[:100, :100] // 8)
    sought = Detection(np.array([50, 50], np.float32), 60.0, 0.0, np.array([[40, 45], [60, 45]], np.float32))
    assert FaceFinder()(wall, [sought]) == []
    assert len(FaceFinder()(ground, Detector()(ground))) == 1


def detection(x: float, y: float, size: float = 40.0) -> Detection:
    centre = np.array([x, y], np.float32)
    return Detection(centre, size, 1.0, centre + np.array([[-8, -5], [8, -5]], np.float32))


def test_faces_move_evenly_between_detections_and_come_and_go() -> None:
    before = [detection(100, 100), detection(300, 100)]
    after = [detection(500, 50), detection(108, 104, 44)]
    moved, gone, come = between(before, after, 0.25)
    np.testing.assert_allclose(moved.centre, [102, 101])
    np.testing.assert_allclose(moved.eyes[0], [94, 96])
    assert moved.size == 41
    assert gone is before[1]
    assert come is after[0]


def test_a_face_that_one_detection_missed_is_sought_where_the_others_have_it() -> None:
    before = [detection(100, 100), detection(300, 100)]
    here = [detection(302, 100)]
    after = [detection(108, 100), detection(304, 100), detection(500, 50)]
    first, missed = bridged(here, before, after)
    assert first is here[0]
    np.testing.assert_allclose(missed.centre, [104, 100])
    assert missed.surrounded
    assert bridged(here, [], after) == bridged(here, before, []) == here


def test_a_blurred_face_is_found_where_frames_around_it_show_one(portrait: NDArray[np.uint8], face: Face) -> None:
    """Its presence falls below what a face alone must have."""
    (sought,) = Detector()(portrait)
    sure = replace(sought, surrounded=True)
    only_surrounded = 0
    for blur in np.linspace(0.03, 0.07, 17):
        blurred = np.asarray(cv2.GaussianBlur(portrait, (0, 0), blur * sought.size), np.uint8)
        alone, among = FaceFinder()(blurred, [sought]), FaceFinder()(blurred, [sure])
        assert len(alone) <= len(among)
        only_surrounded += len(among) - len(alone)
    assert only_surrounded
    wall = np.full_like(portrait, 128)
    assert FaceFinder()(wall, [sure]) == []


def test_detections_travel_as_arrays() -> None:
    found = [detection(1, 2), detection(3, 4, 5)]
    for one, other in zip(found, detections_from(detections_to(found)), strict=True):
        np.testing.assert_array_equal(one.centre, other.centre)
        np.testing.assert_array_equal(one.eyes, other.eyes)
        assert (one.size, one.score) == (other.size, other.score)
    assert detections_from(detections_to([])) == []
