"""A call of `vs-lipsync` in a process of its own: how far it is, stopped, gone on with."""

import json
import re
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from vs_lipsync.studio.pulse import Pulse

__all__ = ["Job"]

_PROGRESS: Final = re.compile(r"([a-z][a-z ]*): (\d+)/(\d+) frames, ([\d.]+) fps, ([\d:]+) left")
_MOST_NOTES: Final = 50
_GRACE: Final = 15.0
"""Seconds that a process has to put away what it has, before it is killed."""


class Job:
    """One call at a time. The process ends when the studio does, however that ends."""

    def __init__(self, command: Sequence[str], pulse: Pulse) -> None:
        """Prepare a job.

        Args:
            command: as `Program.command` returns it.
            pulse: is beaten when something has changed.
        """
        self._command = list(command)
        self._pulse = pulse
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_stopped = False
        self.stage = "idle"
        """"idle", "running", "done", "stopped" or "failed"."""
        self.doing = ""
        self.done = 0
        self.total = 0
        self.speed = 0.0
        self.left = ""
        self.message = ""
        self.notes: list[str] = []

    def start(self, arguments: Sequence[str], ended: Callable[[bool], None] = lambda whole: None) -> bool:
        """Start a call, unless one is running.

        Args:
            arguments: of `vs-lipsync`.
            ended: called at the end, with whether it has done what it was to do.
        """
        with self._lock:
            if self.stage == "running":
                return False
            self.stage, self.doing, self.done, self.total = "running", "starting", 0, 0
            self.speed, self.left, self.message, self.notes = 0.0, "", "", []
            self._is_stopped = False
            self._process = process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it was stopped before it was told what to do
            process.stdin.write(json.dumps(list(arguments)) + "\n")
            process.stdin.flush()
        threading.Thread(target=self._watch, args=(process, ended), name="job", daemon=True).start()
        self._pulse.beat()
        return True

    def stop(self) -> None:
        """Stop it; what is done is kept for the next start."""
        with self._lock:
            process = self._process
            if self.stage != "running" or process is None:
                return
            self._is_stopped = True
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()

    def told(self) -> dict[str, object]:
        """Return what the page shows of it."""
        return {
            "stage": self.stage, "doing": self.doing, "done": self.done, "total": self.total, "speed": self.speed,
            "left": self.left, "message": self.message, "notes": self.notes,
        }  # fmt: skip

    def _watch(self, process: "subprocess.Popen[str]", ended: Callable[[bool], None]) -> None:
        assert process.stderr is not None and process.stdin is not None
        for line in process.stderr:
            text = line.strip()
            found = _PROGRESS.fullmatch(text)
            if found:
                self.doing = found[1]
                self.done, self.total = int(found[2]), int(found[3])
                self.speed, self.left = float(found[4]), found[5]
            elif text.startswith("vs-lipsync: "):
                self.message = text.removeprefix("vs-lipsync: ")
            elif text:
                self.notes = [*self.notes, text][-_MOST_NOTES:]
            self._pulse.beat()
        code = process.wait()
        with suppress(BrokenPipeError):  # what it never read
            process.stdin.close()
        process.stderr.close()
        self.stage = "done" if code == 0 else "stopped" if self._is_stopped else "failed"
        if self.stage == "failed" and not self.message:
            self.message = self.notes[-1] if self.notes else f"it ended with exit code {code}"
        ended(code == 0)
        self._pulse.beat()
