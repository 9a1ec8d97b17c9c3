"""Stretches that are played on the page: of the film, of what it becomes, and of the file that was written."""

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from vs_lipsync.errors import JobError
from vs_lipsync.media.source import SourceClip
from vs_lipsync.studio.job import Job
from vs_lipsync.studio.pictures import Version
from vs_lipsync.studio.pulse import Pulse
from vs_lipsync.studio.stretch import PREVIEW_CODEC, write_stretch
from vs_lipsync.studio.task import Step, Task

__all__ = ["Previews"]

_MOST_SECONDS: Final = 60
"""Of a stretch, at most."""


class Previews:
    """Makes one stretch at a time, and keeps the newest."""

    def __init__(self, command: Sequence[str], pulse: Pulse) -> None:
        """Prepare; arguments are those of `Job`."""
        self._job = Job(command, pulse, ready=True)
        self._task = Task(pulse)
        self._pulse = pulse
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="vs-lipsync-studio-")
        self._count = 0
        self._played: dict[str, Any] | None = None
        self._made_of: tuple[object, ...] = ()

    def prepare(self) -> None:
        """Let what is dubbed begin sooner."""
        self._job.prepare()

    def close(self) -> None:
        """End what is being made, and remove all."""
        self._task.close()
        self._job.close()
        self._folder.cleanup()

    def dubbed(self, project: Path, text: str, footage: SourceClip, first: int, stop: int) -> int:
        """Make a stretch of what a project comes to; returns its number.

        Args:
            project: its file.
            text: what is in it.
            footage: its clip.
            first: first frame of the stretch.
            stop: first frame behind it; no more than a minute is made.
        """
        first, stop = _within(footage, first, stop)
        with self._lock:
            path = self._begun("after", first, stop, text)
            if path is not None:
                number = self._count
                arguments = ["dub", str(project), "--start", str(first), "--end", str(stop), "-o", str(path)]
                options = ["--encoder-args", PREVIEW_CODEC, "--replace-audio", "--no-provenance", "--piece", "0"]
                self._job.start([*arguments, *options, "--workers", "1"], lambda whole: self._made(number, whole))
            return self._count

    def of_file(self, version: Version, footage: SourceClip, first: int, stop: int) -> int:
        """Make a stretch of a file as it is; the same for the film, and for the file that was written.

        Raises:
            JobError: the file ends before.
        """
        if first >= footage.clip.num_frames:
            raise JobError(f"{footage.path.name} has {footage.clip.num_frames} frames: it ends before")
        first, stop = _within(footage, first, stop)
        with self._lock:
            path = self._begun(version, first, stop, id(footage.clip))
            if path is not None:
                number = self._count

                def work(step: Step) -> None:
                    write_stretch(footage, first, stop, path, step)
                    self._made(number, whole=True)

                self._task.start("making", work)
            return self._count

    def file(self, number: int) -> Path | None:
        """Return a stretch that was made; None if there is none of that number."""
        path = self._path(number)
        return path if path.is_file() else None

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        played = self._played
        maker = self._job if played is None or played["version"] == "after" else self._task
        return maker.told() | {"played": played}

    def _begun(self, version: Version, first: int, stop: int, made_of: object) -> Path | None:
        """Return where a new stretch is to be; None if it is there already."""
        key = (version, first, stop, made_of)
        if self._played is not None and self._played["ready"] and self._made_of == key:
            self._pulse.beat()
            return None
        self._task.stop()
        self._job.stop()
        while self._job.stage == "running":
            threading.Event().wait(0.02)
        self._count += 1
        path = self._path(self._count)
        path.parent.mkdir(mode=0o700, exist_ok=True)  # systems clear away what lies there for days
        self._made_of = key
        self._played = {"number": self._count, "version": version, "first": first, "stop": stop, "ready": False}
        return path

    def _made(self, number: int, whole: bool) -> None:
        if self._played is not None and self._played["number"] == number:
            self._played = self._played | {"ready": whole}
        for old in range(1, number):
            self._path(old).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number}.mp4"


def _within(footage: SourceClip, first: int, stop: int) -> tuple[int, int]:
    """Return a stretch that is in a clip and no longer than is made at once."""
    length, timeline = footage.clip.num_frames, footage.timeline
    first = min(max(first, 0), length - 1)
    stop = min(max(stop, first + 1), length)
    return first, min(stop, max(first + 1, timeline.nearest(timeline.start(first) + _MOST_SECONDS)))
