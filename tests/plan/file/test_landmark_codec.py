import tracemalloc
import zlib

import numpy as np
import pytest

from tests.made_faces import landmarks_at
from vs_lipsync.errors import PlanError
from vs_lipsync.faces.face import GRAIN
from vs_lipsync.plan.file.landmark_codec import FARTHEST, decode_landmarks, encode_landmarks


def frames_of(counts: list[int], seed: int = 1) -> list[np.ndarray]:
    """Faces that move and jitter, in whole steps."""
    noise = np.random.default_rng(seed)
    frames = []
    for number, count in enumerate(counts):
        faces = [landmarks_at(200 * rank + 3 * number - 150, 100 - number) for rank in range(count)]
        moved = np.array(faces).reshape(-1, 468, 3) + noise.normal(0, 0.1, (count, 468, 3))
        frames.append((np.rint(moved * GRAIN) / GRAIN + 0.0).astype(np.float32))
    return frames


@pytest.mark.parametrize("counts", [[1], [0], [0, 0, 1], [1, 2, 0, 4, 3, 3], [2] * 64, [0] * 64])
def test_faces_come_back_bit_for_bit(counts: list[int]) -> None:
    frames = frames_of(counts)
    back = decode_landmarks(encode_landmarks(frames), counts)
    assert [one.tobytes() for one in back] == [one.tobytes() for one in frames]


def test_a_face_takes_a_third_of_its_numbers() -> None:
    frames = frames_of([1] * 64)
    assert len(encode_landmarks(frames)) < sum(one.nbytes for one in frames) / 3


def test_data_for_another_number_of_faces_are_refused() -> None:
    data = encode_landmarks(frames_of([1, 1]))
    for counts in ([1], [1, 1, 1], [0], [4] * 64):
        with pytest.raises(PlanError):
            decode_landmarks(data, counts)


def test_a_bomb_takes_no_more_memory_than_the_faces_would() -> None:
    bomb = zlib.compress(bytes(64 << 20), 1)
    tracemalloc.start()
    with pytest.raises(PlanError, match="not those of 1 faces"):
        decode_landmarks(bomb, [1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize("data", [b"", b"junk", zlib.compress(b"short"), encode_landmarks(frames_of([1])) + b"more"])
def test_damaged_data_are_refused(data: bytes) -> None:
    with pytest.raises(PlanError):
        decode_landmarks(data, [1])


def test_points_far_outside_of_any_picture_are_refused() -> None:
    far = np.full((1, 468, 3), 2.0 * FARTHEST, np.float32)
    with pytest.raises(PlanError, match="far outside"):
        decode_landmarks(encode_landmarks([far]), [1])
