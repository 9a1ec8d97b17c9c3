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
from vs_lipsync.media.probe import declared_video
from vs_lipsync.media.sound_node import sound_node
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.media.streams import contents_of

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


@pytest.mark.parametrize("video", ["mpeg2video", "libx264"])
@pytest.mark.parametrize(
    ("shape", "said"), [("64/45", None), ("1/1", "from frame 50 on, the shape of its pixels is 1:1")]
)
def test_a_shape_of_pixels_that_changes_is_told(shape: str, said: str | None, video: str, tmp_path: Path) -> None:
    path = tmp_path / "joined.ts"
    with path.open("wb") as joined:
        for one in ("64/45", shape):
            options = ["-vf", f"setsar={one}", "-frames:v", "50", "-c:v", video, "-an"]
            joined.write(parts_of(path, 1, *options)[0].read_bytes())
    note = str(SourceClip.open(path).note)
    assert said in note if said else "shape of its pixels" not in note


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


def test_frames_without_times_have_the_rate_of_their_packets_where_the_container_has_that_of_its_clock(
    tmp_path: Path,
) -> None:
    source = make(tmp_path / "a.mp4", "-c:v", "libx264", "-video_track_timescale", "600")
    path = tmp_path / "copied.avi"
    subprocess.run([ffmpeg_program(), "-v", "error", "-i", source, "-c", "copy", path], check=True)
    assert declared_video(path).rate == 600
    footage = SourceClip.open(path)
    assert (footage.clip.fps, footage.forced_rate, footage.declared) == (Fraction(25), None, None)
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


def test_a_long_last_frame_is_told_at_once(tmp_path: Path) -> None:
    """It moves no other frame: the rate is constant, and nothing ends a render late."""
    path = make(tmp_path / "last.mp4", "-c:v", "mpeg4", "-bsf:v", "setts=duration=if(eq(N\\,49)\\,2/TB\\,DURATION)")
    footage = SourceClip.open(path)
    assert footage.forced_rate is None and footage.clip.num_frames == 50
    assert "the last frame of" in str(footage.note) and "is shown for 2.000 s" in str(footage.note)


def test_a_rate_that_is_stated_wrongly_is_told(tmp_path: Path) -> None:
    """Matroska says how long a frame lasts by default, whatever the times are."""
    path = make(tmp_path / "a.mkv", "-c:v", "libx264", rate="30")
    data = path.read_bytes()
    at = data.index(b"\x23\xe3\x83")  # DefaultDuration, in nanoseconds
    size = data[at + 3] & 0x7F
    path.write_bytes(data[: at + 4] + (20_000_000).to_bytes(size, "big") + data[at + 4 + size :])
    footage = SourceClip.open(path)
    assert footage.clip.num_frames == 60 and float(footage.clip.fps) == pytest.approx(30, rel=1e-3)
    assert "says that it has 50.000 frames a second, and shows 30" in str(footage.note)


def write_timecodes(path: Path, seconds: list[float]) -> Path:
    path.write_text("# timecode format v2\n" + "".join(f"{1000 * time:.3f}\n" for time in seconds))
    return path


def test_timecodes_keep_a_variable_rate(tmp_path: Path) -> None:
    clip = make(tmp_path / "vfr.mp4", "-vf", "select='lt(n,26)+not(mod(n,3))'", "-fps_mode", "vfr")
    times = [n / 25 for n in range(50) if n < 26 or n % 3 == 0]
    options = SourceOptions(timecodes=write_timecodes(tmp_path / "times.txt", times))
    footage = SourceClip.open(clip, options)
    assert footage.clip.num_frames == len(times) and footage.note is None
    assert [float(footage.timeline.start(n)) for n in range(len(times))] == pytest.approx(times)
    assert_same_frames(footage)


def test_timecodes_of_another_clip_are_refused(tmp_path: Path) -> None:
    options = SourceOptions(timecodes=write_timecodes(tmp_path / "times.txt", [0, 0.04, 0.08]))
    with pytest.raises(JobError, match="there are times of 3 frames, and the clip has 50"):
        SourceClip.open(make(tmp_path / "a.mp4"), options)


def test_the_default_stream_is_taken_or_the_one_that_is_named(tmp_path: Path) -> None:
    one, other, path = make(tmp_path / "1.mp4"), make(tmp_path / "2.mp4", "-vf", "scale=32:32"), tmp_path / "two.mkv"
    command = [ffmpeg_program(), "-v", "error", "-i", str(one), "-i", str(other), "-map", "0", "-map", "1"]
    flags = ["-c", "copy", "-disposition:v:0", "0", "-disposition:v:1", "default"]
    subprocess.run([*command, *flags, str(path)], check=True)
    assert SourceClip.open(path).clip.width == 32
    assert SourceClip.open(path, SourceOptions(stream=0)).clip.width == 96
    with pytest.raises(JobError, match="has no video stream 2; there are 0, 1"):
        SourceClip.open(path, SourceOptions(stream=2))
    assert contents_of(path, ".mkv", video=1).notes == (
        "video stream 0 (h264) is left out: one picture is dubbed; --video-stream 0 takes this one",
    )


def test_fields_are_refused_at_once_deinterlaced_or_taken_as_whole(tmp_path: Path) -> None:
    path = make(tmp_path / "fields.mkv", "-vf", "interlace=scan=bff", "-c:v", "ffv1", rate="50")
    with pytest.raises(JobError, match=r"is interlaced; give --deinterlace .* or --progressive"):
        SourceClip.open(path)
    whole = SourceClip.open(path, SourceOptions(deinterlace=True))
    assert whole.field == 0 and whole.clip.num_frames == 50
    same = SourceClip.open(path, SourceOptions(deinterlace=False))
    assert_same_frames(same)
    for footage in (whole, same):
        assert footage.clip.get_frame(3).props["_FieldBased"] == 0
    # The bottom field is shown first, and its lines are kept.
    before, after = np.asarray(same.clip.get_frame(9)[0]), np.asarray(whole.clip.get_frame(9)[0])
    np.testing.assert_array_equal(before[1::2], after[1::2])
    assert (before[::2] != after[::2]).any()


def with_crop(path: Path, top: int, bottom: int) -> Path:
    """Write into a Matroska file that rows of its picture are not to be shown."""
    data = bytearray(path.read_bytes())
    added = bytes([0x54, 0xBB, 0x81, top, 0x54, 0xAA, 0x81, bottom])  # PixelCropTop and PixelCropBottom
    at, stop, sizes = 0, len(data), []
    while at < stop:
        length = 9 - data[at].bit_length()
        name, at = bytes(data[at : at + length]), at + length
        width = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
        if name in (b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae", b"\xe0"):  # down to the picture's settings
            sizes.append((at, width, size))
            at, stop = at + width, at + width + size
            if name == b"\xe0":
                break
        else:
            at += width + size
    for place, width, size in sizes[1:]:
        data[place : place + width] = (size + len(added) | 1 << 7 * width).to_bytes(width, "big")
    data[stop:stop] = added
    path.write_bytes(data)
    return path


def test_rows_that_are_not_to_be_shown_are_left_out(tmp_path: Path) -> None:
    path = with_crop(make(tmp_path / "bars.mkv", "-vf", "pad=96:80:0:8", "-c:v", "ffv1"), 8, 9)
    footage = SourceClip.open(path)
    assert (footage.clip.width, footage.clip.height, footage.crop) == (96, 64, (0, 0, 8, 8))
    assert "to be cropped, to 96 x 64" in str(footage.note)
    plain = SourceClip.open(make(tmp_path / "plain.mkv", "-c:v", "ffv1"))
    np.testing.assert_array_equal(np.asarray(footage.clip.get_frame(7)[0]), np.asarray(plain.clip.get_frame(7)[0]))


def test_what_of_the_pictures_does_not_arrive_is_told(tmp_path: Path) -> None:
    odd = make(tmp_path / "odd.mkv", "-vf", "format=yuv444p,pad=97:65,format=yuv420p", "-c:v", "ffv1")
    hidden = ["-vf", "format=yuva420p", "-c:v", "libvpx-vp9", "-cpu-used", "8"]
    command = [ffmpeg_program(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", *hidden]
    subprocess.run([*command, str(tmp_path / "alpha.webm")], check=True)
    cropped = SourceClip.open(odd, SourceOptions(odd_size=False))
    assert "is 97 x 65, for which its chroma is not whole; it becomes 96 x 64: Vapour" in str(cropped.note)
    whole = SourceClip.open(odd)
    assert whole.note is None and whole.size == (97, 65) and (whole.clip.width, whole.clip.height) == (98, 66)
    assert "alpha.webm is left out: it lies beside the pictures" in str(SourceClip.open(tmp_path / "alpha.webm").note)


def test_times_that_jump_by_hours_are_refused(tmp_path: Path) -> None:
    """Recordings joined as bytes, of which FFmpeg takes the second one's times for a clock that has run over."""
    late = make(tmp_path / "late.vob", "-c:v", "mpeg2video", "-output_ts_offset", "100")
    early = make(tmp_path / "early.vob", "-c:v", "mpeg2video")
    both = tmp_path / "both.vob"
    both.write_bytes(late.read_bytes() + early.read_bytes())
    with pytest.raises(JobError, match=r"jump by 26:2\d:.* at frame 50; convert it first"):
        SourceClip.open(both)


def test_frames_that_a_constant_rate_adds_or_leaves_out_are_counted(tmp_path: Path) -> None:
    uneven = ("-vf", "setpts='if(lt(N,25),N,25+(N-25)/2)/25/TB'", "-fps_mode", "vfr", "-enc_time_base", "1/1000")
    footage = SourceClip.open(make(tmp_path / "uneven.mkv", *uneven))
    assert footage.clip.num_frames < 50
    assert f"its 50 frames become {footage.clip.num_frames}" in str(footage.note)
