"""A process in which bad input is tried: it may hang or crash there without taking the tests with it."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.running import Done

__all__ = ["Jail"]

_SECONDS = 60.0
"""How long one task may take: many times what the slowest does, since the machine may be busy."""


class Jail:
    """Runs tasks one after another in another process, which is started anew when one has killed it or hung it.

    Args:
        folder: where the process works; its temporary files and its user's home are folders in it.
        home: the model store.
    """

    def __init__(self, folder: Path, home: Path) -> None:
        self._folder = folder
        self._home = home
        self._pool: ProcessPoolExecutor | None = None

    def run(self, *arguments: str | Path) -> Done:
        """Run `vs-lipsync`; what it and its libraries wrote to the streams is what a user would see."""
        return Done(*self.call(_run_program, [str(argument) for argument in arguments]))

    def run_at(self, home: str, *arguments: str) -> Done:
        """Run `vs-lipsync` with another model store."""
        return Done(*self.call(_run_at, home, list(arguments)))

    def call[**P, T](self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call a function of a module in the process; the test fails if it hangs or crashes."""
        if self._pool is None:
            started = (str(self._folder), str(self._home))
            self._pool = ProcessPoolExecutor(1, get_context("spawn"), _move_in, started)
        try:
            return self._pool.submit(function, *arguments, **options).result(_SECONDS)
        except TimeoutError:
            self.close()
            pytest.fail(f"{function.__name__} hangs with {arguments}")
        except BrokenProcessPool:
            self.close()
            pytest.fail(f"{function.__name__} crashes with {arguments}")

    def close(self) -> None:
        """End the process, if need be by force."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001 - Python 3.14 has kill_workers
                process.kill()
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _move_in(folder: str, home: str) -> None:
    """Make a folder the process's place for everything."""
    for variable, name in (("HOME", "user"), ("TMPDIR", "temporary"), ("XDG_CACHE_HOME", "user/cache")):
        place = Path(folder, name)
        place.mkdir(exist_ok=True, parents=True)
        os.environ[variable] = str(place)
    tempfile.tempdir = None
    os.environ["VS_LIPSYNC_HOME"] = home
    os.chdir(folder)


def _run_program(arguments: list[str]) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of the program."""
    from vs_lipsync.cli import main

    code = 0
    with _captured() as written:
        try:
            main(arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:  # noqa: BLE001 - what a user would see
            traceback.print_exc()
            code = 1
    out, errors = (text.decode(errors="surrogateescape") for text in written)
    return code, out, errors


def _run_at(home: str, arguments: list[str]) -> tuple[int, str, str]:
    before = os.environ["VS_LIPSYNC_HOME"]
    os.environ["VS_LIPSYNC_HOME"] = home
    try:
        return _run_program(arguments)
    finally:
        os.environ["VS_LIPSYNC_HOME"] = before


@contextmanager
def _captured() -> Iterator[list[bytes]]:
    """Catch what is written to both streams, by C libraries as well; the list is filled at the end."""
    written: list[bytes] = []
    saved = sys.stdout, sys.stderr, os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        try:
            os.dup2(out.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            # As the interpreter opens them: what cannot be encoded is an error on the first and escaped on the second.
            sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="strict")
            sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace")
            opened = sys.stdout, sys.stderr
            yield written
            for stream in opened:
                with suppress(BrokenPipeError):
                    stream.close()
        finally:
            sys.stdout, sys.stderr = saved[:2]
            for number, copy in enumerate(saved[2:], 1):
                os.dup2(copy, number)
                os.close(copy)
        for file in (out, errors):
            file.seek(0)
            written.append(file.read())
