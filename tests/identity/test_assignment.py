"""Whom each voice is given to, and how surely."""

import numpy as np
import pytest

from vs_lipsync.identity.assignment import NOBODY, assign


def people(evidence: list[list[float]]) -> list[int]:
    return [one.person for one in assign(np.array(evidence, np.float64).reshape(len(evidence), -1))]


def test_each_voice_goes_to_the_person_it_fits() -> None:
    assert people([[0, 9], [7, 0], [1, 1]]) == [1, 0]


def test_no_person_gets_two_voices() -> None:
    """The second voice fits the first person too, but less."""
    assert people([[9, 8], [0, 1]]) == [0, 1]


def test_a_voice_that_fits_nobody_is_nobodys() -> None:
    assert people([[-2, 5], [-1, -3]]) == [NOBODY, 0]
    assert people([[5, 4]]) == [0, NOBODY]


@pytest.mark.parametrize("margin", [0.0, 1.0, 6.0])
def test_the_confidence_is_that_of_the_margin(margin: float) -> None:
    """The other way round is worse by 2 · margin."""
    both = [[3.0 + margin, 3.0], [3.0, 3.0 + margin]]
    for one in assign(np.array(both)):
        assert one.confidence == pytest.approx(1 / (1 + np.exp(-min(2 * margin, 3 + margin))), abs=1e-6)


def test_it_takes_more_to_be_nobodys_where_that_is_unlikely() -> None:
    evidence = np.array([[-2.0, 5.0], [-1.0, -3.0]])
    assert [one.person for one in assign(evidence, -4.0)] == [1, 0]


def test_there_may_be_nobody_at_all() -> None:
    assert [one.person for one in assign(np.zeros((0, 2)))] == [NOBODY, NOBODY]
