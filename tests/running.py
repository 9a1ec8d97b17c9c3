"""The program `vs-lipsync`, run inside the tests' own process."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from vs_lipsync.cli import main

__all__ = ["PROGRAM", "Done", "last_line", "run"]

PROGRAM = str(Path(sys.executable).parent / "vs-lipsync")
"""The installed program."""


@dataclass(frozen=True)
class Done:
    """How a run of the program ended."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str | Path) -> Done:
    """Run the program in this process, where torch is loaded already."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, out.getvalue(), errors.getvalue())


def last_line(errors: str) -> str:
    """Return the last line of what was said on standard error, where there must be no traceback."""
    assert "Traceback" not in errors
    return errors.splitlines()[-1]
