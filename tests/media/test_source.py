"""Opening footage: all frames and their times, rotated files, and what is no video."""

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
import vapoursynth as vs
from numpy.typing import NDArray

from tests.made_jobs import RATE, sound_of
from tests.made_jobs import make as make_job
from tests.sounds import samples_of
from vs_lipsync.errors import JobError
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.sound_node import sound_node
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


def decoded(path: Path) -> list[NDArray[np.uint8]]:
    """Return the luma planes [height, width] of the frames that FFmpeg itself decodes."""
    command = [ffmpeg_program(), "-v", "error", "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "gray", "-"], check=True, capture_output=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, 64, 96)
    return list(frames)


def assert_same_frames(footage: SourceClip) -> None:
    """All of FFmpeg's frames, in its order; a gray picture that FFmpeg makes has the luma in full range."""
    expected = decoded(footage.path)
    assert footage.clip.num_frames == len(expected)
    gray = footage.clip.resize.Point(format=vs.GRAY8, range=1)
    for frame, picture in zip(gray.frames(close=True), expected, strict=True):
        assert np.abs(np.asarray(frame[0]).astype(int) - picture).max() <= 3


def parts_of(path: Path, count: int, *options: str) -> list[Path]:
    """Cut a clip of 4 s with a beep in each of its seconds into recordings whose times begin like its own."""
    beeps = "aevalsrc='0.5*sin(2000*t)*lt(mod(t,1),0.1)':s=48000:d=4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=4", "-f", "lavfi", "-i", beeps]
    parts = [path.with_name(f"{n}{path.suffix}") for n in range(count)]
    for n, part in enumerate(parts):
        cut = ["-ss", str(n * 4 / count), "-t", str(4 / count)]
        command = [ffmpeg_program(), "-v", "error", *inputs, *cut, "-pix_fmt", "yuv420p", *options]
        subprocess.run([*command, "-y", str(part)], check=True)
    return parts


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("video", ["mpeg2video", "libx264"])
def test_joined_recordings_keep_their_frames_and_sound(count: int, video: str, tmp_path: Path) -> None:
    """Their times begin anew: one comes after the other, and the clip's own sound stays with its pictures."""
    path = tmp_path / "joined.ts"
    parts = parts_of(path, count, "-c:v", video, "-g", "12", "-c:a", "mp2")
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    footage = SourceClip.open(path)
    assert (footage.clip.num_frames, footage.clip.fps, footage.forced_rate) == (100, Fraction(25), None)
    assert f"is taken for {count} recordings" in str(footage.note)
    assert_same_frames(footage)
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(4 * RATE), RATE)
    make_job(path, silence, tmp_path / "out.mkv")
    for name, sound in (
        ("copied", sound_of(tmp_path / "out.mkv", 1)),
        ("read", (samples_of(sound_node(path, tmp_path, origin=footage.start, shifts=footage.shifts))[:, 0], 0.0)),
    ):
        samples, start = sound
        loud = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())
        begins = start + loud[np.diff(loud, prepend=-RATE) > RATE // 4] / RATE
        assert begins == pytest.approx([0, 1, 2, 3], abs=0.04), name  # of which MP2's delay is 10 ms in each part
        assert 3.9 < start + len(samples) / RATE < 4.2


def test_joined_recordings_of_variable_rate_are_refused(tmp_path: Path) -> None:
    parts = parts_of(tmp_path / "a.ts", 2, "-c:v", "mpeg2video", "-vf", "select='lt(n,26)+not(mod(n,3))'")
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with pytest.raises(JobError, match=r"begin anew, and its frame rate varies; convert it first"):
        SourceClip.open(path)


@pytest.mark.parametrize("rate", ["25", "24000/1001"])
def test_frames_without_times_have_the_rate_of_the_container(rate: str, tmp_path: Path) -> None:
    footage = SourceClip.open(make(tmp_path / "xvid.avi", "-c:v", "libxvid", "-bf", "2", "-q:v", "3", rate=rate))
    assert footage.clip.fps == footage.assumed_rate == Fraction(rate)
    assert "does not say when its frames are shown; it is its" in str(footage.note)
    assert_same_frames(footage)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_pictures_that_start_late_are_whole(suffix: str, tmp_path: Path) -> None:
    """Matroska's length counts from the start of the file."""
    source, path = make(tmp_path / "a.mp4", "-c:v", "libx264"), tmp_path / f"late{suffix}"
    sound = ["-f", "lavfi", "-i", "sine=d=4"]
    command = [
        ffmpeg_program(),
        "-v",
        "error",
        "-itsoffset",
        "2",
        "-i",
        str(source),
        *sound,
        "-map",
        "0:v",
        "-map",
        "1:a",
    ]
    subprocess.run([*command, "-c:v", "copy", str(path)], check=True)
    footage = SourceClip.open(path)
    assert footage.note is None and footage.clip.num_frames == 50
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 5])
    if suffix == ".mkv":
        assert "is damaged or not whole" in str(SourceClip.open(path).note)


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
