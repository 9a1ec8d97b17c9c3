"""Processes that this one starts to work for it, and which end with it, however it ends."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from vs_lipsync.cli.stopping import listen

__all__ = ["Child", "end_with_parent", "interrupts_held", "stop"]

_GRACE = 10.0
"""Seconds that a process has to end what it started, before it is killed."""


class Child:
    """A process that was started with an end of a pipe as its first argument."""

    def __init__(self, target: Callable[..., None], *arguments: object, daemon: bool) -> None:
        """Prepare a process.

        Args:
            target: a function of a module, which is called in the process with its end of the pipe and the arguments.
            arguments: can be pickled.
            daemon: whether it starts no processes of this kind itself.
        """
        context = multiprocessing.get_context("spawn")
        self.connection: Connection[Any, Any]
        self.connection, self._theirs = context.Pipe()
        self._process = context.Process(target=target, args=(self._theirs, *arguments), daemon=daemon)

    def start(self) -> None:
        """Start the process."""
        self._process.start()
        self._theirs.close()  # so that its end is noticed

    def receive(self) -> object:
        """Return what the process sends.

        Raises:
            EOFError: it has ended instead.
        """
        try:
            return self.connection.recv()
        except OSError as error:
            raise EOFError from error

    def send(self, message: object) -> None:
        """Send to the process; `receive` tells if it has ended."""
        with contextlib.suppress(OSError):
            self.connection.send(message)

    @property
    def ending(self) -> str:
        """How the process ended: waits for it."""
        self._process.join(_GRACE)
        code = self._process.exitcode
        return f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"

    def terminate(self) -> None:
        """Tell the process to end."""
        if self._process.pid is not None:
            self._process.terminate()

    def join(self) -> None:
        """Wait for the process to end, and make it end if it does not."""
        if self._process.pid is not None:
            self._process.join(_GRACE)
            self._process.kill()
            self._process.join()
        self.connection.close()


def stop(children: Sequence[Child]) -> None:
    """End processes that are still there, and wait until they have gone."""
    for child in children:
        child.terminate()
    for child in children:
        child.join()


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while the context lasts; processes that are started in it never see it, and are ended by us."""
    if os.name != "posix":
        yield
        return
    resource_tracker.ensure_running()  # or else it is started with the first process, and lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """Let this process, a `Child`, leave by SystemExit when it is told to, and at once when its parent ends."""
    listen()
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
