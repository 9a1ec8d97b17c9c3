"""Worker threads: results in order, and errors."""

import pytest

from vs_lipsync.workers import map_on_workers


def test_results_come_in_order() -> None:
    assert map_on_workers(lambda number: number**2, range(20)) == [number**2 for number in range(20)]


def test_errors_reach_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        map_on_workers(lambda number: 1 // number, [1, 0])
