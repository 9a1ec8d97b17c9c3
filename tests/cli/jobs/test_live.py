"""Dubbing in a chain of pipes: the frames of the file, soon after they have come, and nothing else."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from tests.running import PROGRAM, last_line, run
from vs_lipsync import lipsync
from vs_lipsync.cli.jobs.live import delay_of
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.plan.grid import Grid

pytestmark = pytest.mark.usefixtures("home")

FRAME = 160 * 90 * 3 // 2


def stream(source: Path, path: Path, frames: int, form: str, first: int = 0) -> bytes:
    """Write frames of a file as y4m, and return the file's bytes."""
    chain = f"trim=start_frame={first},setpts=PTS-STARTPTS,scale=160:90,format={form}"
    command = [ffmpeg_program(), "-v", "error", "-y", "-i", str(source), "-vf", chain, "-frames:v", str(frames)]
    subprocess.run([*command, "-strict", "-1", "-f", "yuv4mpegpipe", str(path)], check=True)
    return path.read_bytes()


def expected(path: Path, dub: Path) -> Iterator[bytes]:
    """Yield the samples of each frame of a file as the filter makes them."""
    for frame in lipsync(vs.core.bs.VideoSource(str(path), cachemode=0), dub).frames(close=True):
        yield b"".join(np.ascontiguousarray(np.asarray(frame[plane])).tobytes() for plane in range(3))


def started(voice: Path) -> "subprocess.Popen[bytes]":
    command = [PROGRAM, "dub", "-", "--audio", str(voice), "-o", "-"]
    # Without a buffer: `communicate` would not see what one holds.
    return subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_frames_are_those_of_the_file_and_leave_soon(footage: Path, voice: Path, tmp_path: Path) -> None:
    """A cut, two blocks whose end nobody knows when they are made, and one before the end."""
    path = tmp_path / "in.y4m"
    data = stream(footage, path, 170, "yuv420p")
    header = data.index(b"\n") + 1
    delay = delay_of(Grid.for_frames_of(FRAME))
    assert delay == 72
    process = started(voice)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    enough = memoryview(data)[: header + delay * (FRAME + 6)]
    while enough:
        enough = enough[process.stdin.write(enough) :]
    first = b""
    while len(first) < header + FRAME + 6:  # comes while the pipe stays open
        first += process.stdout.read(header + FRAME + 6 - len(first)) or b""
        assert process.poll() is None
    rest, errors = process.communicate(data[header + delay * (FRAME + 6) :], timeout=300)
    assert process.returncode == 0, errors.decode()
    made = first + rest
    assert made[:header] == data[:header]
    frames = [made[at : at + FRAME + 6] for at in range(header, len(made), FRAME + 6)]
    assert [frame[:6] for frame in frames] == [b"FRAME\n"] * 170
    assert [frame[6:] for frame in frames] == list(expected(path, voice))
    assert made != data
    assert b"of 170 frames dubbed" in errors


def test_an_input_that_is_cut_off(footage: Path, voice: Path, tmp_path: Path) -> None:
    """What is whole is dubbed, in 10 bits and 4:4:4; and the exit code tells."""
    path = tmp_path / "in.y4m"
    data = stream(footage, path, 30, "yuv444p10le")
    process = started(voice)
    made, errors = process.communicate(data[:-1000], timeout=300)
    assert process.returncode == 1
    said = last_line(errors.decode())
    assert "standard input is damaged behind frame 29: it ends in the middle of a frame" in said
    size = 160 * 90 * 3 * 2
    header = data.index(b"\n") + 1
    frames = [made[at + 6 : at + 6 + size] for at in range(header, len(made), size + 6)]
    path.write_bytes(data[: header + 29 * (size + 6)])
    assert frames == list(expected(path, voice))


def test_a_reader_that_leaves(footage: Path, voice: Path, tmp_path: Path) -> None:
    """As `head` does: the program ends, and says nothing of it."""
    data = stream(footage, tmp_path / "in.y4m", 140, "yuv420p", first=125)  # most of it without a face
    process = started(voice)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.write(data[: 80 * (FRAME + 6)])
    process.stdin.flush()
    process.stdout.read(100)
    process.stdout.close()
    with suppress(BrokenPipeError):
        process.stdin.write(data[80 * (FRAME + 6) :])
    with suppress(BrokenPipeError):
        process.stdin.close()
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=120) == 1
    assert "Traceback" not in errors and "BrokenPipe" not in errors


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["-o", "out.mkv"], "give - as INPUT, and -o - as well", 2),
        (["-o", "-", "--piece", "3"], "--piece is for files", 2),
        (["-o", "-", "--start", "3"], "--start is for files", 2),
        (["-o", "-", "--deinterlace"], "--deinterlace is for files", 2),
        (["-o", "-", "--target", "main"], "the target main is looked for in the whole clip", 1),
        (["-o", "-", "--target", "12@3,4"], "the target 12@3,4 is looked for in the whole clip", 1),
    ],
)
def test_what_a_pipe_has_not(words: list[str], said: str, code: int, voice: Path) -> None:
    done = run("dub", "-", "-a", voice, *words)
    assert done.returncode == code and done.stdout == ""
    assert said in last_line(done.stderr)
