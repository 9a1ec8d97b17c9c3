"""How far BestSource is while it reads a file for its index, on standard error."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import vapoursynth as vs

__all__ = ["reading"]


@contextmanager
def reading() -> Iterator[None]:
    """Show what BestSource tells VapourSynth's log of its progress while the context lasts."""
    terminal = sys.stderr.isatty()
    shown = False

    def show(_kind: vs.MessageType, message: str) -> None:
        nonlocal shown
        found = re.search(r"index progress (\d+)%", message)
        if found is None or (shown and not terminal):
            return
        text, end = (f"\rreading: {found[1]}%", "") if terminal else ("reading the clip for the first time", "\n")
        print(text, end=end, file=sys.stderr, flush=True)
        shown = True

    handler = vs.core.add_log_handler(show)
    try:
        yield
    finally:
        vs.core.remove_log_handler(handler)
        if shown and terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
