import numpy as np

from tests.made_faces import landmarks_at
from vs_lipsync.faces.landmarks import MOUTH, mouth_width
from vs_lipsync.faces.smoothing import smooth


def test_jitter_of_a_still_face_is_averaged_out() -> None:
    rng = np.random.default_rng(0)
    truth = landmarks_at(300, 200, 60)
    noisy = np.stack([truth + rng.normal(0, 0.3, truth.shape) for _ in range(40)]).astype(np.float32)
    error = np.abs(smooth(noisy)[5:-5] - truth).mean()
    assert error < 0.5 * np.abs(noisy[5:-5] - truth).mean()


def test_a_jump_is_not_drawn_out() -> None:
    before, after = landmarks_at(300, 200, 60), landmarks_at(320, 200, 60)
    landmarks = np.stack([before] * 10 + [after] * 10)
    np.testing.assert_allclose(smooth(landmarks), landmarks, atol=1e-3)


def test_lips_that_move_are_left_alone_though_the_head_is_still() -> None:
    face = landmarks_at(300, 200, 60)
    landmarks = np.stack([face] * 20)
    opening = 6 * np.sin(np.arange(20))
    landmarks[:, list(MOUTH), 1] += opening[:, None].astype(np.float32)
    moved = smooth(landmarks)[:, list(MOUTH), 1].mean(1) - face[list(MOUTH), 1].mean()
    assert np.corrcoef(moved, opening)[0, 1] > 0.999
    assert np.std(moved) > 0.95 * np.std(opening)


def test_corners_of_a_still_mouth_are_steadied_more_than_its_middle() -> None:
    rng = np.random.default_rng(2)
    truth = landmarks_at(300, 200, 60)
    noisy = np.stack([truth + rng.normal(0, 0.3, truth.shape) for _ in range(60)]).astype(np.float32)
    steadied = smooth(noisy)

    def jitter(landmarks: np.ndarray, point: int) -> float:
        return float(np.abs(np.diff(landmarks[4:-4, point, :2], 2, axis=0)).mean())

    for corner in (61, 291, 78, 308):
        assert jitter(steadied, corner) < 0.2 * jitter(noisy, corner)
        assert jitter(steadied, corner) < jitter(steadied, 13)


def test_a_mouth_that_narrows_and_widens_keeps_its_width() -> None:
    face = landmarks_at(300, 200, 60)
    landmarks = np.stack([face] * 60)
    stretch = 1 + 0.15 * np.sin(2 * np.pi * np.arange(60) * 3 / 25)  # 3 times a second
    middle = face[list(MOUTH), 0].mean()
    landmarks[:, list(MOUTH), 0] = middle + (face[list(MOUTH), 0] - middle) * stretch[:, None]
    widths, kept = mouth_width(landmarks[:, list(MOUTH)]), mouth_width(smooth(landmarks)[:, list(MOUTH)])
    assert np.std(kept[4:-4]) > 0.9 * np.std(widths[4:-4])
    assert np.corrcoef(kept, widths)[0, 1] > 0.98


def test_lost_frames_stay_lost_and_add_nothing() -> None:
    landmarks = np.stack([landmarks_at(300, 200, 60)] * 12)
    landmarks[4:6] = np.nan
    result = smooth(landmarks)
    assert np.isnan(result[4:6]).all()
    np.testing.assert_allclose(np.delete(result, [4, 5], 0), np.delete(landmarks, [4, 5], 0), atol=1e-3)


def test_pieces_equal_the_whole_away_from_their_ends() -> None:
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.normal(0, 0.5, (60, 1, 3)), 0)
    landmarks = (landmarks_at(300, 200, 60) + walk + rng.normal(0, 0.2, (60, 468, 3))).astype(np.float32)
    whole = smooth(landmarks)
    np.testing.assert_allclose(smooth(landmarks[10:50])[3:-3], whole[13:47], atol=1e-3)
