"""Opening footage: variable rates, rotated files, and what is no video."""

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from vs_lipsync.errors import JobError
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.source import SourceClip

pytestmark = pytest.mark.usefixtures("home")


def make(path: Path, *options: str, rate: str = "25", seconds: str = "2") -> Path:
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=96x64:rate={rate}:duration={seconds}"]
    subprocess.run(
        [ffmpeg_program(), "-loglevel", "error", *picture, "-pix_fmt", "yuv420p", *options, "-y", str(path)], check=True
    )
    return path


@pytest.mark.parametrize("rate", ["25", "30000/1001", "24000/1001", "12.5"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_constant_rate_is_left_alone(rate: str, suffix: str, tmp_path: Path) -> None:
    """Also in Matroska, which rounds the times of frames to the millisecond."""
    footage = SourceClip.open(make(tmp_path / f"clip{suffix}", rate=rate))
    assert footage.forced_rate is None and footage.note is None
    assert float(footage.clip.fps) == pytest.approx(float(Fraction(rate)), rel=1e-3)


def test_jitter_is_evened_out(tmp_path: Path) -> None:
    """Every other frame comes a third of a frame late, which the filter would take for a variable rate."""
    late = ("-vf", "setpts='(N+0.35*mod(N,2))/25/TB'", "-fps_mode", "vfr", "-enc_time_base", "1/1000")
    footage = SourceClip.open(make(tmp_path / "jitter.mkv", *late))
    assert footage.forced_rate is None
    durations = {
        Fraction(frame.props["_DurationNum"], frame.props["_DurationDen"]) for frame in footage.clip.frames(close=True)
    }
    assert durations == {1 / footage.clip.fps}


def test_variable_rate_becomes_constant(tmp_path: Path) -> None:
    """Of 25 frames a second, two of three are missing in the second half: the rate is 25, and the length stays."""
    footage = SourceClip.open(make(tmp_path / "vfr.mp4", "-vf", "select='lt(n,26)+not(mod(n,3))'", "-fps_mode", "vfr"))
    assert footage.forced_rate == 25 and footage.clip.fps == 25
    assert "variable frame rate" in str(footage.note)
    assert 49 <= footage.clip.num_frames <= 52


def test_rotated_file_is_upright(tmp_path: Path) -> None:
    upright = make(tmp_path / "upright.mp4")
    turned = tmp_path / "turned.mp4"
    command = [ffmpeg_program(), "-loglevel", "error", "-display_rotation", "90", "-i", str(upright)]
    subprocess.run([*command, "-c", "copy", str(turned)], check=True)
    before, after = SourceClip.open(upright).clip.get_frame(3), SourceClip.open(turned).clip.get_frame(3)
    assert (after.width, after.height) == (64, 96)
    np.testing.assert_array_equal(np.rot90(np.asarray(before[0])), np.asarray(after[0]))


@pytest.mark.parametrize("contents", [b"", b"this is no video " * 100])
def test_no_video(contents: bytes, tmp_path: Path) -> None:
    path = tmp_path / "no video.mp4"
    path.write_bytes(contents)
    with pytest.raises(JobError, match="cannot open") as caught:
        SourceClip.open(path)
    assert "\n" not in str(caught.value)


def test_index_is_kept_in_the_cache_folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not beside the footage, and not in the user's home folder, where BestSource would put it."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    SourceClip.open(make(tmp_path / "long.mp4", seconds="30"))
    assert [item.name for item in tmp_path.iterdir()] == ["long.mp4"]
