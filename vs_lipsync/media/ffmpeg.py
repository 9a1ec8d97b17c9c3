"""FFmpeg: where it is, and running it with its input from us."""

import contextlib
import os
import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import imageio_ffmpeg

from vs_lipsync.errors import JobError

__all__ = ["Ffmpeg", "ffmpeg_program", "ffmpeg_version", "run_ffmpeg"]

_PIPE_BYTES = 1 << 20  # Linux's greatest for users: fewer changes between us and FFmpeg within one picture


def ffmpeg_program() -> str:
    """Return the path of an FFmpeg: the one on the PATH, else the one that `imageio-ffmpeg` brings along."""
    return shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())


def ffmpeg_version() -> str:
    """Return what FFmpeg says of its version and of how it was built.

    Raises:
        JobError: it cannot be run.
    """
    program = ffmpeg_program()
    try:
        done = subprocess.run([program, "-version"], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        raise JobError(f"cannot run {program}: {error}") from error
    return " ".join(done.stdout.decode(errors="replace").split())


def run_ffmpeg(arguments: Sequence[str], folder: Path | None = None) -> None:
    """Run FFmpeg without any input from us; arguments and errors as for `Ffmpeg`."""
    with Ffmpeg(arguments, folder) as ffmpeg:
        ffmpeg.finish()


_FOLLOWS = re.compile(
    r"Task finished with|Terminating thread|Nothing was written into output|Could not open encoder before EOF|"
    r"Error sending frames to consumers|Conversion failed"
)
"""What FFmpeg says after an error, whatever it was."""

_ORIGIN = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\]")  # the part of FFmpeg that speaks: means nothing to users


class Ffmpeg:
    """A running FFmpeg that reads its standard input from us. Leaving the context by an exception kills it.

    Its messages are read all the time, so that it never waits for us, and the last of them tell why it failed.
    """

    def __init__(self, arguments: Sequence[str], folder: Path | None = None) -> None:
        """Start FFmpeg.

        Args:
            arguments: what follows the program's name.
            folder: where it is to run; None for where we do.

        Raises:
            JobError: it cannot be started.
        """
        program = ffmpeg_program()
        command = [program, "-hide_banner", "-loglevel", "error", "-nostats", *arguments]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pipesize=_PIPE_BYTES,
                cwd=folder,
                # Ctrl-C is for us to handle: FFmpeg would end the file as if it were whole.
                process_group=0 if os.name == "posix" else None,
            )
        except OSError as error:
            raise JobError(f"cannot start {program}: {error.strerror}") from error
        assert self._process.stdin is not None and self._process.stderr is not None
        self._input, self._errors = self._process.stdin, self._process.stderr
        self._messages: deque[str] = deque(maxlen=5)
        self._reader = threading.Thread(target=self._read_messages, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        self._errors.close()
        with contextlib.suppress(OSError):  # what was still to be written has no reader any more
            self._input.close()

    def write(self, data: "bytes | memoryview") -> None:
        """Send bytes.

        Raises:
            JobError: FFmpeg has ended.
        """
        try:
            self._input.write(data)
        except OSError as error:
            self._raise(error)

    def finish(self) -> None:
        """Tell FFmpeg that this was all, and wait until it has ended.

        Raises:
            JobError: it failed.
        """
        try:
            self._input.close()
        except OSError as error:
            self._raise(error)
        if self._process.wait() != 0:
            self._raise(None)

    def _raise(self, cause: OSError | None) -> None:
        code = self._process.wait()
        self._reader.join()
        how = f"it was ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
        said = "; ".join(self._messages) or how
        raise JobError(f"ffmpeg failed: {said}") from cause

    def _read_messages(self) -> None:
        for line in self._errors:
            text = _ORIGIN.sub("", line.decode(errors="replace")).strip()
            if text and not (self._messages and _FOLLOWS.match(text)):
                self._messages.append(text)
