"""People told apart without anybody saying who they are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.identity.clustering import group, most_shown, spread_out


def faces(*people: int) -> NDArray[np.float32]:
    """Embeddings of faces of numbered people, 0.8 apart, with 0.2 of noise."""
    rng = np.random.default_rng(0)
    centres = np.eye(128)[:8] * 0.8 / np.sqrt(2)
    noise = rng.normal(0, 1, (len(people), 128))
    return np.asarray(centres[list(people)] + 0.2 * noise / np.linalg.norm(noise, axis=1)[:, None], np.float32)


def test_faces_are_grouped_by_person() -> None:
    people = [0, 1, 0, 0, 2, 1, 0]
    found = group(faces(*people))
    assert sorted(found) == [[0, 2, 3, 6], [1, 5], [4]]
    assert group(faces(3)) == [[0]]
    assert group(np.empty((0, 128))) == []


def test_whoever_most_frames_show_is_shown_most() -> None:
    """One face twice in a frame counts once; size decides between equals alone."""
    embeddings = faces(0, 0, 0, 1, 1, 2)
    assert most_shown(embeddings, [0, 0, 1, 0, 1, 2], [5.0] * 6) in ([0, 1, 2], [3, 4])
    assert most_shown(embeddings, [0, 0, 0, 0, 1, 2], [90.0, 90, 90, 1, 1, 1]) == [3, 4]
    assert most_shown(embeddings, [0, 0, 1, 0, 1, 2], [1, 1, 1, 9, 9, 1]) == [3, 4]
    assert most_shown(np.empty((0, 0)), [], []) == []


@pytest.mark.parametrize(("length", "count"), [(1, 48), (3, 48), (150, 48), (172_800, 48), (9, 2)])
def test_samples_are_spread_over_the_clip(length: int, count: int) -> None:
    step = 4
    chosen = spread_out(length, count, step)
    assert chosen[0] == 0 and chosen[-1] > length - 1 - step and len(chosen) <= count
    assert all(n % step == 0 and 0 <= n < length for n in chosen)
    assert np.ptp(np.diff(chosen, prepend=-step)[1:]) <= step if len(chosen) > 2 else True
