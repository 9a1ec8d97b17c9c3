"""Pieces of a job as tasks of a Ray cluster; `scripts/ray_test.py` tries faces, ray:// and hidden files."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.made_jobs import digest, make
from tests.running import last_line, run
from vs_lipsync.cli.jobs.cluster.carried import CarriedFile, chunks, pack, place_in, unpack
from vs_lipsync.settings.voice import Voice

pytestmark = pytest.mark.usefixtures("home")

HAS_RAY = importlib.util.find_spec("ray") is not None

JOB = """
import os, sys, threading, time
from pathlib import Path
from ray.cluster_utils import Cluster
from tests.made_jobs import make
from vs_lipsync.cli.jobs.cluster.connection import connected
from vs_lipsync.cli.jobs.rendering.folder import folder_of

source, dub, output = map(Path, sys.argv[1:])
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
os.environ["RAY_ADDRESS"] = cluster.address

def kill():
    while not list(folder_of(output).glob("0*.json")):
        time.sleep(0.02)
    cluster.remove_node(nodes[0], allow_graceful=False)
    print("killed", flush=True)

killer = threading.Thread(target=kill, daemon=True)
killer.start()
with connected("ray") as ray:
    make(source, dub, output, first=90, stop=190, piece=0.4, pause=0.01, cluster=ray,
         options=("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"))
killer.join(20)
cluster.shutdown()
"""


@pytest.mark.skipif(not HAS_RAY or sys.platform != "linux", reason="needs Ray")
def test_a_node_that_is_killed_changes_nothing(footage: Path, voice: Path, tmp_path: Path) -> None:
    output, alone = tmp_path / "out.mkv", tmp_path / "alone.mkv"
    # Ray stays on loopback if it is told that it cannot do more.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    command = [sys.executable, "-c", JOB, str(footage), str(voice), str(output)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    assert "killed" in done.stdout and "processors in the Ray cluster" in done.stderr
    fast = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20")
    make(footage, voice, alone, first=90, stop=190, piece=0.4, options=fast)
    assert digest(output) == digest(alone)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["alone.mkv", "out.mkv"]


def test_a_cluster_that_is_not_there(
    footage: Path, voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that was not begun leaves nothing behind."""
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    done = run("dub", footage, "-a", voice, "-o", tmp_path / "out.mkv", "--workers", "ray", "--end", "20")
    assert done.returncode == 1
    said = "no Ray cluster can be reached at 127.0.0.1:1" if HAS_RAY else "needs Ray: pip install 'vs-lipsync[ray]'"
    assert said in last_line(done.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["0", "1025", "x", "ray:", "ray://", "ray://host", "-1", "1.5", "100000"])
def test_what_is_no_number_of_workers(value: str, footage: Path, voice: Path, tmp_path: Path) -> None:
    done = run("dub", footage, "-a", voice, "-o", tmp_path / "out.mkv", f"--workers={value}")
    assert done.returncode == 2
    assert "is neither a number from 1 to 1024, nor ray, nor ray://HOST:PORT" in last_line(done.stderr)


def test_files_that_are_carried_keep_their_places(tmp_path: Path) -> None:
    """Where they are copied, a subtitle file still finds the sounds that it names."""
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "sounds").mkdir(parents=True)
    names = ["dub.srt", "sounds/a.wav", "face.png", "net.pth", "not named.wav"]
    for name in names:
        (here / name).write_text(name)
    (here / "dub.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nsounds/a.wav\n")
    voice = Voice(here / "dub.srt", model=f"wav2lip:{here / 'net.pth'}", target=str(here / "face.png"))
    data, files = pack((voice, "no file", here))
    assert {file.path for file in files} == {here / name for name in names[:4]}
    assert all(file.is_here for file in files)
    for file in files:
        place = place_in(there, file.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"".join(chunks(file.path)))
    found, text, folder = unpack(data, lambda path: place_in(there, path))
    moved = place_in(there, here)
    assert found == Voice(moved / "dub.srt", model=f"wav2lip:{moved / 'net.pth'}", target=str(moved / "face.png"))
    assert (text, folder) == ("no file", here)
    assert (moved / "sounds" / "a.wav").read_text() == "sounds/a.wav"


def test_another_file_of_the_same_name_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    known = CarriedFile.of(path)
    path.write_text("two!")
    assert not known.is_here
    path.unlink()
    assert not known.is_here
