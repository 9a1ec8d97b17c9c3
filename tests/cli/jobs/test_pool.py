"""Pieces of a job in several processes: the same file, whatever happens on the way, and nobody left behind."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.made_jobs import digest, packets
from tests.running import PROGRAM
from vs_lipsync.cli.jobs.rendering.folder import folder_of

pytestmark = [
    pytest.mark.usefixtures("home"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

JOB = """
import resource, sys
from pathlib import Path
from tests.made_jobs import make
source, dub, output, pause, limit, workers = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
make(Path(source), Path(dub), Path(output), first=90, stop=290, piece=0.4, pause=float(pause), workers=int(workers),
     options=("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"))
"""


def started(
    source: Path, dub: Path, output: Path, pause: float = 0.0, limit: int = 0, workers: int = 2
) -> "subprocess.Popen[str]":
    numbers = [str(pause), str(limit), str(workers)]
    command = [sys.executable, "-c", JOB, str(source), str(dub), str(output), *numbers]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True)


def at_work(output: Path) -> list[int]:
    """Return the processes that were started for a job: FFmpegs that write into its folder, and workers with its name.

    A worker's command line does not tell the job; the file of its lock does, or what its FFmpeg writes.
    """
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder_of(output)).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def children(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    try:
        return [int(number) for number in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def gone(numbers: list[int]) -> bool:
    """Wait until processes have ended."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if not any(alive(number) for number in numbers):
            return True
        time.sleep(0.05)
    return False


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def when_working(process: "subprocess.Popen[str]", output: Path, pieces: int = 1) -> list[int]:
    """Wait until a job has so many pieces; returns the processes it has started by then, and those they have."""
    while len(list(folder_of(output).glob("*.json"))) < pieces + 1 and process.poll() is None:
        time.sleep(0.01)
    own = children(process.pid)
    return [*own, *(number for one in own for number in children(one)), *at_work(output)]


@pytest.fixture(scope="module")
def whole(footage: Path, voice: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of one process that nobody disturbed."""
    output = tmp_path_factory.mktemp("whole") / "out.mp4"
    process = started(footage, voice, output, workers=1)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output


def test_the_file_is_the_one_of_a_single_process(whole: Path, footage: Path, voice: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    process = started(footage, voice, output)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert digest(output) == digest(whole)
    assert packets(output, "video", 0) == packets(whole, "video", 0)
    assert re.search(r"^dubbing: 200/200 frames, ", errors, re.MULTILINE)
    assert [item.name for item in tmp_path.iterdir()] == ["out.mp4"]


def test_kills_lose_nothing_and_leave_nobody(whole: Path, footage: Path, voice: Path, tmp_path: Path) -> None:
    """The parent is killed, then a worker; the job goes on from the pieces that were whole, also in one process."""
    output, moments = tmp_path / "out.mp4", random.Random(3)
    process = started(footage, voice, output, pause=0.02)
    others = when_working(process, output)
    time.sleep(moments.uniform(0, 0.3))
    process.kill()
    process.communicate()
    assert gone(others)
    process = started(footage, voice, output, pause=0.02)
    others = when_working(process, output, pieces=len(list(folder_of(output).glob("0*.json"))) + 1)
    worker = next(number for number in others if b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes())
    os.kill(worker, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "a process that wrote pieces ended by signal 9" in errors and "give the same command again" in errors
    assert gone(others)
    process = started(footage, voice, output, workers=1)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0 and re.search(r"^going on", errors, re.MULTILINE), errors
    assert digest(output) == digest(whole)
    assert [item.name for item in tmp_path.iterdir()] == ["out.mp4"]


def test_a_worker_that_fails_says_why_once(whole: Path, footage: Path, voice: Path, tmp_path: Path) -> None:
    """The first pieces of the job do not fit under a limit on the size of files."""
    output = tmp_path / "out.mp4"
    process = started(footage, voice, output, limit=4000)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors.count("JobError: ffmpeg failed: ") == 1
    assert not output.exists() and at_work(output) == []


def test_stopping_the_program(footage: Path, voice: Path, tmp_path: Path) -> None:
    """Ctrl-C reaches all processes of a terminal's foreground; the workers leave it to the one that started them."""
    output = tmp_path / "out.mkv"
    command = [PROGRAM, "dub", str(footage), "-a", str(voice), "-o", str(output), "--piece", "0.2", "--workers", "2"]
    command += ["--start", "125", "--end", "175", "--encoder-args", "-c:v libx264 -preset veryslow -threads 1"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, process_group=0)
    signal.signal(signal.SIGINT, before)
    others = when_working(process, output)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors, errors
    assert re.search(r"\d+ of 50 frames are kept in .*\.out\.mkv\.job; give the same command again", errors)
    assert gone(others)


def tell_whether_interrupts_are_held(connection: "Connection[bool, object]") -> None:
    connection.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))


def test_the_first_process_never_sees_ctrl_c_either() -> None:
    """With it, Python starts one of its own, and lets signals through again."""
    program = (
        "from tests.cli.jobs.test_pool import tell_whether_interrupts_are_held\n"
        "from vs_lipsync.cli.jobs.pool.processes import Child, interrupts_held\n"
        "child = Child(tell_whether_interrupts_are_held, daemon=True)\n"
        "with interrupts_held():\n"
        "    child.start()\n"
        "print(child.receive())\n"
        "child.join()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "True\n"
