"""Work of which only the newest matters: what waits is dropped when something newer comes."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

__all__ = ["Newest"]


class Newest[T]:
    """A thread that does one thing at a time, and has one thing waiting at most."""

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._changed = threading.Condition()
        self._waiting: tuple[Callable[[], T], Future[T]] | None = None
        self._closed = False
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Do something as soon as what is being done now is done; what else was waiting is cancelled."""
        future: Future[T] = Future()
        with self._changed:
            if self._waiting is not None:
                self._waiting[1].cancel()
            self._waiting = (work, future)
            self._changed.notify()
        return future

    def close(self) -> None:
        """End the thread when it has done what it is at."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._waiting is None and not self._closed:
                    self._changed.wait()
                if self._waiting is None:
                    return
                (work, future), self._waiting = self._waiting, None
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - whoever asked for it is told
                future.set_exception(error)
