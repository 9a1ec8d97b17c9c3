"""Worker threads: results in order, and errors; one thread for each product of matrices."""

import subprocess
import sys

import pytest

from vs_lipsync.workers import map_on_workers

BLAS_THREADS = """
import numpy as np
from threadpoolctl import threadpool_info
from vs_lipsync.workers import limit_blas
np.ones((2, 2)) @ np.ones((2, 2))
limit_blas()
print({library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"})
"""


def test_results_come_in_order() -> None:
    assert map_on_workers(lambda number: number**2, range(20)) == [number**2 for number in range(20)]


def test_errors_reach_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        map_on_workers(lambda number: 1 // number, [1, 0])


def test_products_of_matrices_are_computed_by_the_thread_that_asks() -> None:
    """In a process of its own: others may have loaded a BLAS of SciPy's behind NumPy's."""
    done = subprocess.run([sys.executable, "-c", BLAS_THREADS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{1}"
