"""The examples run: the real vspipe, the real FFmpeg, a few dozen frames each (about 50 s)."""

import hashlib
import os
import shutil
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
    """Run a program at the root of the project, whose files have relative names, as on the page of examples."""
    words = [
        str(word.relative_to(ROOT) if isinstance(word, Path) and word.is_relative_to(ROOT) else word)
        for word in command
    ]
    done = subprocess.run(words, capture_output=True, check=False, cwd=ROOT, env=ENVIRONMENT | more, timeout=300)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def opened(path: Path) -> vs.VideoNode:
    clip = vs.core.bs.VideoSource(str(path), cachemode=0)
    assert isinstance(clip, vs.VideoNode)
    return clip


def frames_of(path: Path) -> list[str]:
    return [hashlib.sha256(bytes(frame[0])).hexdigest() for frame in opened(path).frames()]


def test_every_example_is_tried() -> None:
    assert SCRIPTS == ["hdr.vpy", "plain.vpy", "plan.vpy", "two_speakers.vpy", "zones.vpy"]
    chains = ["hdr_to_x265.sh", "pieces.sh", "pipe_to_ffmpeg.sh", "pipe_to_x264.sh", "zones.sh"]
    assert sorted(path.name for path in EXAMPLES.glob("*.sh")) == chains


def test_the_page_of_examples_names_each() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in EXAMPLES.iterdir():
        assert path.name == "README.md" or f"]({path.name})" in page, path.name


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name not in ("hdr.vpy", "plain.vpy")])
def test_a_script_plays(script: str, tmp_path: Path) -> None:
    out = tmp_path / "out.y4m"
    run("vspipe", "-c", "y4m", "--start", "20", "--end", "31", EXAMPLES / script, out, PLAN=str(tmp_path / "plan.json"))
    data = out.read_bytes()
    assert data.startswith(b"YUV4MPEG2 ") and data.count(b"FRAME\n") == 12


def test_frames_are_piped_to_ffmpeg(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    run(EXAMPLES / "pipe_to_ffmpeg.sh", EXAMPLES / "plain.vpy", DEMO_DUB, out, "0", "23")
    assert opened(out).num_frames == 24
    assert vs.core.bs.AudioSource(str(out), cachemode=0).num_samples > 0


@pytest.mark.skipif(shutil.which("x264") is None, reason="there is no x264")
def test_frames_are_piped_to_x264(tmp_path: Path) -> None:
    out = tmp_path / "out.264"
    run(EXAMPLES / "pipe_to_x264.sh", EXAMPLES / "plain.vpy", out, "0", "11")
    clip = opened(out)
    assert clip.num_frames == 12
    assert clip.get_frame(0).props["_Transfer"] == vs.TRANSFER_BT709


def test_hdr_stays_hdr(tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    run(EXAMPLES / "hdr_to_x265.sh", EXAMPLES / "hdr.vpy", out, "20", "31", PRESET="ultrafast")
    clip = opened(out)
    props = clip.get_frame(0).props
    assert (clip.num_frames, clip.format.name) == (12, "YUV420P10")
    assert props["_Transfer"] == vs.TRANSFER_ST2084 and props["_Primaries"] == vs.PRIMARIES_BT2020
    assert props["_Matrix"] == vs.MATRIX_BT2020_NCL


def test_pieces_side_by_side_are_the_whole(tmp_path: Path) -> None:
    for name, count in (("one.mkv", "1"), ("two.mkv", "2")):
        run(EXAMPLES / "pieces.sh", EXAMPLES / "plain.vpy", tmp_path / name, count, "24")
    assert frames_of(tmp_path / "two.mkv") == frames_of(tmp_path / "one.mkv")
    assert len(frames_of(tmp_path / "one.mkv")) == 24


def test_a_piece_that_fails_stops_the_whole(tmp_path: Path) -> None:
    broken = tmp_path / "broken.vpy"
    broken.write_text("import vapoursynth as vs\nvs.core.std.BlankClip(length=9).set_output()\n1 / 0\n")
    done = subprocess.run(
        [EXAMPLES / "pieces.sh", broken, tmp_path / "out.mkv", "2", "9"],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode != 0
    assert not (tmp_path / "out.mkv").exists()


def test_zones_on_the_command_line(tmp_path: Path) -> None:
    """The first 48 frames of the demo footage, losslessly: one zone is dubbed, one passes."""
    clip, out = tmp_path / "clip.mkv", tmp_path / "out.mkv"
    cut = ["-v", "error", "-i", str(ROOT / "demo" / "footage.mp4"), "-frames:v", "48", "-an", "-c:v", "ffv1"]
    run(ENVIRONMENT["FFMPEG"], *cut, clip)
    run(EXAMPLES / "zones.sh", out, clip, EXAMPLES / "zones.toml", "--encoder-args", "-c:v ffv1")
    before, after = frames_of(clip), frames_of(out)
    changed = [number for number, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    assert changed and max(changed) < 30
