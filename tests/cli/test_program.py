"""The program as users run it: what it writes, what it says, and how it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import vapoursynth as vs

from tests.running import PROGRAM, last_line, run
from vs_lipsync import lipsync
from vs_lipsync.weights.shipped import SHIPPED

BIN = Path(sys.executable).parent
LOSSLESS = ["--encoder-args", "-c:v libx264 -preset ultrafast -qp 0 -c:a pcm_s16le"]
FIRST, STOP = 112, 136  # the last frames with a face, and the first ones without

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def dubbed(footage: Path, voice: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A range of the demo dubbed without loss, and what the program said."""
    output = tmp_path_factory.mktemp("dubbed") / "out.mkv"
    done = run("dub", footage, "--audio", voice, "-o", output, "--start", str(FIRST), "--end", "0:00:05.440", *LOSSLESS)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert [item.name for item in output.parent.iterdir()] == ["out.mkv"]
    return output, done.stderr


def test_file_holds_the_frames_of_the_filter(dubbed: tuple[Path, str], footage: Path, voice: Path) -> None:
    source = vs.core.bs.VideoSource(str(footage), cachemode=0)
    written = vs.core.bs.VideoSource(str(dubbed[0]), cachemode=0)
    expected = lipsync(source, voice)[FIRST:STOP]
    assert (written.num_frames, written.width, written.height) == (STOP - FIRST, source.width, source.height)
    assert written.fps == source.fps
    changed = 0
    for n, (frame, made) in enumerate(zip(written.frames(), expected.frames(), strict=True), FIRST):
        for plane in range(3):
            np.testing.assert_array_equal(np.asarray(frame[plane]), np.asarray(made[plane]))
        changed += bool((np.asarray(frame[0]) != np.asarray(source.get_frame(n)[0])).any())
        for tag in ("_Matrix", "_Primaries", "_Transfer", "_Range", "_ChromaLocation"):
            assert frame.props[tag] == made.props[tag]
    assert 0 < changed <= 125 - FIRST  # the mouth moves before the cut, and nothing at all changes behind it


def test_file_has_the_dub_at_its_place(dubbed: tuple[Path, str], voice: Path) -> None:
    """The range starts at frame 112, so that its sound is the dub's from 4.48 s on."""

    def read(path: Path) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        with av.open(str(path)) as container:
            parts = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
            samples = np.concatenate(parts).astype(np.float64)
            return samples / (32768 if samples.max() > 2 else 1)

    heard, all_of_it = read(dubbed[0]), read(voice)
    expected = all_of_it[round(4.48 * 22050) :][: len(heard)]
    assert len(heard) == pytest.approx((STOP - FIRST) / 25 * 22050, abs=2)
    np.testing.assert_allclose(heard, expected, atol=2 / 32768)


def test_says_what_was_done(dubbed: tuple[Path, str]) -> None:
    lines = dubbed[1].splitlines()
    assert re.fullmatch(r"dubbing: 24/24 frames, [0-9.]+ fps, 0:00:00 left", lines[-2])  # not a terminal: plain lines
    assert re.search(r"out\.mkv: \d+ of 24 frames dubbed, \d+ passed \(", lines[-1])


def test_dry_run(footage: Path, voice: Path, tmp_path: Path) -> None:
    """The ranges follow one another, cover what was asked for, and pass the shot without a face."""
    done = run("dub", footage, "-a", voice, "--dry-run", "--start", "100", "--end", "190")
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    pattern = re.compile(r"(\d+)-(\d+)  0:00:0(\d\.\d{3}) to 0:00:0(\d\.\d{3})  (dub|pass)  ?.*")
    ranges = [pattern.fullmatch(line) for line in done.stdout.splitlines()]
    expected = 100
    for found in ranges:
        assert found is not None, done.stdout
        first, last = int(found[1]), int(found[2])
        assert first == expected
        assert (float(found[3]), float(found[4])) == (first / 25, (last + 1) / 25)
        action = found[5]
        assert (action == "pass") == (125 <= first < 175), done.stdout
        expected = last + 1
    assert expected == 190


def test_script_runs_under_vspipe(footage: Path, voice: Path, tmp_path: Path) -> None:
    """Names that end strings, start escapes or are no ASCII; and standard output holds the video and nothing else."""
    names = tmp_path / 'it\'s a "quoted" \\n folder é 漢字'
    names.mkdir()
    clip, dub, script = names / "clip.mp4", names / "dub.ogg", names / "-script.vpy"
    clip.symlink_to(footage)
    dub.symlink_to(voice)
    done = run("script", clip, "--audio", dub, "-o", script, "--offset", "-0.5", "--strength", "0.5")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "offset=-0.5, strength=0.5" in script.read_text("utf-8")
    # vspipe finds its Python by the first one on the PATH, and writes what it found to the user's configuration.
    environment = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "XDG_CONFIG_HOME": str(tmp_path / "config")}
    command = [str(BIN / "vspipe"), "-c", "y4m", "-s", "118", "-e", "121", str(script), "-"]
    piped = subprocess.run(command, capture_output=True, check=False, env=os.environ | environment)
    assert piped.returncode == 0, piped.stderr.decode()
    header, _, rest = piped.stdout.partition(b"\n")
    assert header.startswith(b"YUV4MPEG2 ") and b"W640 H360 F25:1" in header
    assert len(rest) == 4 * (len(b"FRAME\n") + 640 * 360 * 3 // 2)


def test_script_with_timecodes(footage: Path, voice: Path, tmp_path: Path) -> None:
    times, script = tmp_path / "times.txt", tmp_path / "timed.vpy"
    times.write_text("# timecode format v1\nAssume 25\n100,324,20\n")
    done = run("script", footage, "--audio", voice, "--timecodes", times, "-o", script)
    assert done.returncode == 0, done.stderr
    assert f"timecodes={str(times)!r}" in script.read_text("utf-8")
    compile(script.read_text("utf-8"), "timed.vpy", "exec")
    refused = run("script", footage, "--audio", voice, "--timecodes", times, "--extend", "loop")
    assert refused.returncode == 2 and "--extend is for clips of constant rate" in refused.stderr


def test_script_to_standard_output(footage: Path, voice: Path) -> None:
    done = run("script", footage, "-a", voice)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 6 and "offset" not in done.stdout
    compile(done.stdout, "script.vpy", "exec")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dub"], "Missing"),
        (["dub", "CLIP"], "--audio"),
        (["dub", "missing.mp4", "-a", "DUB", "-o", "o.mp4"], "missing.mp4"),
        (["dub", "CLIP", "-a", "missing.wav", "-o", "o.mp4"], "missing.wav"),
        (["dub", "CLIP", "-a", "DUB"], "-o"),
        (["dub", "CLIP", "-a", "DUB", "-o", "no/folder.mp4"], "folder"),
        (["dub", "CLIP", "-a", "DUB", "-o", "extension"], "extension"),
        (["dub", "CLIP", "-a", "DUB", "-o", "there.mp4"], "exists"),
        (["dub", "CLIP", "-a", "DUB", "-o", "CLIP", "--overwrite"], "one of the inputs"),
        (["dub", "CLIP", "-a", "DUB", "-o", "DUB", "--overwrite"], "one of the inputs"),
        (["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", "--start", "soon"], "soon"),
        (["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", "--start", "5000"], "325 frames long"),
        (["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", "--start", "9", "--end", "9"], "no frame"),
        (["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", "--strength", "3"], "strength"),
        (["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", "--offset", "x"], "offset"),
        (["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", "--encoder-args", "'"], "encoder-args"),
        (["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", "--bogus"], "bogus"),
        (["script", "CLIP", "-a", "DUB", "-o", "there.mp4"], "exists"),
        (["weights", "add", "no-such-model"], "no-such-model"),
        (["bogus"], "bogus"),
    ],
)
def test_bad_use(
    arguments: list[str],
    said: str,
    footage: Path,
    voice: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.mp4").write_text("there")
    clip, dub = (Path(path.name) for path in (footage, voice))
    clip.symlink_to(footage)
    dub.symlink_to(voice)
    named = {"CLIP": str(clip), "DUB": str(dub)}
    done = run(*(named.get(argument, argument) for argument in arguments))
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert last_line(done.stderr).startswith("vs-lipsync: ") and said in last_line(done.stderr)
    assert {item.name for item in tmp_path.iterdir()} == {"there.mp4", clip.name, dub.name}


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda clip, dub: clip.write_text("not a video"), "clip"),
        (lambda clip, dub: dub.write_text("not a sound"), "dub"),
        (lambda clip, dub: dub.write_bytes(clip.read_bytes()), "no sound"),
    ],
)
@pytest.mark.parametrize("dry", [False, True])
def test_failed_job(
    prepare: Callable[[Path, Path], None], said: str, dry: bool, footage: Path, voice: Path, tmp_path: Path
) -> None:
    clip, dub = tmp_path / "clip.mp4", tmp_path / "dub.ogg"
    clip.write_bytes(footage.read_bytes())
    dub.write_bytes(voice.read_bytes())
    prepare(clip, dub)
    done = run("dub", clip, "-a", dub, *(["--dry-run"] if dry else ["-o", tmp_path / "out.mp4"]))
    assert done.returncode == 1, done.stderr
    assert last_line(done.stderr).startswith("vs-lipsync: ") and said in last_line(done.stderr)
    assert {item.name for item in tmp_path.iterdir()} == {"clip.mp4", "dub.ogg"}


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopping_leaves_no_file(number: signal.Signals, code: int, footage: Path, voice: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    command = [PROGRAM, "dub", str(footage), "-a", str(voice), "-o", str(output)]
    # The encoder's slowest preset leaves time enough to stop it.
    command += ["--encoder-args", "-c:v libx264 -preset placebo -threads 1 -vf scale=1920:-2"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it, and so
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # would what it starts
    signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".out.mp4.job/*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if process.poll() is not None:
        pytest.fail(process.communicate()[1])
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_overwrite(footage: Path, voice: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    output.write_text("old")
    done = run("dub", footage, "-a", voice, "-o", output, "--start", "130", "--end", "133", "--overwrite")
    assert done.returncode == 0, done.stderr
    assert vs.core.bs.VideoSource(str(output), cachemode=0).num_frames == 3


def test_weights() -> None:
    listed = run("weights", "list")
    assert listed.returncode == 0
    for model in SHIPPED:
        assert f"{model.name}: {model.licence}\n" in listed.stdout and model.origin in listed.stdout


def test_version_and_help() -> None:
    """The installed program; and it need not load torch for that."""
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"vs-lipsync, version \d+\.\d+\.\d+\n", done.stdout)
    assert "--dry-run" in run("dub", "--help").stdout
    bare = run()
    assert bare.returncode == 2 and "Commands:" in bare.stderr
    loaded = "import sys, vs_lipsync.cli; print(sorted({'torch', 'vapoursynth', 'cv2', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"
