"""Jobs that are stopped and taken up again: in pieces, by killed processes, on full disks."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import vapoursynth as vs
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.made_jobs import digest
from vs_lipsync.cli.jobs.rendering.folder import JobFolder, Piece, folder_of
from vs_lipsync.cli.jobs.rendering.pieces import Cutter, PieceCutter, RunCutter
from vs_lipsync.errors import JobError
from vs_lipsync.files import require_space
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.plan.outcomes import Outcome, Range

MADE_OF = {"input": "a file", "encoder": "fast"}
DUBBED = Outcome("dub", "target speaks")

pytestmark = pytest.mark.usefixtures("home")


def pieces_of(length: int, shortest: int, shots: set[int]) -> list[int]:
    """Return where the pieces of a clip begin, as whoever writes it from its first frame to its last finds out."""
    return begins_of(PieceCutter(length, shortest, lambda n: n in shots), length)


def begins_of(cutter: Cutter, length: int) -> list[int]:
    begins = [0]
    for n in range(1, length):
        if cutter.begins(len(begins), n):
            begins.append(n)
    return begins


@pytest.mark.parametrize(
    ("length", "shots", "begins"),
    [
        (100, set(), [0, 15, 30, 45, 60, 75, 90]),
        (100, {3, 12, 14, 24, 29, 41}, [0, 12, 29, 41, 60, 75, 90]),
        (100, {10, 20}, [0, 10, 30, 45, 60, 75, 90]),
        (19, set(), [0]),  # the last four would be a piece of their own
        (20, set(), [0, 15]),
        (1, set(), [0]),
    ],
)
def test_where_pieces_begin(length: int, shots: set[int], begins: list[int]) -> None:
    assert pieces_of(length, 10, shots) == begins


@given(st.integers(1, 300), st.integers(1, 60), st.sets(st.integers(0, 299)))
def test_each_border_is_found_without_those_before_it(length: int, shortest: int, shots: set[int]) -> None:
    cutter = PieceCutter(length, shortest, lambda n: n in shots)
    begins = pieces_of(length, shortest, shots)
    assert [cutter.begin(number) for number in range(cutter.count)] == begins
    lengths = [stop - begin for begin, stop in pairwise([*begins, length])]
    assert all(shortest <= one <= 2 * shortest for one in lengths[:-1])
    assert min(length, shortest // 2) <= lengths[-1] <= 2 * shortest + shortest // 2


@pytest.mark.parametrize(
    ("shortest", "begins"),
    [
        (0, [0, 40, 43]),
        (10, [0, 12, 30, 40, 43, 58, 70]),
    ],
)
def test_no_piece_has_frames_of_two_runs(shortest: int, begins: list[int]) -> None:
    cutter = RunCutter([(100, 140), (150, 153), (160, 200)], shortest, lambda n: n in (112, 145, 187))
    assert begins_of(cutter, 83) == begins == [cutter.begin(number) for number in range(cutter.count)]


def test_shots_of_the_demo_are_found(footage: Path) -> None:
    clip = vs.core.bs.VideoSource(str(footage), cachemode=0)
    analysis = Analysis.of(clip)
    assert [n for n in range(100, 300) if analysis.begins_shot(n)] == [125, 175, 263]


def add(job: JobFolder, stop: int, contents: bytes = b"pictures") -> None:
    part = job.part(".nut")
    part.write_bytes(contents)
    ranges = (Range(job.frames, stop - 1, DUBBED),)
    job.keep(Piece(len(job.pieces), part, job.frames, stop, ranges, "extradata_hash", ("-color_trc", "1")))


def stopped(output: Path, *stops: int) -> Path:
    """Leave a job with some pieces, and one that is half done."""
    with pytest.raises(KeyboardInterrupt), JobFolder.open(output, MADE_OF) as job:
        for stop in stops:
            add(job, stop)
        job.part(".nut").write_bytes(b"half")
        raise KeyboardInterrupt
    return folder_of(output)


def test_pieces_are_kept(tmp_path: Path) -> None:
    folder = stopped(tmp_path / "out.mkv", 10, 25)
    assert {item.name for item in folder.iterdir()} >= {"job.json", "00000.nut", "00001.nut"}
    assert not list(folder.glob("*part*"))
    with JobFolder.open(tmp_path / "out.mkv", MADE_OF) as job:
        assert [(piece.first, piece.stop) for piece in job.pieces] == [(0, 10), (10, 25)]
        assert job.pieces[1].ranges == (Range(10, 24, DUBBED),)
        assert job.pieces[1].colour == ("-color_trc", "1")
        written = job.part(".mkv")
        written.write_bytes(b"whole")
        job.finish(written, tmp_path / "out.mkv", overwrite=False)
    assert [item.name for item in tmp_path.iterdir()] == ["out.mkv"]


def test_nothing_is_kept_of_a_job_without_a_piece(tmp_path: Path) -> None:
    stopped(tmp_path / "out.mkv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "whole"),
    [
        (lambda folder: (folder / "00001.nut").write_bytes(b"pic"), 25),
        (lambda folder: (folder / "00001.json").write_text("{"), 25),
        (lambda folder: (folder / "00001.json").write_text('{"first": 11, "stop": 25}'), 25),
        (lambda folder: (folder / "00000.json").unlink(), 30),
        (lambda folder: (folder / "00001.nut").unlink(), 25),
        (lambda folder: (folder / "00002.nut").unlink(), 25),
        (lambda folder: shutil.copy(folder / "00001.json", folder / "00002.json"), 25),
        (lambda folder: (folder / "job.json").write_text("[" * 100_000), 0),
    ],
)
def test_damaged_pieces_are_made_again(damage: Callable[[Path], object], whole: int, tmp_path: Path) -> None:
    folder = stopped(tmp_path / "out.mkv", 10, 25, 40)
    damage(folder)
    with JobFolder.open(tmp_path / "out.mkv", MADE_OF) as job:
        assert job.frames == whole
        assert [piece.stop - piece.first for piece in job.pieces] == [
            length for number, length in enumerate((10, 15, 15)) if number not in job.missing(3)
        ]
        assert len(list(folder.glob("*.nut"))) == len(job.pieces)


def test_another_job_is_refused(tmp_path: Path) -> None:
    folder = stopped(tmp_path / "out.mkv", 10)
    other = MADE_OF | {"encoder": "slow"}
    with pytest.raises(JobError, match=r"another encoder;.*--no-resume"), JobFolder.open(tmp_path / "out.mkv", other):
        pass
    assert (folder / "00000.nut").exists()
    with JobFolder.open(tmp_path / "out.mkv", other, resume=False) as job:
        assert job.frames == 0 and not (folder / "00000.nut").exists()
    assert list(tmp_path.iterdir()) == []


def test_second_run_is_refused(tmp_path: Path) -> None:
    with JobFolder.open(tmp_path / "out.mkv", MADE_OF) as job:
        add(job, 5)
        with pytest.raises(JobError, match="another run is writing"), JobFolder.open(tmp_path / "out.mkv", MADE_OF):
            pass
        with JobFolder.open(tmp_path / "other.mkv", MADE_OF):
            pass
        assert job.pieces[0].size == len(b"pictures")


def test_files_of_others_stay(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "out.mkv")
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with JobFolder.open(tmp_path / "out.mkv", MADE_OF, resume=False):
        pass
    assert [item.name for item in folder.iterdir()] == ["notes.txt"]


def test_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    with pytest.raises(JobError, match="exists by now"), JobFolder.open(output, MADE_OF) as job:
        add(job, 5)
        written = job.part(".mkv")
        written.write_bytes(b"ours")
        output.write_bytes(b"theirs")
        job.finish(written, output, overwrite=False)
    assert output.read_bytes() == b"theirs"
    assert (folder_of(output) / "00000.nut").exists()


def test_names_of_folders(tmp_path: Path) -> None:
    assert folder_of(tmp_path / "out.mkv") == tmp_path / ".out.mkv.job"
    long = {folder_of(tmp_path / f"{'é' * 110}{end}.mkv").name for end in "ab"}
    assert len(long) == 2 and all(len(name.encode()) < 255 for name in long)


def test_full_disk_is_said(tmp_path: Path) -> None:
    require_space(tmp_path, 1)
    with pytest.raises(JobError, match=r"too little space in .*: .* free, 1000000000.1 GB needed"):
        require_space(tmp_path, 10**18)


JOB = """
import resource, sys
from pathlib import Path
from tests.made_jobs import make
source, dub, output, pause, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
make(Path(source), Path(dub), Path(output), first=90, stop=290, piece=0.4, pause=float(pause),
     options=("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"))
"""


def job_process(source: Path, dub: Path, output: Path, pause: float = 0.0, limit: int = 0) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", JOB, str(source), str(dub), str(output), str(pause), str(limit)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def whole(footage: Path, voice: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a job that nobody disturbed."""
    output = tmp_path_factory.mktemp("whole") / "out.mp4"
    process = job_process(footage, voice, output)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
def test_killed_job_ends_in_the_same_file(whole: Path, footage: Path, voice: Path, tmp_path: Path) -> None:
    """Frames take 20 ms at least, so that the job outlasts three kills within its first second."""
    output, moments = tmp_path / "out.mp4", random.Random(4)
    for _ in range(3):
        process = job_process(footage, voice, output, pause=0.02)
        while not (folder_of(output) / "lock").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moments.uniform(0.1, 1.0))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    process = job_process(footage, voice, output)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert digest(output) == digest(whole)
    assert [item.name for item in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such limit")
def test_full_disk_leaves_a_job_to_resume(whole: Path, footage: Path, voice: Path, tmp_path: Path) -> None:
    """The pieces fit under a limit on the size of files, but not the file that they are joined to."""
    output = tmp_path / "out.mp4"
    process = job_process(footage, voice, output, limit=whole.stat().st_size * 3 // 4)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "JobError: ffmpeg failed: " in errors
    assert "200 of 200 frames are kept in" in errors and "give the same command again" in errors
    assert not output.exists() and len(list(folder_of(output).glob("*.nut"))) > 3
    process = job_process(footage, voice, output)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0 and "going on from frame 200" in errors
    assert digest(output) == digest(whole)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
def test_stopped_program_says_how_to_go_on(footage: Path, voice: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    program = str(Path(sys.executable).parent / "vs-lipsync")
    command = [program, "dub", str(footage), "-a", str(voice), "-o", str(output)]
    command += ["--start", "125", "--end", "175", "--piece", "0.2"]
    slow = ["--encoder-args", "-c:v libx264 -preset veryslow -threads 1"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    process = subprocess.Popen([*command, *slow], stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    while not (folder_of(output) / "00000.json").exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    *_, kept, last = [line for line in errors.splitlines() if line]
    assert re.match(r"\d+ of 50 frames are kept in .*\.out\.mkv\.job; give the same command again", kept)
    assert last == "vs-lipsync: stopped"
    assert "veryslow" in json.loads((folder_of(output) / "job.json").read_text())["inputs"]["encoder"]
    done = subprocess.run([*command, "--no-resume"], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert vs.core.bs.VideoSource(str(output), cachemode=0).num_frames == 50
    assert [item.name for item in tmp_path.iterdir()] == ["out.mkv"]
