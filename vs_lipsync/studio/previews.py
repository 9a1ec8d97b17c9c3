"""Stretches that are played on the page: of the film, of what it becomes, and of the file that was written."""

import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from vs_lipsync.errors import JobError
from vs_lipsync.media.source import SourceClip
from vs_lipsync.studio.growing import plays_through, read_growing
from vs_lipsync.studio.pictures import Dubbed, Version
from vs_lipsync.studio.pulse import Pulse
from vs_lipsync.studio.stretch import own_sound, write_stretch
from vs_lipsync.studio.task import Step, Task
from vs_lipsync.timing.timeline import ConstantRate, PartOf

__all__ = ["Previews", "told_times"]

_MOST_SECONDS: Final = 60
"""Of a stretch, at most."""


class Previews:
    """Makes one stretch at a time, and keeps the newest."""

    def __init__(self, pulse: Pulse) -> None:
        """Prepare; the pulse is beaten when something has changed."""
        self._task = Task(pulse)
        self._pulse = pulse
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="vs-lipsync-studio-")
        self._count = 0
        self._played: dict[str, Any] | None = None
        self._made_of: tuple[object, ...] = ()
        self._is_whole = False

    def close(self) -> None:
        """End what is being made, and remove all."""
        self._task.close()
        self._folder.cleanup()

    def dubbed(self, dubbed: Dubbed, made_of: object, footage: SourceClip, first: int, stop: int) -> int:
        """Make a stretch of what a project comes to; returns its number.

        Args:
            dubbed: the project, whose frames the page shows as well: what they have found is still there.
            made_of: is another one when the project is.
            footage: its clip.
            first: first frame of the stretch.
            stop: first frame behind it; no more than a minute is made.
        """
        first, stop = _within(footage, first, stop)

        def write(path: Path, step: Step) -> None:
            def heard(folder: Path) -> Sequence[str]:
                samples = folder / "sound.w64"
                dubbed.call.write_sound(dubbed.prepared, footage, first, stop, samples)
                return ["-i", f"file:{samples.absolute()}"]

            write_stretch(footage, dubbed.clip, first, stop, heard, path, step)

        return self._make("after", footage, first, stop, made_of, write)

    def of_file(self, version: Version, footage: SourceClip, first: int, stop: int) -> int:
        """Make a stretch of a file as it is; the same for the film, and for the file that was written.

        Raises:
            JobError: the file ends before.
        """
        if first >= footage.clip.num_frames:
            raise JobError(f"{footage.path.name} has {footage.clip.num_frames} frames: it ends before")
        first, stop = _within(footage, first, stop)

        def write(path: Path, step: Step) -> None:
            write_stretch(footage, footage.clip, first, stop, own_sound(footage, first, stop), path, step)

        return self._make(version, footage, first, stop, id(footage.clip), write)

    def file(self, number: int) -> Path | None:
        """Return a stretch that was made; None if there is none of that number, or not all of it."""
        path = self._path(number)
        return path if number == self._count and self._is_whole and path.is_file() else None

    def stream(self, number: int) -> AsyncIterator[bytes] | None:
        """Return a stretch as it comes to be; None if none of that number is being made, or nothing is there yet."""
        path = self._path(number)
        if number != self._count or not path.is_file():
            return None
        return read_growing(path, lambda: number == self._count and self._task.stage == "running")

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        return self._task.told() | {"played": self._played}

    def _make(
        self,
        version: Version,
        footage: SourceClip,
        first: int,
        stop: int,
        made_of: object,
        write: Callable[[Path, Step], None],
    ) -> int:
        """Let a file be written, unless it is there or being written already; returns its number."""
        key = (version, first, stop, made_of)
        with self._lock:
            if self._made_of == key and (self.file(self._count) or self._task.stage == "running"):
                self._pulse.beat()
                return self._count
            self._task.stop()
            self._count += 1
            number, path = self._count, self._path(self._count)
            path.parent.mkdir(mode=0o700, exist_ok=True)  # systems clear away what lies there for days
            self._made_of, self._is_whole = key, False
            self._played = {"number": number, "version": version, "first": first, "stop": stop, "ready": False}

        is_soon_enough = plays_through(PartOf(footage.timeline, first), stop - first)

        def work(step: Step) -> None:
            def count(done: int, total: int) -> None:
                if is_soon_enough(done) and path.is_file():
                    self._ready(number)
                step(done, total)

            write(path, count)
            self._made(number)

        self._task.start("making", work)
        return number

    def _ready(self, number: int) -> None:
        if self._played is not None and self._played["number"] == number:
            self._played = self._played | {"ready": True}

    def _made(self, number: int) -> None:
        with self._lock:
            self._is_whole = number == self._count
        self._ready(number)
        for old in range(1, number):
            self._path(old).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number}.mp4"


def told_times(footage: SourceClip, first: int, stop: int) -> list[float] | None:
    """Return when each frame of a stretch that is made is shown, in seconds from its start; None at a constant rate."""
    if isinstance(footage.timeline, ConstantRate):
        return None
    first, stop = _within(footage, first, stop)
    times = PartOf(footage.timeline, first)
    return [round(float(times.start(number)), 6) for number in range(stop - first)]


def _within(footage: SourceClip, first: int, stop: int) -> tuple[int, int]:
    """Return a stretch that is in a clip and no longer than is made at once."""
    length, timeline = footage.clip.num_frames, footage.timeline
    first = min(max(first, 0), length - 1)
    stop = min(max(stop, first + 1), length)
    return first, min(stop, max(first + 1, timeline.nearest(timeline.start(first) + _MOST_SECONDS)))
