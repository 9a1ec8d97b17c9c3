"""FFmpeg options of users: which are of the pictures, which of the file, and what cannot be."""

import shlex
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from tests.made_jobs import make
from vs_lipsync.errors import JobError
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.hdr import with_static_metadata
from vs_lipsync.media.language import to_iso639_2

DISPLAY = {
    "MasteringDisplayPrimariesX": [0.68, 0.265, 0.15],
    "MasteringDisplayPrimariesY": [0.32, 0.69, 0.06],
    "MasteringDisplayWhitePointX": 0.3127,
    "MasteringDisplayWhitePointY": 0.329,
    "MasteringDisplayMinLuminance": 0.005,
    "MasteringDisplayMaxLuminance": 1000.0,
}
LEVEL = {"ContentLightLevelMax": 1000, "ContentLightLevelAverage": 400}


@pytest.mark.parametrize(
    ("given", "video", "file", "whole"),
    [
        ("-c:v libx264 -crf 16", "-c:v libx264 -crf 16", "", None),
        ("-c:v libx264 -c:a flac -ac 2", "-c:v libx264", "-c:a:0 flac -ac:a:0 2", None),
        ("-acodec aac -ab 96k -q:a 3 -b:a:0 5", "", "-c:a:0 aac -b:a:0 96k -q:a:0 3 -b:a:0 5", None),
        ("-movflags +faststart -tag:v hvc1 -an -g 12", "-g 12", "-movflags +faststart -tag:v hvc1 -an", None),
        ("-metadata:s:v title=x -metadata a=b -bf -1", "-bf -1", "-metadata:s:v title=x -metadata a=b", None),
        ("-vf scale=320:-2,format=yuv420p", "-vf scale=320:-2,format=yuv420p", "", None),
        ("-pass 1", "-pass 1", "", "-pass"),
        ("-vf scale=64:-2,fps=5", "-vf scale=64:-2,fps=5", "", "-vf"),
        ("-x265-params crf=20:pass=2", "-x265-params crf=20:pass=2", "", "-x265-params"),
    ],
)
def test_options_are_sorted(given: str, video: str, file: str, whole: str | None) -> None:
    found = EncoderOptions.parse(shlex.split(given))
    assert (" ".join(found.video), " ".join(found.file), found.whole) == (video, file, whole)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("-t 5", "--start and --end"),
        ("-map 0:v", "-map"),
        ("-r 5", "rate"),
        ("-i other.mp4", "-i"),
        ("-crf", "no value"),
        ("other.mp4", "no option"),
    ],
)
def test_options_that_cannot_be(given: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        EncoderOptions.parse(shlex.split(given))


@pytest.mark.parametrize(
    ("given", "codec"), [("-c:v libx265", "libx265"), ("-vcodec a -codec:v b", "b"), ("-g 5", None)]
)
def test_video_codec(given: str, codec: str | None) -> None:
    assert EncoderOptions.parse(shlex.split(given)).video_codec == codec


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("options", "frames"),
    [
        (("-c:v", "libx264", "-preset", "ultrafast", "-vf", "fps=5"), 20),  # one piece
        (("-c:v", "libx264", "-preset", "ultrafast", "-vf", "interlace"), None),  # halves their number
    ],
)
def test_options_that_change_the_number_of_frames(
    options: tuple[str, ...], frames: int | None, footage: Path, voice: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.mp4"
    if frames is None:
        with pytest.raises(JobError, match=r"37 frames become 1[89]; .*--piece 0"):
            make(footage, voice, output, stop=100, options=options, piece=1)
        return
    make(footage, voice, output, stop=100, options=options, piece=1)
    assert vs.core.bs.VideoSource(str(output), cachemode=0).num_frames == frames


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("libx264", ["-c:v", "libx264", "-preset", "ultrafast"]),
        ("libx265", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]),
        ("libsvtav1", ["-c:v", "libsvtav1", "-preset", "12"]),
    ],
)
@pytest.mark.usefixtures("home")
def test_hdr10_metadata_arrives(codec: str, options: list[str], voice: Path, footage: Path, tmp_path: Path) -> None:
    made, whole = with_static_metadata([*options, "-pix_fmt", "yuv420p10le"], codec, DISPLAY | LEVEL)
    assert whole
    make(footage, voice, tmp_path / "out.mkv", stop=30, options=tuple(made))
    props = vs.core.bs.VideoSource(str(tmp_path / "out.mkv"), cachemode=0).get_frame(0).props
    for name, value in (DISPLAY | LEVEL).items():
        assert np.array(props[name]) == pytest.approx(np.array(value), abs=1e-3), name


def test_hdr10_metadata_is_the_users_if_given() -> None:
    options = ["-x265-params", "crf=9:max-cll=1,1:master-display=mine"]
    assert with_static_metadata(options, "libx265", DISPLAY | LEVEL) == (options, True)
    assert with_static_metadata(["-crf", "1"], "libvpx", DISPLAY) == (["-crf", "1"], False)
    assert with_static_metadata(["-crf", "1"], "libvpx", {}) == (["-crf", "1"], True)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("de", "deu"),
        ("EN", "eng"),
        ("zh", "zho"),
        ("ger", "deu"),
        ("yue", "yue"),
        ("pt-BR", "por"),
        ("de-AT", "deu"),
        ("hi", "hin"),
        ("iw", "heb"),
    ],
)
def test_languages(tag: str, code: str) -> None:
    assert to_iso639_2(tag) == code


@pytest.mark.parametrize("tag", ["xx", "german", "d", "1ab", "de_", "xx-YY", "e" * 99])
def test_no_languages(tag: str) -> None:
    with pytest.raises(ValueError, match="ISO 639"):
        to_iso639_2(tag)
