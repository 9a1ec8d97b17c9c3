"""Worker threads, with results that do not depend on how many there are."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, wraps
from threading import Lock

from threadpoolctl import threadpool_limits

__all__ = ["limit_blas", "map_on_workers", "once", "processors"]


def map_on_workers[T, R](function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Call a function on each item, on the worker threads, one of which computes each item alone.

    The threads live as long as the process: memory that one frees goes to an arena of its own, which a new thread would
    not use again.

    Args:
        function: must neither call this function nor wait for VapourSynth.
        items: each is its argument in one call.

    Returns:
        The results, in the order of the items.

    Raises:
        Exception: what the function raises for the first item, in their order, for which it raises anything.
    """
    return list(_workers().map(function, items))


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(processors(), thread_name_prefix="lipsync")


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def once[T](make: Callable[[], T]) -> Callable[[], T]:
    """Return a function that returns what another one makes when it is first called, for all threads that call it.

    With `functools.cache`, threads that come first at the same time would each make one of their own.

    Args:
        make: what takes long, such as loading a model. It must not wait for VapourSynth; what it raises is not kept.
    """
    made: list[T] = []
    lock = Lock()

    @wraps(make)
    def call() -> T:
        if not made:
            with lock:
                if not made:
                    made.append(make())
        return made[0]

    return call


@cache
def limit_blas() -> None:
    """Have NumPy's BLAS compute on the thread that calls it, in the whole process and from now on.

    VapourSynth and the worker threads keep all processors busy. BLAS's own threads would wait for each other beside
    them, by which small products take ten times as long, and how they divide a sum would change the last bits.
    """
    threadpool_limits(1, user_api="blas")
