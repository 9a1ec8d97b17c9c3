"""How far a job is, on standard error: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

from vs_lipsync.cli.stopping import leave_if_stopped
from vs_lipsync.timing.position import format_time

__all__ = ["progress", "tell_often"]

_FEWEST_FRAMES = 25  # fewer say nothing of the speed: the first one waits for models to load and for its whole block

_seconds_between_lines = [10.0]


def tell_often() -> None:
    """Write lines several times a second from now on, for a program that reads them."""
    _seconds_between_lines[0] = 0.2


@contextmanager
def progress(what: str, total: int, done: int = 0) -> Iterator[Callable[[], None]]:
    """Show how far a job is while the context lasts.

    Args:
        what: one word for the job.
        total: number of frames.
        done: how many of them were done before.

    Yields:
        A function to call after each frame, which leaves if the program was stopped.
    """
    if sys.stderr.isatty():
        from vs_lipsync.cli.progress_bar import bar  # rich takes a while to load

        with bar(what, total, done) as advance:
            yield _leaving(advance)
    else:
        yield _leaving(_lines(what, total, done))


def _leaving(advance: Callable[[], None]) -> Callable[[], None]:
    def advance_or_leave() -> None:
        leave_if_stopped()
        advance()

    return advance_or_leave


def _lines(what: str, total: int, before: int) -> Callable[[], None]:
    """Return a function that writes a line at the end and every few seconds before it."""
    started = last = time.monotonic()
    done = before

    def advance() -> None:
        nonlocal done, last
        done += 1
        now = time.monotonic()
        made = done - before
        if done < total and (now - last < _seconds_between_lines[0] or made < _FEWEST_FRAMES):
            return
        last = now
        speed = made / max(now - started, 1e-6)
        left = format_time(Fraction((total - done) / speed)).partition(".")[0]
        print(f"{what}: {done}/{total} frames, {speed:.1f} fps, {left} left", file=sys.stderr, flush=True)

    return advance
