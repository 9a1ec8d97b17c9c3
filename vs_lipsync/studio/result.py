"""The file that a project writes: the render, what it was made of, and how well its mouths follow their dubs."""

from collections.abc import Mapping
from typing import Any, Final

from vs_lipsync.errors import LipsyncError, ProjectError, one_line
from vs_lipsync.media.source import SourceClip
from vs_lipsync.studio.call import Call, Program
from vs_lipsync.studio.job import Job
from vs_lipsync.studio.judging import Judged, judge
from vs_lipsync.studio.made import forget_made, is_outdated, made_of, note_made
from vs_lipsync.studio.pictures import Pictures
from vs_lipsync.studio.pulse import Pulse
from vs_lipsync.studio.task import Step, Task

__all__ = ["Result", "usual_output"]

_CONTAINERS: Final = (".mp4", ".mkv", ".mov")


def usual_output(call: Call, stem: str) -> str:
    """Return what the file of a project is called that names none; `stem` is the project's name."""
    suffix = call.clip.suffix.lower()
    return f"{stem}.dubbed{suffix if suffix in _CONTAINERS else '.mkv'}"


class Result:
    """What comes of a project."""

    def __init__(self, program: Program, pictures: Pictures, pulse: Pulse) -> None:
        """Prepare.

        Args:
            program: the program around the studio.
            pictures: show it.
            pulse: is beaten when something has changed.
        """
        self._program = program
        self._pictures = pictures
        self._pulse = pulse
        self._job = Job(program.command(), pulse)
        self._task = Task(pulse)
        self.footage: SourceClip | None = None
        """The file, if there is one that can be read."""
        self.judged: list[Judged] = []
        self._judged_count = 0

    def close(self) -> None:
        """Stop all; a render can be gone on with."""
        self._task.close()
        self._job.stop()

    def open(self, call: Call) -> None:
        """Show the file that is there, if there is one."""
        if call.output is None or not call.output.exists():
            return
        try:
            self.footage = SourceClip.open(call.output)
            self._pictures.open_result(self.footage)
        except (LipsyncError, OSError) as error:
            self._job.message = one_line(error)

    def start(self, arguments: list[str], call: Call, document: Mapping[str, Any]) -> None:
        """Write the file.

        Args:
            arguments: of `vs-lipsync`.
            call: the project, which has an output.
            document: the same as it is written.
        """
        output = call.output
        assert output is not None
        of = made_of(document, call)

        def ended(whole: bool) -> None:
            if not whole:
                return
            try:
                note_made(output, of)
            except OSError as error:
                self._job.notes.append(f"what it was made of cannot be noted beside it: {one_line(error)}")
            self.open(call)

        self._task.stop()
        self._forget_judged()
        if self._job.start(arguments, ended) and "--no-resume" in arguments and not output.exists():
            forget_made(output)

    def stop(self) -> None:
        """Stop the render; what is done is kept."""
        self._job.stop()

    def judge(self, source: SourceClip, call: Call, document: Mapping[str, Any]) -> None:
        """Begin to compare the file with what it was made of.

        Args:
            source: the film.
            call: the project, with the plan of the film.
            document: the same as it is written.

        Raises:
            ProjectError: there is no file of the project as it is.
        """
        result = self.footage
        if result is None or call.output is None or self._job.stage == "running":
            raise ProjectError("there is no file to measure yet: render it first")
        if not call.speaks or is_outdated(call.output, made_of(document, call)):
            raise ProjectError(f"{call.output.name} was made before the last changes: render it first")
        self._forget_judged()

        def work(step: Step) -> None:
            self.judged = judge(source, result, call, step)
            self._judged_count += 1

        self._task.start("measuring", work)

    def stop_judging(self) -> None:
        """Let it be."""
        self._task.stop()

    def told(self, call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the page shows of the render."""
        output = call.output
        is_there = bool(output and output.exists())
        return self._job.told() | {
            "output": output.name if output else "",
            "exists": is_there,
            "begun": bool(output and self._program.has_begun(output)),
            "outdated": bool(output and is_there and is_outdated(output, made_of(document, call))),
        }

    def judging_told(self) -> dict[str, Any]:
        """Return what the page shows of the comparison; what was found is asked for by itself when `count` grows."""
        return self._task.told() | {"count": self._judged_count, "people": len(self.judged)}

    def _forget_judged(self) -> None:
        self.judged = []
        self._judged_count += 1
