"""Many films: what fails stops no other, nothing is done twice, and the report tells it all."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import av
import pytest

from tests.running import PROGRAM
from vs_lipsync.cli.jobs.rendering.folder import folder_of
from vs_lipsync.media.ffmpeg import run_ffmpeg

pytestmark = [
    pytest.mark.usefixtures("home"),
    pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows"),
]

FAST = "-c:v libx264 -preset ultrafast -crf 30"


def batch(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [PROGRAM, "batch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def states(report: Path) -> dict[str, str]:
    return {Path(job["output"]).name: job["state"] for job in json.loads(report.read_text("utf-8"))["jobs"]}


@pytest.fixture(scope="module")
def films(footage: Path, voice: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six jobs: two of a broken clip and a broken dub, one that takes longer than the others."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "good.mp4").symlink_to(footage)
    (folder / "voice.ogg").symlink_to(voice)
    (folder / "text.mp4").write_text("not a film")
    (folder / "text.wav").write_text("not a sound")
    (folder / "jobs.toml").write_text(
        f"""
        [defaults]
        audio = "voice.ogg"
        encoder_args = "{FAST}"
        start = 130
        end = 134
        [[jobs]]
        input = "good.mp4"
        output = "a.mp4"
        [[jobs]]
        input = "text.mp4"
        [[jobs]]
        input = "good.mp4"
        output = "b.mkv"
        strength = 0.5
        [[jobs]]
        input = "good.mp4"
        audio = "text.wav"
        output = "c.mkv"
        [[jobs]]
        input = "good.mp4"
        output = "long.mkv"
        start = 125
        end = 175
        piece = 0.2
        encoder_args = "-c:v libx264 -preset veryslow -threads 1"
        [[jobs]]
        input = "good.mp4"
        output = "e.mkv"
        """,
        encoding="utf-8",
    )
    return folder


def test_a_batch_that_is_killed_and_given_again(films: Path) -> None:
    report = films / "jobs.toml.report.json"
    process = subprocess.Popen(
        [PROGRAM, "batch", str(films / "jobs.toml"), "--workers", "2"], stderr=subprocess.DEVNULL, text=True
    )
    long = films / "long.mkv"
    while not list(folder_of(long).glob("0*.json")) and not long.exists() and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert process.returncode == -signal.SIGKILL, "it was over before it was killed"
    done = {name: (films / name).stat().st_mtime_ns for name, state in states(report).items() if state == "done"}
    assert set(done) >= {"a.mp4"} and states(report)["c.mkv"] == "failed"

    again = batch(films / "jobs.toml", "--workers", "2")
    assert again.returncode == 1, again.stderr
    assert f"{len(done)} of 6 jobs were done before" in again.stderr
    assert "[good.mp4] going on from frame" in again.stderr
    assert {name: (films / name).stat().st_mtime_ns for name in done} == done
    expected = dict.fromkeys(("a.mp4", "b.mkv", "e.mkv", "long.mkv"), "done")
    assert states(report) == expected | {"text.mp4": "failed", "c.mkv": "failed"}
    jobs = {Path(job["output"]).name: job for job in json.loads(report.read_text("utf-8"))["jobs"]}
    assert (jobs["a.mp4"]["frames"], jobs["long.mkv"]["frames"]) == (4, 50)
    assert jobs["a.mp4"]["dubbed"] + sum(jobs["a.mp4"]["passed"].values()) == 4
    assert "text.mp4" in jobs["text.mp4"]["error"] and "text.wav" in jobs["c.mkv"]["error"]
    *rows, total = again.stdout.splitlines()
    assert [row.split()[1] for row in rows[1:]] == [jobs[name]["state"] for name in jobs]
    assert total == "6 jobs: 4 done, 2 failed"
    for name in expected:
        with av.open(str(films / name)) as container:
            assert sum(packet.size > 0 for packet in container.demux(video=0)) == jobs[name]["frames"]

    left = {item.name for item in films.iterdir() if item.name.startswith(".")}
    assert left == set()


def test_a_folder(footage: Path, voice: Path, tmp_path: Path) -> None:
    """Each picture with the sound of its name; the others are named. All done is exit code 0."""
    (tmp_path / "film.ogg").symlink_to(voice)
    (tmp_path / "lonely.mkv").symlink_to(footage)
    run_ffmpeg(["-i", str(footage), "-frames:v", "4", "-an", "-c:v", "copy", str(tmp_path / "film.mp4")])
    done = batch(tmp_path, "--outputs", tmp_path / "out", "--report", tmp_path / "report.json")
    assert done.returncode == 0, done.stderr
    assert "lonely.mkv: there is no sound of that name beside it" in done.stderr
    assert states(tmp_path / "report.json") == {"film.mp4": "done"}
    assert [item.name for item in (tmp_path / "out").iterdir()] == ["film.mp4"]


def test_stopping_stops_all(films: Path, tmp_path: Path) -> None:
    """Ctrl-C: the jobs at work are stopped, and the table says so."""
    report, listed = tmp_path / "report.json", tmp_path / "jobs.toml"
    jobs = (films / "jobs.toml").read_text("utf-8").replace('= "', f'= "{films}/').replace(f'"{films}/-c', '"-c')
    for name in ("a.mp4", "b.mkv", "c.mkv", "long.mkv", "e.mkv"):  # which are there already, and would fail at once
        jobs = jobs.replace(f"{films}/{name}", f"{tmp_path}/{name}")
    listed.write_text(jobs, encoding="utf-8")
    process = subprocess.Popen(
        [PROGRAM, "batch", str(listed), "--workers", "1", "--report", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - before exec
    )
    while not report.exists() and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "stopped" in out and "Traceback" not in errors
    assert not [item.name for item in films.iterdir() if item.name.startswith(".")]
