"""Decoding a file with FFmpeg, to compare its frames and to hear what FFmpeg has to say of it."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.ffmpeg import ffmpeg_program

__all__ = ["DecodedFrame", "Decoding", "decoded"]

_ORIGIN: Final = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\]|\b[0-9]+\b")  # what changes from one run to the next

_HARMLESS: Final = re.compile(r"deprecated pixel format used|Last message repeated")


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A decoded frame: when it is shown, in seconds, the seconds of a tick, and what tells its samples from others."""

    time: Fraction
    tick: Fraction
    digest: bytes


class Decoding:
    """A running FFmpeg that decodes a file."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path) -> None:
        self._process = process
        self._errors = errors

    def frames(self) -> Iterator[DecodedFrame]:
        """Yield the frames in the order in which they are shown."""
        assert self._process.stdout is not None
        tick = Fraction(1)
        for line in self._process.stdout:
            if line.startswith("#tb 0:"):
                tick = Fraction(line.partition(":")[2].strip())
            elif not line.startswith("#"):
                words = [word.strip() for word in line.split(",")]
                yield DecodedFrame(int(words[2]) * tick, tick, bytes.fromhex(words[5]))
        if self._process.wait() != 0:
            raise SmartRenderError(f"FFmpeg cannot decode it: {next(iter(self.messages()), 'it says no more')}")

    def messages(self) -> list[str]:
        """Return what it has said, without what differs each time."""
        lines = self._errors.read_text(errors="replace").splitlines()
        texts = [_ORIGIN.sub("", line).strip() for line in lines if not _HARMLESS.search(line)]
        return [text for text in texts if text]


@contextmanager
def decoded(path: Path, stream: str) -> Iterator[Decoding]:
    """Decode a stream of a file, all frames as they are."""
    command = [ffmpeg_program(), "-hide_banner", "-nostats", "-loglevel", "warning", "-copyts", "-noautorotate"]
    command += ["-i", f"file:{path.absolute()}", "-map", stream, "-fps_mode", "passthrough", "-enc_time_base", "demux"]
    command += ["-f", "framehash", "-hash", "murmur3", "-"]
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "errors.txt"
        with errors.open("w") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file, text=True, errors="replace"
            )
        try:
            yield Decoding(process, errors)
        finally:
            process.kill()
            assert process.stdout is not None
            process.stdout.close()
            process.wait()
