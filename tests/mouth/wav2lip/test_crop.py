"""Where the network looks."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.mouth.wav2lip.faces import frame, landmarks
from vs_lipsync.faces.landmarks import LEFT_EYE, RIGHT_EYE
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.wav2lip.crop import FaceBox, boxes_of, read_face
from vs_lipsync.planes.image import Region


def box_of(points: NDArray[np.float32], *, level: bool = True) -> FaceBox:
    (box,) = boxes_of([frame(0, points)], level=level)
    assert box is not None
    return box


def mapped(box: FaceBox, points: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(points[:, :2] @ box.matrix[:, :2].T + box.matrix[:, 2], np.float64)


def test_box_is_that_of_a_face_detector() -> None:
    points = landmarks(400, 300, 80)
    box = box_of(points)
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    size = high - low
    # About the landmarks' rectangle, with the forehead above it and a little room below the chin.
    assert box.x - box.width / 2 == pytest.approx(low[0] + 0.003 * size[0], abs=0.5)
    assert box.x + box.width / 2 == pytest.approx(high[0] - 0.003 * size[0], abs=0.5)
    assert box.y - box.height / 2 == pytest.approx(low[1] - 0.092 * size[1], abs=0.5)
    assert box.y + box.height / 2 == pytest.approx(high[1] + 0.028 * size[1], abs=0.5)
    assert box.angle == pytest.approx(0, abs=1e-6)


def test_matrix_takes_the_edges_of_the_box_to_the_edges_of_the_face() -> None:
    box = FaceBox(100.5, 60.25, 48, 120, 0.0)
    corners = np.array([[76.5, 0.25], [124.5, 120.25]])
    np.testing.assert_allclose(mapped(box, corners), [[-0.5, -0.5], [95.5, 95.5]], atol=1e-9)


@pytest.mark.parametrize("roll", [-0.6, -0.1, 0.3, 1.2, 3.0])
def test_levelled_box_turns_with_the_face(roll: float) -> None:
    upright, turned = landmarks(400, 300, 80), landmarks(400, 300, 80, roll)
    np.testing.assert_allclose(mapped(box_of(turned), turned), mapped(box_of(upright), upright), atol=0.02)
    in_face = mapped(box_of(turned), turned)
    assert in_face[list(LEFT_EYE), 1].mean() == pytest.approx(in_face[list(RIGHT_EYE), 1].mean(), abs=0.01)


def test_unlevelled_box_stays_upright() -> None:
    box = box_of(landmarks(400, 300, 80, 0.3), level=False)
    assert box.angle == 0
    points = landmarks(400, 300, 80, 0.3)
    assert box.width == pytest.approx(np.ptp(points[:, 0]) * 0.994, rel=0.01)


def test_region_holds_the_turned_box() -> None:
    box = FaceBox(200, 150, 80, 120, 0.5)
    cos, sin = np.cos(0.5), np.sin(0.5)
    corners = np.array([[sx * 40, sy * 60] for sx in (-1, 1) for sy in (-1, 1)]) @ np.array([[cos, sin], [-sin, cos]])
    corners += (200, 150)
    region = box.region
    assert corners.min() >= 0
    assert region.x <= corners[:, 0].min() < region.x + 2
    assert region.right - 2 <= corners[:, 0].max() <= region.right
    assert region.y <= corners[:, 1].min() < region.y + 2
    assert region.bottom - 2 <= corners[:, 1].max() <= region.bottom


def positions(window: list[MouthFrame]) -> list[float | None]:
    return [None if box is None else box.x for box in boxes_of(window)]


def test_smoothing_is_a_centred_mean_of_five() -> None:
    xs = [300.0, 303, 299, 305, 310, 302, 301]
    window = [frame(i, landmarks(x, 300, 40)) for i, x in enumerate(xs)]
    offset = box_of(landmarks(0.0 + 300, 300, 40)).x - 300
    expected = [np.mean(xs[max(0, i - 2) : i + 3]) + offset for i in range(7)]
    np.testing.assert_allclose(np.array(positions(window), float), expected, atol=1e-3)


def test_smoothing_does_not_cross_a_cut_or_take_in_frames_without_a_face() -> None:
    shots = [(0, 300), (0, 300), (2, 500), (2, 500), (2, None), (2, 500)]
    window = [frame(i, None if x is None else landmarks(x, 300, 40), shot) for i, (shot, x) in enumerate(shots)]
    found = positions(window)
    offset = box_of(landmarks(300, 300, 40)).x - 300
    assert found[4] is None
    for got, (_, x) in zip(found, shots, strict=True):
        assert (got is None) == (x is None)
        if got is not None and x is not None:
            assert got == pytest.approx(x + offset, abs=1e-3)


def test_angles_are_averaged_across_half_a_turn() -> None:
    window = [frame(i, landmarks(300, 300, 40, np.pi + tilt)) for i, tilt in enumerate((-0.02, 0.02, -0.02, 0.02))]
    for box in boxes_of(window):
        assert box is not None
        assert abs(np.remainder(box.angle, 2 * np.pi) - np.pi) < 0.021


def test_unusable_frames_have_no_box() -> None:
    points = landmarks(300, 300, 40)
    broken = points.copy()
    broken[5, 0] = np.nan
    good = frame(0, points)
    window = [
        MouthFrame(0, 0, None, points),
        MouthFrame(1, 0, good.crop, None),
        MouthFrame(2, 0, good.crop, broken),
        MouthFrame(3, 0, good.crop, points[:100]),
        MouthFrame(4, 0, good.crop, landmarks(300, 300, 4)),
        good,
    ]
    assert [box is None for box in boxes_of(window)] == [True] * 5 + [False]


@pytest.mark.parametrize(("size", "angle"), [(60, 0.0), (96, 0.0), (150, 0.4), (260, -0.2), (600, 0.1)])
def test_face_is_read_at_the_right_places(size: float, angle: float) -> None:
    # A picture whose colours are its coordinates reads as the inverse of the matrix.
    region = Region(40, 30, 1000, 900)
    columns, rows = np.meshgrid(np.arange(1000) + 40.0, np.arange(900) + 30.0)
    picture = np.stack([columns, rows, columns + rows], -1).astype(np.float32)
    box = FaceBox(540.0, 480.0, size, size * 1.2, angle)
    face = read_face(picture, region, box)
    inverse = np.linalg.inv(np.r_[box.matrix, [[0, 0, 1]]])
    u, v = np.meshgrid(np.arange(96), np.arange(96))
    expected = np.stack([u, v, np.ones_like(u)], -1) @ inverse[:2].T
    # OpenCV places samples to 1/32 of a sample.
    np.testing.assert_allclose(face[..., :2], expected, atol=0.04 * max(1, size / 96))


def test_reading_a_large_face_averages() -> None:
    draw = np.random.default_rng(0)
    region = Region(0, 0, 960, 960)
    noise = draw.normal(0, 1, (960, 960, 3)).astype(np.float32)
    face = read_face(noise, region, FaceBox(479.5, 479.5, 800, 800, 0.0))
    assert face.std() < 0.2  # 8 x 8 samples into one


def test_beyond_the_crop_its_edge_is_repeated() -> None:
    face = read_face(np.full((50, 50, 3), 0.7, np.float32), Region(100, 100, 50, 50), FaceBox(100, 100, 96, 96, 0.2))
    np.testing.assert_allclose(face, 0.7, atol=1e-6)
