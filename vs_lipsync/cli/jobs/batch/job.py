"""A process that does one job of a list, for the one that goes through the list."""

import io
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import click

from vs_lipsync.cli.jobs.pool.processes import end_with_parent
from vs_lipsync.errors import LipsyncError, one_line
from vs_lipsync.plan.outcomes import Outcome

__all__ = ["Failed", "Finished", "run_job"]


@dataclass(frozen=True, slots=True)
class Finished:
    """A job is done: what happened to how many frames."""

    counts: Counter[Outcome]


@dataclass(frozen=True, slots=True)
class Failed:
    """A job has failed, and why."""

    error: str


def run_job(
    connection: "Connection[object, object]",
    dub: Callable[[Sequence[str]], Counter[Outcome]],
    arguments: Sequence[str],
) -> None:
    """Do a job. What is sent back: each line that it says, and then how it ended."""
    end_with_parent()
    sys.stderr = _Lines(connection)
    try:
        connection.send(Finished(dub(arguments)))
    except click.ClickException as error:
        connection.send(Failed(error.format_message()))
    except LipsyncError as error:
        connection.send(Failed(str(error)))
    except OSError as error:
        connection.send(Failed(one_line(error)))


class _Lines(io.TextIOBase):
    """A text file whose lines are sent."""

    def __init__(self, connection: "Connection[object, object]") -> None:
        self._connection = connection
        self._begun = ""

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Send the lines that are whole."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line.strip():
                self._connection.send(line.rstrip())
        return len(text)
