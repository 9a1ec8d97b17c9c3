"""Worker threads, with results that do not depend on how many there are."""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import torch

__all__ = ["map_on_workers", "run_on_worker"]


def map_on_workers[T, R](function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Call a function on each item, on the worker threads, in PyTorch's inference mode.

    How PyTorch divides a sum among threads changes its last bits, and a mouth with them; and its number of threads is
    set for each calling thread, so that a frame could differ with the thread that rendered it. Here one thread alone
    computes each item. The threads live as long as the process: memory that one frees goes to an arena of its own,
    which a new thread would not use again.

    Args:
        function: must neither call this function nor wait for VapourSynth.
        items: each is its argument in one call.

    Returns:
        The results, in the order of the items.

    Raises:
        Exception: what the function raises for the first item, in their order, for which it raises anything.
    """
    # Inference mode belongs to a thread, so that it is entered there.
    return list(_workers().map(torch.inference_mode()(function), items))


def run_on_worker[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function on a worker thread, as `map_on_workers` does, and return its result."""
    return map_on_workers(lambda _: function(*args, **kwargs), [None])[0]


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_processors(), thread_name_prefix="lipsync", initializer=_compute_alone)


def _compute_alone() -> None:
    """Let PyTorch use no further threads for this one, and leave the setting of all other threads as it was."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    # The call also set what threads start with that have not used PyTorch yet. Only from another thread can it be set
    # back without changing this one's.
    other = threading.Thread(target=torch.set_num_threads, args=(usual,))
    other.start()
    other.join()


def _processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
