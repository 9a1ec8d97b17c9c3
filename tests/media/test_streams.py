"""What goes along from the input: sound, subtitles, chapters, attachments, covers, tags, and its time."""

import json
import re
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from av.stream import Disposition

from tests.made_jobs import RATE, make, packets, sound_of, timed_packets
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.version import __version__

pytestmark = pytest.mark.usefixtures("home")

SECONDS = 4
FONT = bytes(range(256)) * 3
CHAPTERS = """;FFMETADATA1
title=The title = "1"; 2
comment=What was there
artist=Somebody
custom=kept
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1000
title=One
[CHAPTER]
TIMEBASE=1/1000
START=1000
END=4000
title=Two = 2; # \\\\ é
"""
CHAPTERS = CHAPTERS.replace('= "1"; 2', '\\= "1"\\; 2').replace("Two = 2; # \\\\", "Two \\= 2\\; \\# \\\\")
SUBTITLES = """1
00:00:00,500 --> 00:00:01,500
Hello <i>there</i>

2
00:00:02,000 --> 00:00:03,500
Second
"""


def ffmpeg(*arguments: object) -> None:
    command = [ffmpeg_program(), "-loglevel", "error", "-y", *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that flashes, and sounds that beep, when second 1 begins; and what else a file can hold."""
    folder = tmp_path_factory.mktemp("sources")
    samples = np.zeros(RATE * SECONDS, np.float32)
    samples[RATE : RATE + RATE // 20] = 0.5 * np.sin(np.arange(RATE // 20) * 0.3)
    soundfile.write(folder / "beep.wav", samples, RATE)
    flash = f"color=black:s=96x64:r=25:d={SECONDS},drawbox=color=white:t=fill:enable='between(n,25,26)'"
    picture = ["-f", "lavfi", "-i", flash]
    beeps = ["-i", folder / "beep.wav"]
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-bf", "2"]
    ffmpeg(
        *picture,
        *beeps,
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "1",
        *video,
        "-c:a:0",
        "aac",
        "-c:a:1",
        "ac3",
        folder / "plain.mkv",
    )
    (folder / "subtitles.srt").write_text(SUBTITLES)
    (folder / "chapters.txt").write_text(CHAPTERS)
    (folder / "font.ttf").write_bytes(FONT)
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32", "-frames:v", "1", folder / "cover.jpg")
    return folder


@pytest.fixture(scope="module")
def matroska(folder: Path) -> Path:
    inputs = ["-i", folder / "plain.mkv", "-i", folder / "subtitles.srt", "-i", folder / "chapters.txt"]
    maps = [
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "1",
        "-map_metadata",
        "2",
        "-map_chapters",
        "2",
        "-c",
        "copy",
        "-c:s:1",
        "ass",
    ]
    tags = ["-metadata:s:v:0", "language=jpn", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra"]
    tags += ["-metadata:s:a:1", "title=Comments", "-metadata:s:s:0", "language=ita", "-metadata:s:a:1", "BPS=1"]
    flags = [
        "-disposition:a:0",
        "default+original",
        "-disposition:a:1",
        "comment",
        "-disposition:s:0",
        "default+forced",
    ]
    files = ["-attach", folder / "font.ttf", "-metadata:s:t:0", "mimetype=font/ttf"]
    files += ["-attach", folder / "cover.jpg", "-metadata:s:t:1", "mimetype=image/jpeg"]
    ffmpeg(*inputs, *maps, *tags, *flags, *files, folder / "rich.mkv")
    return folder / "rich.mkv"


@pytest.fixture(scope="module")
def mp4(folder: Path) -> Path:
    inputs = ["-i", folder / "plain.mkv", "-i", folder / "subtitles.srt", "-i", folder / "chapters.txt"]
    inputs += [
        "-i",
        folder / "cover.jpg",
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "3",
        "-map_metadata",
        "2",
        "-map_chapters",
        "2",
    ]
    tags = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra", "-metadata:s:s:0", "language=ita"]
    ffmpeg(*inputs, "-c", "copy", "-c:s", "mov_text", *tags, "-disposition:v:1", "attached_pic", folder / "rich.mp4")
    return folder / "rich.mp4"


def streams(path: Path, kind: str) -> list[tuple[str, str, set[str]]]:
    """Return codec, language and flags of the streams of a kind."""
    with av.open(str(path)) as container:
        return [
            (
                s.codec_context.name,
                s.metadata.get("language", ""),
                {str(f.name) for f in Disposition if f in s.disposition},
            )
            for s in container.streams
            if s.type == kind and s.codec_context is not None
        ]


def chapters(path: Path) -> list[tuple[float, float, str]]:
    with av.open(str(path)) as container:
        return [
            (float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]), c["metadata"]["title"])
            for c in container.chapters()
        ]


def tags(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {name.lower(): text for name, text in container.metadata.items()}


def test_matroska_keeps_everything(matroska: Path, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    contents = make(matroska, folder / "beep.wav", output, language="deu")
    assert contents.notes == ()
    assert streams(output, "audio") == [
        ("opus", "deu", {"default", "dub"}),
        ("aac", "eng", {"original"}),
        ("ac3", "fra", {"comment"}),
    ]
    assert streams(output, "subtitle") == [("srt", "ita", {"default", "forced"}), ("ssa", "", set())]
    assert [name for name, _, _ in streams(output, "video")] == ["h264", "mjpeg"]
    assert streams(output, "video")[0][1] == "jpn"
    for kind, number, before in (("audio", 1, 0), ("audio", 2, 1), ("subtitle", 0, 0), ("subtitle", 1, 1)):
        assert timed_packets(output, kind, number) == timed_packets(matroska, kind, before)
    assert packets(output, "video", 1) == packets(matroska, "video", 1) == [(folder / "cover.jpg").read_bytes()]
    with av.open(str(output)) as container:
        (font,) = container.streams.attachments
        assert (font.data, font.metadata["filename"], font.mimetype) == (FONT, "font.ttf", "font/ttf")
        cover = container.streams.video[1]
        assert Disposition.attached_pic in cover.disposition
        assert (cover.metadata["filename"], cover.metadata["mimetype"]) == ("cover.jpg", "image/jpeg")
        assert container.streams.audio[2].metadata["title"] == "Comments"
        assert "BPS" not in container.streams.audio[2].metadata  # what was counted may not be true any more
    assert chapters(output) == chapters(matroska) == [(0, 1, "One"), (1, 4, "Two = 2; # \\ é")]
    old, new = tags(matroska), tags(output)
    assert {name: new[name] for name in ("title", "artist", "custom")} == {
        name: old[name] for name in ("title", "artist", "custom")
    }
    assert new["comment"].startswith("What was there\nRe-voiced with vs-lipsync")


def test_mp4_keeps_everything(mp4: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out.mp4"
    contents = make(mp4, folder / "beep.wav", output, language="deu")
    assert contents.notes == ()
    assert "cannot hold" not in capsys.readouterr().err
    assert streams(output, "audio") == [
        ("aac", "deu", {"default", "dub"}),
        ("aac", "eng", set()),
        ("ac3", "fra", set()),
    ]
    assert streams(output, "subtitle") == [("mov_text", "ita", {"default"})]
    for kind, number, before in (("audio", 1, 0), ("audio", 2, 1), ("subtitle", 0, 0)):
        assert timed_packets(output, kind, number) == timed_packets(mp4, kind, before)
    assert streams(output, "video")[1][2] == {"attached_pic"}
    assert packets(output, "video", 1) == [(folder / "cover.jpg").read_bytes()]
    assert chapters(output) == chapters(mp4) == [(0, 1, "One"), (1, 4, "Two = 2; # \\ é")]
    assert tags(output)["title"] == 'The title = "1"; 2' and tags(output)["artist"] == "Somebody"


def test_mp4_names_what_it_cannot_hold(
    matroska: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.mp4"
    contents = make(matroska, folder / "beep.wav", output)
    assert contents.notes == (
        "subtitle stream 3 (srt) is converted to mov_text for .mp4",
        "subtitle stream 4 (ssa) is converted to mov_text for .mp4",
        "attachment stream 5 (font.ttf) is left out: .mp4 files cannot hold it",
    )
    assert "tags of the input: CUSTOM" in capsys.readouterr().err
    assert [codec for codec, _, _ in streams(output, "subtitle")] == ["mov_text", "mov_text"]
    shown = [(start, b"Hello there" in data) for start, data in timed_packets(output, "subtitle", 0) if len(data) > 2]
    assert shown == [(0.5, True), (2.0, False)]
    assert streams(output, "subtitle")[0][1:] == ("ita", {"default", "forced"})
    assert packets(output, "video", 1) == [(folder / "cover.jpg").read_bytes()]


def test_mp4_to_matroska(mp4: Path, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    assert make(mp4, folder / "beep.wav", output).notes == (
        "subtitle stream 3 (mov_text) is converted to subrip for .mkv",
    )
    assert packets(output, "audio", 1) == packets(mp4, "audio", 0)
    assert packets(output, "video", 1) == [(folder / "cover.jpg").read_bytes()]
    assert "major_brand" not in tags(output)


def test_replace_audio(matroska: Path, folder: Path, tmp_path: Path) -> None:
    make(matroska, folder / "beep.wav", tmp_path / "out.mkv", replace_audio=True)
    assert [codec for codec, _, _ in streams(tmp_path / "out.mkv", "audio")] == ["opus"]
    assert len(streams(tmp_path / "out.mkv", "subtitle")) == 2


def test_options_for_the_dub_leave_the_other_sounds_alone(matroska: Path, folder: Path, tmp_path: Path) -> None:
    options = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac", "-ac", "2", "-metadata", "title=New")
    make(matroska, folder / "beep.wav", tmp_path / "out.mkv", options=options)
    assert [codec for codec, _, _ in streams(tmp_path / "out.mkv", "audio")] == ["flac", "aac", "ac3"]
    assert packets(tmp_path / "out.mkv", "audio", 1) == packets(matroska, "audio", 0)
    assert tags(tmp_path / "out.mkv")["title"] == "New"


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("rich", ["rich.mkv", "rich.mp4"])
@pytest.mark.usefixtures("matroska", "mp4")
def test_range_is_cut(rich: str, suffix: str, folder: Path, tmp_path: Path) -> None:
    """Frames 20 to 80 are the seconds 0.8 to 3.2: a subtitle and a chapter begin before, others end behind."""
    output = tmp_path / f"out{suffix}"
    make(folder / rich, folder / "beep.wav", output, first=20, stop=80)
    assert flash_and_beeps(output) == pytest.approx([0.2, 0.2, 0.2, 0.2], abs=0.004)
    assert chapters(output) == [(0, 0.2, "One"), (0.2, 2.4, "Two = 2; # \\ é")]
    shown = [(start, b"Hello" in data) for start, data in timed_packets(output, "subtitle", 0) if len(data) > 2]
    assert shown == [(0.0, True), (1.2, False)]
    with av.open(str(output)) as container:
        ends = [float((s.start_time or 0) * s.time_base) for s in container.streams.audio if s.time_base]
        assert min(ends) >= 0 and max(ends) < 0.07
        assert container.duration == pytest.approx(2.4e6, abs=5e4)


def flash_and_beeps(path: Path) -> list[float]:
    """Return the second in a file at which the picture flashes, and those at which its sounds beep."""
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        times = [next(frame.time for frame in frames if frame.to_ndarray(format="gray").mean() > 100)]
        count = len(container.streams.audio)
    for number in range(count):
        heard, start = sound_of(path, number)
        times.append(start + int(np.flatnonzero(np.abs(heard) > 0.1)[0]) / RATE)
    return [float(time) for time in times if time is not None]


OFFSETS = {
    "sound late.mkv": (["-i", "plain.mkv", "-itsoffset", "0.5", "-i", "plain.mkv", "-map", "0:v", "-map", "1:a"], 0.5),
    "sound late.mp4": (["-i", "plain.mkv", "-itsoffset", "0.5", "-i", "plain.mkv", "-map", "0:v", "-map", "1:a"], 0.5),
    "picture late.mkv": (
        ["-itsoffset", "0.5", "-i", "plain.mkv", "-i", "plain.mkv", "-map", "0:v", "-map", "1:a"],
        -0.5,
    ),
    "picture late.mp4": (
        ["-itsoffset", "0.5", "-i", "plain.mkv", "-i", "plain.mkv", "-map", "0:v", "-map", "1:a"],
        -0.5,
    ),
    "edit list.mp4": (["-ss", "0.5", "-i", "plain.mkv", "-map", "0"], 0.0),
    "starts at 100.ts": (["-i", "plain.mkv", "-map", "0", "-output_ts_offset", "100"], 0.0),
}


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("name", OFFSETS)
def test_start_offsets(name: str, suffix: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The original sound stays as far from the picture as it was, and the dub starts with the picture."""
    monkeypatch.chdir(folder)
    inputs, late = OFFSETS[name]
    source, output = tmp_path / name, tmp_path / f"out{suffix}"
    ffmpeg(*inputs, "-c", "copy", source)
    flash, *before = flash_and_beeps(source)
    distances = [beep - flash for beep in before]
    assert distances == pytest.approx([late, late], abs=0.03)  # a cut is only as fine as packets
    make(source, folder / "beep.wav", output)
    with av.open(str(output)) as container:
        first = next(container.decode(video=0)).time
    flash, dub, *after = flash_and_beeps(output)
    assert [beep - flash for beep in after] == pytest.approx(distances, abs=0.004)
    assert first is not None and dub - first == pytest.approx(1.0, abs=0.004)


def test_provenance(matroska: Path, folder: Path, tmp_path: Path) -> None:
    make(matroska, folder / "beep.wav", tmp_path / "out.mkv", first=5)
    found = tags(tmp_path / "out.mkv")
    statement = json.loads(found["vs_lipsync"])
    assert (statement["version"], statement["model"], statement["range_count"]) == (__version__, "warp", 6)
    spans = [[(n - 5) / 25, (n - 4) / 25] for n in range(10, 20, 2)] + [[25 / 25, 95 / 25]]
    assert statement["ranges"] == [pytest.approx(span, abs=6e-4) for span in spans]
    assert re.search(rf"Re-voiced with vs-lipsync {__version__}: 0:00:00.200-0:00:00.240, ", found["comment"])
    make(matroska, folder / "beep.wav", tmp_path / "silent.mkv", model=None)
    found = tags(tmp_path / "silent.mkv")
    assert found["comment"] == "What was there" and "vs_lipsync" not in found
