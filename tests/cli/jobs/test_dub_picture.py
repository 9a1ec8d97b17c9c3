"""A clip's picture through the program: times, alpha, fields and streams (25 s)."""

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import vapoursynth as vs

from tests.running import run
from vs_lipsync.media.ffmpeg import ffmpeg_program

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def dub(tmp_path: Path) -> Path:
    path = tmp_path / "dub.wav"
    soundfile.write(path, np.zeros(16_000, np.float32), 16_000)
    return path


def make(path: Path, *options: str, rate: str = "25", frames: int = 30) -> Path:
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=96x64:rate={rate}"]
    command = [ffmpeg_program(), "-v", "error", *picture, "-frames:v", str(frames), *options, "-y", str(path)]
    subprocess.run(command, check=True)
    return path


def times_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return sorted(float(p.pts * p.time_base) for p in container.demux(video=0) if p.size and p.pts is not None)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_timecodes_are_those_of_the_file(suffix: str, dub: Path, tmp_path: Path) -> None:
    """Also of several pieces, whose frames are decoded in another order than they are shown."""
    clip = make(tmp_path / "a.mp4", "-pix_fmt", "yuv420p")
    times = [n / 25 if n < 15 else 15 / 25 + (n - 15) / 10 for n in range(30)]
    lines = [f"{1000 * time:.3f}\n" for time in [*times, times[-1] + 0.7]]  # and when the last one ends
    (tmp_path / "t.txt").write_text("# timecode format v2\n" + "".join(lines))
    output = tmp_path / f"out{suffix}"
    encoder = ["--encoder-args", "-c:v libx264 -bf 2", "--piece", "0.4"]
    done = run("dub", clip, "-a", dub, "-o", output, "--timecodes", tmp_path / "t.txt", *encoder)
    assert done.returncode == 0, done.stderr
    assert times_of(output) == pytest.approx(times, abs=0.0006)
    with av.open(str(output)) as container:
        assert (container.duration or 0) / 1_000_000 == pytest.approx(times[-1] + 0.7, abs=0.002)


def test_timecodes_are_refused_where_no_file_can_hold_them(dub: Path, tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mp4", "-pix_fmt", "yuv420p", frames=3)
    (tmp_path / "t.txt").write_text("# timecode format v2\n0\n40\n200\n")
    output = tmp_path / "out.avi"
    done = run("dub", clip, "-a", dub, "-o", output, "--timecodes", tmp_path / "t.txt")
    assert done.returncode == 1 and "--timecodes are for .mp4" in done.stderr
    done = run("dub", clip, "-a", dub, "-o", output, "--timecodes", tmp_path / "t.txt", "--extend", "loop")
    assert done.returncode == 2 and "constant rate" in done.stderr


def test_segments_of_a_variable_rate(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mp4", "-pix_fmt", "yuv420p", frames=10)
    times = [0, 40, 80, 120, 300, 500, 700, 740, 780, 820]
    (tmp_path / "t.txt").write_text("# timecode format v2\n" + "".join(f"{time}\n" for time in times))
    done = run("extract", clip, "--range", "2-6", "-o", tmp_path / "out", "--timecodes", tmp_path / "t.txt")
    assert done.returncode == 0, done.stderr
    (output,) = (tmp_path / "out").glob("*.mkv")
    assert times_of(output) == pytest.approx([(time - 80) / 1000 for time in times[2:7]])


ALPHA = "format=yuva444p10le,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='X*10'"


@pytest.mark.parametrize(
    ("name", "encoder", "said"),
    [
        ("out.mov", "-c:v prores_ks -profile:v 4", ""),
        ("out.mkv", "-c:v ffv1", ""),
        ("out.webm", "-c:v libvpx-vp9 -crf 10 -b:v 0 -cpu-used 8", ""),
        ("out.mp4", "-c:v libx264", "the clip's alpha is left out: libx264 cannot hold it"),
        ("out.mp4", "-c:v libvpx-vp9 -cpu-used 8", "the clip's alpha is left out: .mp4 files cannot hold it"),
    ],
)
def test_alpha_is_kept_or_named(name: str, encoder: str, said: str, dub: Path, tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mov", "-vf", ALPHA, "-c:v", "prores_ks", "-profile:v", "4", frames=8)
    done = run("dub", clip, "-a", dub, "-o", tmp_path / name, "--encoder-args", encoder, "--piece", "0.1")
    assert done.returncode == 0, done.stderr
    if said:
        assert said in done.stderr
        return
    assert "alpha is left out" not in done.stderr
    decoder = ["-c:v", "libvpx-vp9"] if name.endswith(".webm") else []
    command = [ffmpeg_program(), "-v", "error", *decoder, "-i", str(tmp_path / name), "-vf", "alphaextract"]
    command += ["-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    alpha = np.frombuffer(raw, np.uint8).reshape(-1, 64, 96)
    assert len(alpha) == 8
    expected = np.arange(96) * 10 / 1023 * 255
    np.testing.assert_allclose(alpha[5].mean(0), expected, atol=2.5)


def test_fields_and_streams(dub: Path, tmp_path: Path) -> None:
    one = make(tmp_path / "1.mkv", "-vf", "interlace,scale=96:64:interl=1", "-c:v", "ffv1", "-pix_fmt", "yuv420p")
    two = make(tmp_path / "2.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", frames=5)
    clip, output = tmp_path / "both.mkv", tmp_path / "out.mkv"
    command = [ffmpeg_program(), "-v", "error", "-i", str(one), "-i", str(two), "-map", "0", "-map", "1", "-c", "copy"]
    subprocess.run([*command, "-disposition:v:0", "0", "-disposition:v:1", "default", str(clip)], check=True)
    done = run("dub", clip, "-a", dub, "-o", output, "--encoder-args", "-c:v ffv1")
    assert done.returncode == 0, done.stderr
    assert "video stream 0 (ffv1) is left out: one picture is dubbed; --video-stream 0 takes this one" in done.stderr
    assert vs.core.bs.VideoSource(str(output), cachemode=0).num_frames == 5
    first: list[str | Path] = ["dub", clip, "-a", dub, "-o", output, "--overwrite", "--video-stream", "0"]
    done = run(*first)
    assert done.returncode == 1 and "is interlaced; give --deinterlace" in done.stderr
    done = run(*first, "--deinterlace")
    assert done.returncode == 0, done.stderr
    made = vs.core.bs.VideoSource(str(output), cachemode=0)
    assert made.num_frames == 30 and made.get_frame(0).props["_FieldBased"] == 0


def joined(folder: Path, *filters: str) -> Path:
    """Recordings one behind the other, as bytes."""
    parts = []
    for text in filters:
        form = ["-vf", f"{text},format=yuv420p", "-c:v", "libx264", "-bf", "0"]
        parts.append(make(folder / "part.ts", *form, frames=12).read_bytes())
    (folder / "both.ts").write_bytes(b"".join(parts))
    return folder / "both.ts"


def test_what_frames_say_anew_on_the_way_is_told(dub: Path, tmp_path: Path) -> None:
    """Samples stay, and the file says what its first frame does."""
    said = ("colorspace=bt709:color_primaries=bt709", "colorspace=smpte170m:color_primaries=smpte170m")
    clip, output = joined(tmp_path, *(f"setparams={one}" for one in said)), tmp_path / "out.mkv"
    encoder = ["--encoder-args", "-c:v libx264 -qp 0", "--piece", "0.2"]
    done = run("dub", clip, "-a", dub, "--offset", "9", "-o", output, *encoder)
    assert done.returncode == 0, done.stderr
    expected = "from frame 12 on the clip changes the matrix of its colours and its primaries: the file says what its"
    assert done.stderr.count(expected) == 1
    done = run("extract", clip, "--range", "10-13", "-o", tmp_path / "cut")
    assert "from frame 2 on the clip changes the matrix" in done.stderr


def test_a_format_that_changes_on_the_way_is_refused(dub: Path, tmp_path: Path) -> None:
    """FFmpeg's decoder has another format for full range."""
    said = (("bt709", "tv"), ("smpte170m", "pc"))
    clip = joined(tmp_path, *(f"scale=out_range={r},setparams=colorspace={m}:range={r}" for m, r in said))
    done = run("dub", clip, "-a", dub, "-o", tmp_path / "out.mkv")
    assert done.returncode == 1 and "changes its size or format on the way; convert it first" in done.stderr
