"""Work in a thread of the studio: how far it is, stopped, and what came of it."""

import threading
from collections.abc import Callable
from typing import Any

import vapoursynth as vs

from vs_lipsync.errors import LipsyncError, one_line
from vs_lipsync.studio.pulse import Pulse

__all__ = ["Step", "Task"]

type Step = Callable[[int, int], None]
"""Is told how many frames of how many are done; ends the work when nobody wants it any more."""

_GRACE = 10.0
"""Seconds that the work has to end when the studio does."""


class _StoppedError(Exception):
    """Nobody wants the work any more."""


class Task:
    """One piece of work at a time. It says of itself what a `Job` does."""

    def __init__(self, pulse: Pulse) -> None:
        """Prepare it; the pulse is beaten when something has changed."""
        self._pulse = pulse
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = 0
        self.stage = "idle"
        """"idle", "running", "done", "stopped" or "failed"."""
        self.doing = ""
        self.done = 0
        self.total = 0
        self.message = ""

    def start(self, doing: str, work: Callable[[Step], None]) -> None:
        """Begin; what is being done is stopped first.

        Args:
            doing: what it does, in a word or two.
            work: the work; a `LipsyncError` of it, as of VapourSynth and the system, is told in one line.
        """
        with self._lock:
            self._wanted += 1
            mine, before = self._wanted, self._thread
            self.stage, self.doing, self.done, self.total, self.message = "running", doing, 0, 0, ""

            def run() -> None:
                if before is not None:
                    before.join()
                self._run(work, mine)

            self._thread = threading.Thread(target=run, name=doing, daemon=True)
            self._thread.start()
        self._pulse.beat()

    def stop(self) -> None:
        """Let it end at its next step."""
        with self._lock:
            self._wanted += 1
            if self.stage == "running":
                self.stage = "stopped"
        self._pulse.beat()

    def close(self) -> None:
        """Stop it, and wait until it has ended."""
        self.stop()
        if self._thread is not None:
            self._thread.join(_GRACE)

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        return {
            "stage": self.stage, "doing": self.doing, "done": self.done, "total": self.total, "message": self.message,
        }  # fmt: skip

    def _run(self, work: Callable[[Step], None], mine: int) -> None:
        def step(done: int, total: int) -> None:
            if self._wanted != mine:
                raise _StoppedError
            self.done, self.total = done, total
            self._pulse.beat()

        try:
            step(0, 0)
            work(step)
        except _StoppedError:
            return
        except (LipsyncError, OSError, vs.Error) as error:
            self._end(mine, "failed", one_line(error))
        except BaseException:
            self._end(mine, "failed", "it went wrong inside; the terminal says how")
            raise
        else:
            self._end(mine, "done", "")

    def _end(self, mine: int, stage: str, message: str) -> None:
        with self._lock:
            if self._wanted == mine:
                self.stage, self.message = stage, message
        self._pulse.beat()
