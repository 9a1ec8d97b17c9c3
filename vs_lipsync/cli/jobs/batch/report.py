"""What has become of a list of jobs: a JSON file, by which the list is also taken up again when it was stopped."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vs_lipsync.cli.jobs.rendering.folder import state_of
from vs_lipsync.errors import JobError
from vs_lipsync.files import read_small, write_text

__all__ = ["BatchReport", "JobReport", "State", "found_at"]

_MOST_BYTES = 64 << 20

type State = Literal["waiting", "running", "done", "failed"]


class JobReport(BaseModel):
    """A job.

    Attributes:
        input: the clip.
        output: the file to write.
        arguments: of `vs-lipsync dub`.
        made_of: the files that it reads with their sizes and times, and the program's version.
        state: a job that was stopped is running or waiting.
        found: size and time of what was at the output's place before; empty for nothing.
        written: the same of the output when it was done.
        frames: how many it has; None while it is not done, or if the program was killed just then.
        dubbed: how many of them are dubbed.
        passed: how many are not, by the reason.
        seconds: that it took, in the run that ended it.
        error: why it failed; empty if it did not.
    """

    model_config = ConfigDict(extra="forbid")

    input: str
    output: str
    arguments: list[str]
    made_of: list[str]
    state: State = "waiting"
    found: str = ""
    written: str = ""
    frames: Annotated[int, Field(ge=0)] | None = None
    dubbed: Annotated[int, Field(ge=0)] | None = None
    passed: dict[str, Annotated[int, Field(ge=0)]] = {}
    seconds: Annotated[float, Field(ge=0)] | None = None
    error: str = ""

    def follows(self, before: "JobReport") -> bool:
        """Tell whether an earlier run did this job, and its output is still there as it was left.

        A run that was killed may have put the output at its place without saying so: then it is another file there.
        """
        if (self.input, self.output, self.arguments, self.made_of) != (
            before.input,
            before.output,
            before.arguments,
            before.made_of,
        ):
            return False
        now = found_at(Path(self.output))
        return now != "" and (now == before.written if before.state == "done" else self._put(before, now))

    @staticmethod
    def _put(before: "JobReport", now: str) -> bool:
        return before.state == "running" and now != before.found


class BatchReport(BaseModel):
    """All jobs of a list, in its order."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["vs_lipsync batch"] = "vs_lipsync batch"
    version: Literal[1] = 1
    jobs: list[JobReport]

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read a report; None if there is none.

        Raises:
            JobError: there is another file.
        """
        if not path.exists():
            return None
        try:
            return cls.model_validate_json(read_small(path, _MOST_BYTES))
        except (OSError, ValidationError) as error:
            raise JobError(f"{path} is there and is no report of vs-lipsync batch; give another --report") from error

    def write(self, path: Path) -> None:
        """Write it, whole or not at all."""
        write_text(path, self.model_dump_json(indent=1) + "\n")


def found_at(path: Path) -> str:
    """Return size and time of a file, in words; empty if there is none."""
    try:
        return state_of(path)
    except OSError:
        return ""
