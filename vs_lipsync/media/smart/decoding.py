"""Decoding a file with FFmpeg, to compare its frames and to hear what FFmpeg has to say of it."""

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.ffmpeg import ffmpeg_program

__all__ = ["DecodedFrame", "Decoding", "decoded", "watched"]

_ORIGIN: Final = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\]|\b[0-9]+\b")  # what changes from one run to the next

_SHOWN: Final = re.compile(r"frame:\d+\s+pts:(-?\d+)")  # a line of FFmpeg's filter `metadata`

_MICROSECONDS: Final = 1_000_000

_EACH: Final = ("-fps_mode", "passthrough", "-enc_time_base", "demux")
_HASHED: Final = ("-f", "framehash", "-hash", "murmur3")

_ERRORS: Final = "errors.txt"
_CHOSEN: Final = "chosen.txt"

_HARMLESS: Final = re.compile(r"deprecated pixel format used|Last message repeated")


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A decoded frame: when it is shown, in seconds, the seconds of a tick, and what tells its samples from others."""

    time: Fraction
    tick: Fraction
    digest: bytes


class Decoding:
    """A running FFmpeg that decodes a file."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self._folder = folder

    def frames(self) -> Iterator[DecodedFrame]:
        """Yield the frames in the order in which they are shown."""
        assert self._process.stdout is not None
        yield from _frames(self._process.stdout)
        self._finish()

    def times(self) -> Iterator[Fraction]:
        """Yield when each frame is shown, in seconds to the millionth, in that order."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if (found := _SHOWN.match(line)) is not None:
                yield Fraction(int(found[1]), _MICROSECONDS)
        self._finish()

    def chosen(self) -> Iterator[DecodedFrame]:
        """Yield the frames that `watched` was to compare, when all have been decoded."""
        path = self._folder / _CHOSEN
        if path.exists():
            with path.open() as file:
                yield from _frames(file)

    def messages(self) -> list[str]:
        """Return what it has said, without what differs each time."""
        lines = (self._folder / _ERRORS).read_text(errors="replace").splitlines()
        texts = [_ORIGIN.sub("", line).strip() for line in lines if not _HARMLESS.search(line)]
        return [text for text in texts if text]

    def _finish(self) -> None:
        if self._process.wait() != 0:
            raise SmartRenderError(f"FFmpeg cannot decode it: {next(iter(self.messages()), 'it says no more')}")


def _frames(lines: Iterable[str]) -> Iterator[DecodedFrame]:
    """Yield the frames that FFmpeg has written the hashes of."""
    tick = Fraction(1)
    for line in lines:
        if line.startswith("#tb 0:"):
            tick = Fraction(line.partition(":")[2].strip())
        elif not line.startswith("#"):
            words = [word.strip() for word in line.split(",")]
            yield DecodedFrame(int(words[2]) * tick, tick, bytes.fromhex(words[5]))


@contextmanager
def decoded(path: Path, stream: str) -> Iterator[Decoding]:
    """Decode a stream of a file, all frames as they are, and tell them apart (`Decoding.frames`)."""
    with _running(path, ["-map", stream, *_EACH, *_HASHED, "-"]) as decoding:
        yield decoding


@contextmanager
def watched(
    path: Path,
    stream: str,
    spans: Sequence[tuple[Fraction, Fraction]],
    begin: Fraction | None = None,
    end: Fraction | None = None,
) -> Iterator[Decoding]:
    """Decode a stream of a file: when is each frame shown (`Decoding.times`), and which are some (`Decoding.chosen`)?

    Frames that nobody looks at are decoded, and go no further: no samples are copied.

    Args:
        path: the file.
        stream: FFmpeg's name of it.
        spans: from which second to which those frames are shown that are told apart, in rising order.
        begin: second before which it begins, with some frame that needs none before it; None for the first frame.
        end: second behind which no frame is shown; None for all.
    """
    told = "settb=AVTB,metadata=mode=add:key=shown:value=1,metadata=mode=print:file=-"
    among = "+".join(f"between(t,{float(first):.6f},{float(last):.6f})" for first, last in spans)
    ending = "" if end is None else f"trim=end={float(end):.6f},"
    outputs = ["-map", stream, *_EACH, "-vf", ending + told, "-f", "null", "-"]
    if among:
        outputs += ["-map", stream, *_EACH, "-vf", f"{ending}select='{among}'", *_HASHED, _CHOSEN]
    options: list[str] = []
    if begin is not None or end is not None:
        # Of sections several are decoded at the same time: one thread each takes a quarter less of the processors.
        options += ["-threads", "1"]
    if begin is not None:
        options += ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{float(begin):.6f}"]
    with _running(path, outputs, options) as decoding:
        yield decoding


@contextmanager
def _running(path: Path, outputs: Sequence[str], options: Sequence[str] = ()) -> Iterator[Decoding]:
    command = [ffmpeg_program(), "-hide_banner", "-nostats", "-loglevel", "warning", "-copyts", "-noautorotate"]
    command += [*options, "-i", f"file:{path.absolute()}", *outputs]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / _ERRORS).open("w") as file:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=file,
                cwd=folder,
                text=True,
                errors="replace",
            )
        try:
            yield Decoding(process, folder)
        finally:
            process.kill()
            assert process.stdout is not None
            process.stdout.close()
            process.wait()
