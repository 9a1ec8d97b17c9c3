"""Faces through shots joined to people."""

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.identity.people import Appearance, group_appearances


def face(person: int, noise: float = 0.0) -> NDArray[np.float32]:
    """The embedding of a numbered person's face; those of two people are 0.8 apart."""
    embedding = np.zeros(128)
    embedding[person] = 0.8 / np.sqrt(2)
    embedding[100] = noise
    return embedding.astype(np.float32)


def test_faces_go_to_the_person_that_they_are_like() -> None:
    appearances = [
        Appearance(0, 10, 5.0, face(0)),
        Appearance(10, 40, 9.0, face(1)),
        Appearance(40, 50, 7.0, face(0, 0.2)),
        Appearance(50, 60, 1.0, face(2)),
    ]
    assert [sorted(person) for person in group_appearances(appearances)] == [[1], [0, 2], [3]]
    assert group_appearances([]) == []


def test_two_faces_in_one_picture_are_two_people() -> None:
    twins = [Appearance(0, 30, 5.0, face(0)), Appearance(20, 50, 4.0, face(0, 0.1)), Appearance(50, 60, 3.0, face(0))]
    assert group_appearances(twins) == [[0, 2], [1]]


def test_whoever_is_in_most_frames_comes_first() -> None:
    """Size decides who is taken first, and time who comes first."""
    large, long = Appearance(0, 10, 100.0, face(0)), Appearance(10, 90, 1.0, face(1))
    assert group_appearances([large, long]) == [[1], [0]]
