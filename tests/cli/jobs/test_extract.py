"""`vs-lipsync extract`: files that fit together again."""

import csv
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import vapoursynth as vs

from tests.footage import digest, mixed
from tests.running import last_line, run
from tests.sounds import samples_of, write_noise
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.segment_file import write_segment

pytestmark = pytest.mark.usefixtures("home")
RATE = 44_100


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face, a picture without one, and a face again, 24 frames each at 29.97 a second, with two sounds."""
    folder = tmp_path_factory.mktemp("film")
    silent, path = folder / "silent.mkv", folder / "film.mkv"
    clip = mixed().std.AssumeFPS(fpsnum=30000, fpsden=1001)
    write_segment(clip, [], silent, ["-c:v", "ffv1"], None, lambda: None)
    sounds = [folder / "one.wav", folder / "two.wav"]
    write_noise(sounds[0], 106_500, RATE, 2)
    write_noise(sounds[1], 50_000, 16_000, 1)
    inputs = [word for file in (silent, *sounds) for word in ("-i", str(file))]
    maps = ["-map", "0", "-map", "1", "-map", "2"]
    command = [ffmpeg_program(), "-v", "error", *inputs, *maps, "-c:v", "copy", "-c:a", "flac", str(path)]
    subprocess.run(command, check=True)
    return path


def video_of(path: Path) -> vs.VideoNode:
    return vs.core.bs.VideoSource(str(path), cachemode=0)


def rate_of(path: Path) -> Fraction:
    """The rate that a file says it has: by its times, which are whole milliseconds, short files are misjudged."""
    with av.open(str(path)) as container:
        rate = container.streams.video[0].average_rate
        assert rate is not None
        return Fraction(rate.numerator, rate.denominator)


def sound_of(path: Path, track: int) -> vs.AudioNode:
    return vs.core.bs.AudioSource(str(path), track=track, cachemode=0)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "segments.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_files_of_all_scenes_are_the_film(film: Path, tmp_path: Path) -> None:
    done = run("extract", film, "--scene", "all", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    rows = rows_of(tmp_path / "out")
    files = [tmp_path / "out" / row["file"] for row in rows]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *(path.name for path in files),
        "segments.csv",
    ]
    assert [(row["first_frame"], row["stop_frame"]) for row in rows] == [("0", "24"), ("24", "48"), ("48", "72")]
    assert [Fraction(row["start_seconds"]) for row in rows] == [Fraction(n * 1001, 30000) for n in (0, 24, 48)]
    assert [Fraction(row["end_seconds"]) for row in rows] == [Fraction(n * 1001, 30000) for n in (24, 48, 72)]
    assert [(row["first_sample"], row["stop_sample"]) for row in rows] == [
        ("0", "35315"), ("35315", "70631"), ("70631", "106500")
    ]  # fmt: skip
    whole = video_of(film)
    assert all(rate_of(path) == whole.fps for path in files)
    frames = [digest(frame) for path in files for frame in video_of(path).frames()]
    assert frames == [digest(frame) for frame in whole.frames()]
    for track in (1, 2):
        joined = np.concatenate([samples_of(sound_of(path, track)) for path in files])
        expected = samples_of(sound_of(film, track))
        np.testing.assert_array_equal(joined[: len(expected)], expected)
        assert not joined[len(expected) :].any()


def test_a_range_by_time_has_the_dub_at_its_place(film: Path, tmp_path: Path) -> None:
    values = write_noise(tmp_path / "dub.wav", 30_000, 48_000, 1)
    options = ("--audio", tmp_path / "dub.wav", "--offset", "0.9", "--range", "0:00.8-1.0s")
    done = run("extract", film, *options, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (row,) = rows_of(tmp_path / "out")
    assert (row["first_frame"], row["stop_frame"]) == ("24", "30")
    begin, end = (round(n * Fraction(48_000 * 1001, 30000)) for n in (24, 30))
    heard = samples_of(tmp_path / "out" / row["file"])
    expected = np.concatenate([np.zeros(43_200 - begin, np.int16), values[: end - 43_200, 0]])
    np.testing.assert_array_equal(heard[:, 0], expected)
    with av.open(str(tmp_path / "out" / row["file"])) as container:
        assert container.metadata["COMMENT"].startswith("Re-voiced with vs-lipsync")


def test_who_is_on_screen_most_is_taken_out(film: Path, tmp_path: Path) -> None:
    done = run("extract", film, "--speaker", "main", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert [(row["first_frame"], row["stop_frame"]) for row in rows_of(tmp_path / "out")] == [("0", "24"), ("48", "72")]


def test_frames_of_a_range_are_both_included(film: Path, tmp_path: Path) -> None:
    done = run("extract", film, "--range", "3-3", "--range", "70-71", "-o", tmp_path, "--encoder-args", "-c:v libx264")
    assert done.returncode == 0, done.stderr
    assert [(row["first_frame"], row["frames"]) for row in rows_of(tmp_path)] == [("3", "1"), ("70", "2")]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 2),
        (["--faces", "--scene", "1"], 2),
        (["--range", "5"], 2),
        (["--range", "5-0:01"], 2),
        (["--range", "9-5"], 2),
        (["--range", "70-72"], 2),
        (["--scene", "0"], 2),
        (["--scene", "3-2"], 2),
        (["--range", "1-2", "--encoder-args", "-c:v nonsense"], 1),
    ],
)
def test_what_cannot_be_is_refused(film: Path, tmp_path: Path, options: list[str], code: int) -> None:
    done = run("extract", film, *options, "-o", tmp_path / "out")
    assert done.returncode == code
    last_line(done.stderr)
    assert not (tmp_path / "out" / "segments.csv").exists()


@pytest.mark.parametrize("form", [vs.RGB24, vs.RGB30, vs.RGB48, vs.YUV422P10, vs.GRAY16])
def test_every_format_is_kept(tmp_path: Path, form: int) -> None:
    clip = mixed(form, 3).std.SetFrameProps(_Range=0 if form in (vs.YUV422P10, vs.GRAY16) else 1)
    write_segment(clip, [], tmp_path / "out.mkv", ["-c:v", "ffv1", "-level", "3"], None, lambda: None)
    back = video_of(tmp_path / "out.mkv")
    assert back.format.id == clip.format.id
    for one, other in zip(clip.frames(), back.frames(), strict=True):
        for plane in range(clip.format.num_planes):
            np.testing.assert_array_equal(np.asarray(one[plane]), np.asarray(other[plane]))


@pytest.mark.parametrize(("kind", "bits"), [(vs.INTEGER, 16), (vs.INTEGER, 24), (vs.INTEGER, 32), (vs.FLOAT, 32)])
def test_every_kind_of_sound_is_kept(tmp_path: Path, kind: int, bits: int) -> None:
    write_noise(tmp_path / "in.wav", 7000, 48_000)
    sound = vs.core.bs.AudioSource(str(tmp_path / "in.wav"), cachemode=0)
    sound = sound.std.AudioResample(bits=bits, sampletype=kind).std.AudioGain(0.7)
    clip = mixed(length=3)
    write_segment(clip, [sound], tmp_path / "out.mkv", ["-c:v", "ffv1"], None, lambda: None)
    back = sound_of(tmp_path / "out.mkv", 1)
    assert (back.sample_type, back.bits_per_sample, back.channel_layout) == (kind, bits, sound.channel_layout)
    np.testing.assert_array_equal(samples_of(back), samples_of(sound))
