"""PyTorch on the worker threads, with results that do not depend on how many there are."""

import threading
from collections.abc import Callable, Iterable

import torch

from vs_lipsync.workers import map_on_workers

__all__ = ["map_in_torch"]

_OF_THREAD = threading.local()  # has the attribute `alone` once the thread computes without others


def map_in_torch[T, R](function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Call a function on each item as `map_on_workers` does, in PyTorch's inference mode and on one thread each.

    How PyTorch divides a sum among threads changes its last bits, and a mouth with them; and its number of threads is
    set for each calling thread, so that a frame could differ with the thread that rendered it.
    """

    # Inference mode belongs to a thread, as the number of threads does: both are set where the work is done.
    @torch.inference_mode()
    def alone(item: T) -> R:
        _compute_alone()
        return function(item)

    return map_on_workers(alone, items)


def _compute_alone() -> None:
    """Let PyTorch use no further threads for this one, and leave the setting of all other threads as it was."""
    if hasattr(_OF_THREAD, "alone"):
        return
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    # The call also set what threads start with that have not used PyTorch yet. Only from another thread can it be set
    # back without changing this one's.
    other = threading.Thread(target=torch.set_num_threads, args=(usual,))
    other.start()
    other.join()
    _OF_THREAD.alone = True
