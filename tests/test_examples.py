"""The examples run: the real vspipe, the real FFmpeg, a few dozen frames each (about 40 s)."""

import hashlib
import os
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB, ROOT

EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.vpy"))
ENVIRONMENT = {**os.environ, "FFMPEG": imageio_ffmpeg.get_ffmpeg_exe()}


def run(*command: str | Path, **more: str) -> None:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, check=False, env=ENVIRONMENT | more, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def frames_of(path: Path) -> list[str]:
    clip = vs.core.bs.VideoSource(str(path), cachemode=0)
    return [hashlib.sha256(bytes(frame[0])).hexdigest() for frame in clip.frames()]


def test_every_example_is_tried() -> None:
    assert SCRIPTS == ["hdr.vpy", "plain.vpy", "plan.vpy", "two_speakers.vpy", "zones.vpy"]
    assert sorted(path.name for path in EXAMPLES.glob("*.sh")) == ["pieces.sh", "pipe_to_ffmpeg.sh"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_plays(script: str, tmp_path: Path) -> None:
    out = tmp_path / "out.y4m"
    run("vspipe", "-c", "y4m", "--start", "20", "--end", "31", EXAMPLES / script, out, PLAN=str(tmp_path / "plan.json"))
    data = out.read_bytes()
    assert data.startswith(b"YUV4MPEG2 ") and data.count(b"FRAME\n") == 12


def test_frames_are_piped_to_ffmpeg(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    run(EXAMPLES / "pipe_to_ffmpeg.sh", EXAMPLES / "plain.vpy", DEMO_DUB, out, "0", "23")
    assert vs.core.bs.VideoSource(str(out), cachemode=0).num_frames == 24
    assert vs.core.bs.AudioSource(str(out), cachemode=0).num_samples > 0


def test_pieces_side_by_side_are_the_whole(tmp_path: Path) -> None:
    for name, count in (("one.mkv", "1"), ("three.mkv", "3")):
        run(EXAMPLES / "pieces.sh", EXAMPLES / "plain.vpy", tmp_path / name, "30", count)
    assert frames_of(tmp_path / "three.mkv") == frames_of(tmp_path / "one.mkv")
    assert len(frames_of(tmp_path / "one.mkv")) == 30
