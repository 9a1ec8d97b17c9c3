"""Worker threads: results in order, and errors; one thread for each product of matrices."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from vs_lipsync.workers import limit_blas, map_on_workers


def test_results_come_in_order() -> None:
    assert map_on_workers(lambda number: number**2, range(20)) == [number**2 for number in range(20)]


def test_errors_reach_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        map_on_workers(lambda number: 1 // number, [1, 0])


def test_products_of_matrices_are_computed_by_the_thread_that_asks() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    limit_blas()
    assert {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} == {1}
