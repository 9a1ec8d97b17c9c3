import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import (
    JAW,
    LIPS,
    MOUTH,
    MOUTH_POINTS,
    POINTS,
    STABLE,
    Pose,
    canonical_face,
    inter_ocular,
    mouth_opening,
)


def turned(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """A rotation of the picture's axes: first roll, then pitch, then yaw, as `Pose.angles` names them."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def test_points_are_named_once() -> None:
    assert len(set(MOUTH)) == len(MOUTH) == len(LIPS) + len(JAW) == MOUTH_POINTS == 53
    assert not set(MOUTH) & set(STABLE)
    assert max(*MOUTH, *STABLE) < POINTS


def test_canonical_face_is_in_its_own_frame() -> None:
    face = canonical_face()
    assert inter_ocular(face) == pytest.approx(1.0, abs=1e-3)
    assert np.isfinite(face[list(MOUTH)]).all()
    assert np.isfinite(face[list(STABLE)]).all()
    pose = Pose.of(face)
    np.testing.assert_allclose(pose.angles, 0, atol=1e-3)
    assert pose.scale == pytest.approx(1.0)


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(30, 0, 0), (-40, 0, 0), (0, 20, 0), (0, -15, 0), (0, 0, 25)])
def test_angles_are_those_the_head_was_turned_by(yaw: float, pitch: float, roll: float) -> None:
    seen = canonical_face().astype(np.float64) @ turned(yaw, pitch, roll).T * 80 + [300, 200, 10]
    np.testing.assert_allclose(Pose.of(seen).angles, [yaw, pitch, roll], atol=1e-3)


def test_pose_is_removed_and_restored() -> None:
    face = canonical_face().astype(np.float64)
    seen = face @ turned(25, -10, 8).T * 63 + [120, 340, -5]
    pose = Pose.of(seen)
    mouth = list(MOUTH)
    np.testing.assert_allclose(pose.remove(seen[mouth]), face[mouth], atol=1e-6)
    np.testing.assert_allclose(pose.restore(face[mouth]), seen[mouth], atol=1e-4)


def test_opening_is_the_gap_between_the_lips() -> None:
    shape = canonical_face()[list(MOUTH)]
    lower = shape.copy()
    lower[[24, 25, 26], 1] += 0.1
    assert float(mouth_opening(lower) - mouth_opening(shape)) == pytest.approx(0.1, abs=1e-6)
