"""Looking at a finished file: all packets are those that were to be in it, and all pictures are right."""

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from vs_lipsync.errors import SmartRenderError, one_line
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.smart.join import EncodedPart, digest, parts_of
from vs_lipsync.media.smart.runs import Run
from vs_lipsync.timing.timeline import PartOf, Timeline

__all__ = ["check_packets", "check_pictures"]

_ORIGIN: Final = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\]|\b[0-9]+\b")  # what changes from one run to the next

_HARMLESS: Final = re.compile(r"deprecated pixel format used|Last message repeated")

_ROUNDING: Final = Fraction(51, 100_000)
"""Seconds by which a container may show a frame early or late: Matroska counts in milliseconds."""


def check_packets(path: Path, digests: Sequence[bytes]) -> None:
    """Make sure that a file's pictures are in certain packets.

    Args:
        path: the file.
        digests: of the packets in the order in which they are decoded.

    Raises:
        SmartRenderError: they are not.
    """
    try:
        with av.open(str(path)) as container:
            found = [digest(bytes(packet)) for packet in container.demux(video=0) if packet.size]
    except (av.FFmpegError, OSError) as error:
        raise SmartRenderError(f"the joined file cannot be read: {one_line(error)}") from error
    if len(found) != len(digests):
        raise SmartRenderError(f"the joined file has {len(found)} pictures instead of {len(digests)}")
    other = next((n for n, (a, b) in enumerate(zip(found, digests, strict=True)) if a != b), None)
    if other is not None:
        raise SmartRenderError(f"packet {other} of the joined file is not the one that was put there")


def check_pictures(
    path: Path,
    lead: Fraction,
    source: tuple[Path, int],
    runs: Sequence[Run],
    parts: Sequence[EncodedPart],
    timeline: Timeline,
    done: Callable[[], None] = lambda: None,
) -> None:
    """Decode a whole file: each frame has to be that of the source, or of what was encoded, at its time.

    Args:
        path: the file.
        lead: second in it at which its first frame is shown.
        source: the source and the number of its stream.
        runs: what was copied, and what was encoded.
        parts: what was encoded.
        timeline: when the frames of the clip are shown; that of the first run's first one is at `lead`.
        done: called after each frame.

    Raises:
        SmartRenderError: a frame is another one, is shown at another time, or FFmpeg has something to say that it does
            not say of the source.
    """
    first, stop = runs[0].first, runs[-1].stop
    shown = PartOf(timeline, first)
    with ExitStack() as stack:
        said = stack.enter_context(_decoded(path, "0:v:0"))
        # The source is decoded as far as anything of it is copied, at the same time.
        original = stack.enter_context(_decoded(source[0], f"0:{source[1]}"))
        own, theirs = iter(said.frames()), _from(original.frames(), first)
        count = 0
        for frame, expected in zip(own, _expected(theirs, runs, parts), strict=False):
            number = first + count
            if expected is not None and frame.digest != expected:
                raise SmartRenderError(f"frame {number} of the joined file is another picture than it has to be")
            late = frame.time - lead - shown.start(count)
            if abs(late) > frame.tick / 2 + _ROUNDING:
                raise SmartRenderError(f"frame {number} of the joined file is shown {float(late):+.4f} s late")
            count += 1
            done()
        if count != stop - first or next(own, None) is not None:
            raise SmartRenderError(f"the joined file shows {count} frames instead of {stop - first}")
        next(theirs, None)  # at its end, all that FFmpeg says has been said
        known = set(original.messages())
        if new := [text for text in said.messages() if text not in known]:
            raise SmartRenderError(f"FFmpeg says of the joined file: {new[0]}")


def _expected(theirs: Iterator["_Frame"], runs: Sequence[Run], parts: Sequence[EncodedPart]) -> Iterator[bytes | None]:
    """Yield the digests of the frames of the output."""
    for run in runs:
        if run.packets is not None:
            for _ in range(len(run)):
                frame = next(theirs, None)
                if frame is None:
                    raise SmartRenderError("FFmpeg shows fewer frames of the source than are copied")
                yield frame.digest
            continue
        for part in parts_of(run, parts):
            with _decoded(part.path, "0:v:0") as encoded:
                for frame in encoded.frames():
                    next(theirs, None)
                    yield frame.digest


def _from(frames: Iterator["_Frame"], first: int) -> Iterator["_Frame"]:
    for _ in range(first):
        next(frames, None)
    yield from frames


@dataclass(frozen=True, slots=True)
class _Frame:
    """A decoded frame: when it is shown, in seconds, the seconds of a tick, and what tells its samples from others."""

    time: Fraction
    tick: Fraction
    digest: bytes


class _Decoding:
    """A running FFmpeg that decodes a file."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path) -> None:
        self._process = process
        self._errors = errors

    def frames(self) -> Iterator[_Frame]:
        """Yield the frames in the order in which they are shown."""
        assert self._process.stdout is not None
        tick = Fraction(1)
        for line in self._process.stdout:
            if line.startswith("#tb 0:"):
                tick = Fraction(line.partition(":")[2].strip())
            elif not line.startswith("#"):
                words = [word.strip() for word in line.split(",")]
                yield _Frame(int(words[2]) * tick, tick, bytes.fromhex(words[5]))
        if self._process.wait() != 0:
            raise SmartRenderError(f"FFmpeg cannot decode it: {next(iter(self.messages()), 'it says no more')}")

    def messages(self) -> list[str]:
        """Return what it has said, without what differs each time."""
        lines = self._errors.read_text(errors="replace").splitlines()
        texts = [_ORIGIN.sub("", line).strip() for line in lines if not _HARMLESS.search(line)]
        return [text for text in texts if text]


@contextmanager
def _decoded(path: Path, stream: str) -> Iterator[_Decoding]:
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
            yield _Decoding(process, errors)
        finally:
            process.kill()
            assert process.stdout is not None
            process.stdout.close()
            process.wait()
