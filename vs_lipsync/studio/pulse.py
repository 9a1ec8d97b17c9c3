"""A number that grows whenever something has changed that a page shows."""

import threading

__all__ = ["Pulse"]


class Pulse:
    """Counts changes; any thread may beat it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 1

    def beat(self) -> None:
        """Say that something has changed."""
        with self._lock:
            self.count += 1
