"""One project that is open in the studio."""

import json
import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import vapoursynth as vs

from vs_lipsync.errors import LipsyncError, ProjectError, one_line
from vs_lipsync.graph.prepare import prepare
from vs_lipsync.media.source import SourceClip
from vs_lipsync.studio.analyst import Analyst
from vs_lipsync.studio.call import Call, Program
from vs_lipsync.studio.job import Job
from vs_lipsync.studio.pictures import Pictures
from vs_lipsync.studio.project_file import Change, ProjectFile
from vs_lipsync.studio.pulse import Pulse
from vs_lipsync.studio.shelf import Shelf
from vs_lipsync.timing.position import format_time

__all__ = ["Session"]

_PREVIEW_CODEC: Final = "-c:v libx264 -preset ultrafast -crf 23 -pix_fmt yuv420p -c:a aac -movflags +faststart"

_MOST_PREVIEWED: Final = 60
"""Seconds of a stretch that is played, at most."""

_CONTAINERS: Final = (".mp4", ".mkv", ".mov")


class Session:
    """A project, its clip, and all that is going on with it."""

    def __init__(self, path: Path, program: Program, named: Iterable[Path] = ()) -> None:
        """Open a project file that is there.

        Args:
            path: of the file.
            program: the program around the studio.
            named: files that the user has named on the command line.

        Raises:
            LipsyncError: the project or its clip cannot be read.
        """
        self.pulse = Pulse()
        self._program = program
        self.project = ProjectFile(path.absolute(), program.read)
        call = self.project.call
        outputs = [call.output] if call.output else []
        self.shelf = Shelf(self.project.path.parent, [*named, *call.files, *outputs])
        self.source = SourceClip.open(call.clip, call.opening)
        self.pictures = Pictures(self.source.clip)
        self.pictures.use(call if call.speaks else None)
        plan = call.settings.plan
        self._plan = Path(plan) if plan is not None else self.project.path.with_name(f"{path.stem}.plan.json")
        self.analyst = Analyst(self.source, self._plan, self.pulse, self._planned)
        self.render = Job(program.command(), self.pulse)
        self.preview = Job(program.command(), self.pulse, ready=True)
        self._folder = tempfile.TemporaryDirectory(prefix="vs-lipsync-studio-")
        self._preview_lock = threading.Lock()
        self._previews = 0
        self._played: dict[str, Any] | None = None
        self._previewed: tuple[int, int, str] | None = None

    def start(self) -> None:
        """Begin with the analysis."""
        self.analyst.show(self.project.call)
        self.analyst.start()
        self._open_result()

    def close(self) -> None:
        """Let all go; a job that is running is stopped, and can be gone on with."""
        self.preview.close()
        self.render.close()
        self.analyst.close()
        self.pictures.close()
        self._folder.cleanup()

    def change(self, changes: Sequence[Change]) -> None:
        """Change the project, which is on the disk when this returns.

        Raises:
            LipsyncError: it cannot be so; nothing has changed.
        """
        self._use(self.project.change(changes, self._check))

    def undo(self) -> None:
        """Take the last change back."""
        self._use(self.project.undo())

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._use(self.project.redo())

    def start_render(self, *, afresh: bool, overwrite: bool) -> None:
        """Write the file, or go on with it, as `vs-lipsync dub` does with the same project.

        Args:
            afresh: whether to throw away what an earlier run has left.
            overwrite: whether a file that is there may be replaced.

        Raises:
            ProjectError: there is nobody who speaks, or a file that must not be replaced.
        """
        call = self.project.call
        if call.output is None:
            suffix = call.clip.suffix.lower()
            name = f"{self.project.path.stem}.dubbed{suffix if suffix in _CONTAINERS else '.mkv'}"
            self._use(self.project.put([{"path": ["output", "file"], "value": name}]))  # no step to undo under a render
            call = self.project.call
        if not call.speaks:
            raise ProjectError("nobody speaks anything yet: give a person a stem first")
        assert call.output is not None
        if call.output.exists() and not overwrite:
            raise ProjectError(f"{call.output.name} is there already")
        flags = [*(["--no-resume"] if afresh else []), *(["--overwrite"] if overwrite else [])]
        self.render.start(["dub", str(self.project.path), *flags], lambda whole: self._open_result())

    def play(self, first: int, stop: int) -> int:
        """Make a stretch of the dubbed clip that a browser can play; returns its number.

        Args:
            first: its first frame.
            stop: the first frame behind it; no more than a minute is made.

        Raises:
            ProjectError: there is nothing to play.
        """
        if not self.project.call.speaks:
            raise ProjectError("nobody speaks anything yet: give a person a stem first")
        clip, timeline = self.source.clip, self.source.timeline
        first = min(max(first, 0), clip.num_frames - 1)
        stop = min(max(stop, first + 1), clip.num_frames)
        stop = min(stop, max(first + 1, timeline.nearest(timeline.start(first) + _MOST_PREVIEWED)))
        with self._preview_lock:
            played, text = self._played, self.project.text
            if played is not None and played["ready"] and self._previewed == (first, stop, text):
                self.pulse.beat()
                return int(played["number"])
            self.preview.stop()
            while self.preview.stage == "running":
                threading.Event().wait(0.02)
            self._previews += 1
            number = self._previews
            path = Path(self._folder.name) / f"{number}.mp4"
            path.parent.mkdir(mode=0o700, exist_ok=True)  # systems clear away what lies there for days
            self._previewed = (first, stop, text)
            self._played = {"number": number, "first": first, "stop": stop, "ready": False}
            arguments = ["dub", str(self.project.path), "--start", str(first), "--end", str(stop), "-o", str(path)]
            options = ["--encoder-args", _PREVIEW_CODEC, "--replace-audio", "--no-provenance", "--piece", "0"]
            self.preview.start([*arguments, *options, "--workers", "1"], lambda whole: self._made(number, whole))
        return number

    def preview_file(self, number: int) -> Path | None:
        """Return a stretch that was made; None if there is none of that number."""
        path = Path(self._folder.name) / f"{number}.mp4"
        return path if path.is_file() else None

    def told(self) -> dict[str, Any]:
        """Return all that the page shows but pictures and curves."""
        call, document, clip = self.project.call, self.project.document, self.source.clip
        progress = self.analyst.progress
        output = call.output
        return {
            "count": self.pulse.count,
            "project": self.project.path.name,
            "folder": str(self.project.path.parent),
            "clip": call.clip.name,
            "facts": {
                "frames": clip.num_frames,
                "fps": [clip.fps.numerator, clip.fps.denominator],
                "width": clip.width,
                "height": clip.height,
                "length": format_time(self.source.timeline.start(clip.num_frames)),
            },
            "undo": self.project.can_undo,
            "redo": self.project.can_redo,
            "document": json.loads(json.dumps(document, default=str)),  # TOML has times
            "titles": [member.title for member in call.cast] or (["Main face"] if call.speaks else []),
            "analysis": {
                "stage": progress.stage, "done": progress.done, "total": progress.total, "message": progress.message,
            },
            "footage": self.analyst.footage_count,
            "parts": self.analyst.parts_count,
            "people": [{"place": place, "frames": frames} for place, frames in self.analyst.people],
            "sounds": self.shelf.sounds(output),
            "render": self.render.told()
            | {
                "output": output.name if output else "",
                "exists": bool(output and output.exists()),
                "begun": bool(output and self._program.has_begun(output)),
            },
            "preview": self.preview.told() | {"played": self._played},
        }  # fmt: skip

    def _use(self, call: Call) -> None:
        self.pictures.use(call if call.speaks else None)
        self.analyst.show(call)
        self.pulse.beat()

    def _check(self, call: Call) -> None:
        """Refuse files that are none of the project's, and what the filter would refuse."""
        for path in (*call.files, *([call.output] if call.output else [])):
            if not self.shelf.holds(path):
                raise ProjectError(f"{path.name} lies outside of the project's folder; copy it there, or drop it here")
        if call.clip.resolve() != self.source.path.resolve():
            raise ProjectError("the studio keeps to one clip; open the other one by itself")
        if call.speaks:
            try:
                prepare(self.source.clip, call.voice, call.settings)
            except (LipsyncError, vs.Error) as error:
                raise ProjectError(one_line(error)) from error

    def _planned(self, plan: Path) -> None:
        """Let the project use its plan from now on, so that what is rendered is what was seen."""
        settings = self.project.document.get("settings", {})
        if "plan" not in settings and self.project.call.settings.extend is None:
            self._use(self.project.put([{"path": ["settings", "plan"], "value": plan.name}]))

    def _made(self, number: int, whole: bool) -> None:
        if self._played is not None and self._played["number"] == number:
            self._played = self._played | {"ready": whole}
        for old in range(1, number):
            (Path(self._folder.name) / f"{old}.mp4").unlink(missing_ok=True)

    def _open_result(self) -> None:
        output = self.project.call.output
        if output is None or not output.exists():
            return
        try:
            self.pictures.open_result(SourceClip.open(output))
        except (LipsyncError, OSError) as error:
            self.render.message = one_line(error)
