"""One project that is open in the studio."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import vapoursynth as vs

from vs_lipsync.errors import LipsyncError, ProjectError, one_line
from vs_lipsync.graph.prepare import prepare
from vs_lipsync.media.source import SourceClip
from vs_lipsync.studio.analyst import Analyst
from vs_lipsync.studio.call import Call, Program
from vs_lipsync.studio.casting import Casting
from vs_lipsync.studio.cuts import PlanCuts
from vs_lipsync.studio.pictures import Pictures, Version
from vs_lipsync.studio.previews import Previews, told_times
from vs_lipsync.studio.project_file import ProjectFile
from vs_lipsync.studio.project_text import Change
from vs_lipsync.studio.pulse import Pulse
from vs_lipsync.studio.result import Result, usual_output
from vs_lipsync.studio.shelf import Shelf
from vs_lipsync.timing.position import format_time

__all__ = ["Session"]


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
        self.project = ProjectFile(path.absolute(), program.read)
        call = self.project.call
        outputs = [call.output] if call.output else []
        self.shelf = Shelf(self.project.path.parent, [*named, *call.files, *outputs])
        self.source = SourceClip.open(call.clip, call.opening)
        self.pictures = Pictures(self.source.clip)
        self.pictures.use(call if call.speaks else None)
        plan = call.settings.plan
        self._plan = Path(plan) if plan is not None else self.project.path.with_name(f"{path.stem}.plan.json")
        self._cuts = self.project.cuts = PlanCuts(self._plan)
        self.analyst = Analyst(self.source, self._plan, self.pulse, self._planned)
        self.result = Result(program, self.pictures, self.pulse)
        self.previews = Previews(self.pulse)
        self.casting = Casting(self.project, self.source, self.analyst, self.shelf, self.pulse)

    def start(self) -> None:
        """Begin with the analysis."""
        self.analyst.show(self.project.call)
        self.analyst.start()
        self.result.open(self.project.call)

    def close(self) -> None:
        """Let all go; a job that is running is stopped, and can be gone on with."""
        self.casting.close()
        self.previews.close()
        self.result.close()
        self.analyst.close()
        self.pictures.close()

    def change(self, changes: Sequence[Change]) -> None:
        """Change the project, which is on the disk when this returns.

        Raises:
            LipsyncError: it cannot be so; nothing has changed.
        """
        self._use(self.project.change(changes, self._check))

    def undo(self) -> None:
        """Take the last change back."""
        self._step(self.project.undo)

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._step(self.project.redo)

    def cut(self, frame: int, *, is_cut: bool) -> None:
        """Let a shot begin at a frame, or none.

        Raises:
            LipsyncError: it is so already, or the film is not analysed yet.
        """
        self.project.cut(frame, is_cut=is_cut)
        self.analyst.look_again()
        self._use(self.project.call)

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
            name = usual_output(call, self.project.path.stem)
            self._use(self.project.put([{"path": ["output", "file"], "value": name}]))  # no step to undo under a render
            call = self.project.call
        if not call.speaks:
            raise ProjectError("nobody speaks anything yet: give a person a stem first")
        assert call.output is not None
        if call.output.exists() and not overwrite:
            raise ProjectError(f"{call.output.name} is there already")
        flags = [*(["--no-resume"] if afresh else []), *(["--overwrite"] if overwrite else [])]
        self.result.start(["dub", str(self.project.path), *flags], call, self.project.document)

    def judge(self) -> None:
        """Begin to measure how well the mouths of the file follow their dubs.

        Raises:
            ProjectError: there is no file of the project as it is, or the film is not analysed yet.
        """
        self.casting.footage()
        self.result.judge(self.source, self.project.call.with_plan(self._plan), self.project.document)

    def judged(self) -> list[dict[str, Any]]:
        """Return what was measured of each person."""
        parts = self.analyst.parts
        top = float(parts["top"]) if parts is not None else 1.0
        return [one.told(top) for one in self.result.judged]

    def play(self, version: Version, first: int, stop: int) -> dict[str, Any]:
        """Make a stretch that a browser can play; returns its number and its frames' times, as `told_times` does.

        Args:
            version: of the film, of what it becomes, or of the file that was written.
            first: its first frame.
            stop: the first frame behind it; no more than a minute is made.

        Raises:
            LipsyncError: there is nothing to play.
        """
        if version == "after":
            if not self.project.call.speaks:
                raise ProjectError("nobody speaks anything yet: give a person a stem first")
            made_of = (self.project.text, self.analyst.looked)
            number = self.previews.dubbed(self.pictures.dubbed(), made_of, self.source, first, stop)
            return {"number": number, "times": told_times(self.source, first, stop)}
        footage = self.source if version == "before" else self.result.footage
        if footage is None:
            raise ProjectError("nothing has been rendered yet")
        number = self.previews.of_file(version, footage, first, stop)
        return {"number": number, "times": told_times(footage, first, stop)}

    def told(self) -> dict[str, Any]:
        """Return all that the page shows but pictures and curves."""
        call, document, clip = self.project.call, self.project.document, self.source.clip
        progress = self.analyst.progress
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
            "cuts": self.analyst.looked,
            "people": [{"place": place, "frames": frames} for place, frames in self.analyst.people],
            "who": [entry.told() for entry in self.casting.entries(document)],
            "sounds": self.shelf.sounds(call.output),
            "match": self.casting.told(),
            "render": self.result.told(call, document),
            "judging": self.result.judging_told(),
            "preview": self.previews.told(),
        }  # fmt: skip

    def _step(self, step: Callable[[], Call]) -> None:
        before = self._cuts.now()
        call = step()
        if self._cuts.now() != before:
            self.analyst.look_again()
        self._use(call)

    def _use(self, call: Call) -> None:
        self.pictures.use(call if call.speaks else None)
        self.analyst.show(call)
        self.pulse.beat()

    def _check(self, call: Call) -> None:
        """Refuse files that are none of the project's, and what the filter would refuse."""
        if call.output is not None and not self.shelf.holds(call.output):
            raise ProjectError(f"{call.output.name} lies outside of the project's folder; name a file in it")
        for path in call.files:
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
