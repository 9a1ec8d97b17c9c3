"""A dub's sound through the program: heard when the mouth moves for it, by every route (under 40 s)."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.running import run
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.source import SourceClip
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
from vs_lipsync.speech.sounds import SAMPLE_RATE

pytestmark = pytest.mark.usefixtures("home")

VSPIPE = Path(sys.executable).parent / "vspipe"
RATE = 48000
ENCODER = "-c:v ffv1 -c:a pcm_s16le"
BURSTS = [0.5, 1.7]
"""Seconds at which 0.2 s of sound start in the recording."""
IN_GAP_FILE = [0.5, 2.7]
"""The same where the recording was cut at 1.5 s and the second part put a second later."""


def ffmpeg(*arguments: object) -> None:
    command = [ffmpeg_program(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, voice: Path) -> Path:
    """A clip of 4 s, and dubs with 0.2 s of speech at two places."""
    folder = tmp_path_factory.mktemp("dubs")
    with av.open(str(voice)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        parts = [part.to_ndarray()[0] for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    speech = np.concatenate(parts)
    loudest = int(np.argmax(np.convolve(np.abs(speech), np.ones(RATE // 5), "valid")))
    speech = speech[loudest : loudest + RATE // 5] / np.abs(speech[loudest : loudest + RATE // 5]).max() * 0.8
    sound = np.zeros(int(2.4 * RATE), np.float32)
    for start in BURSTS:
        sound[round(start * RATE) :][: len(speech)] = speech
    soundfile.write(folder / "whole.wav", sound, RATE)
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=96x64:r=25:d=4", "-pix_fmt", "yuv420p", "-c:v", "ffv1", folder / "clip.mkv")
    ffmpeg("-i", folder / "whole.wav", "-t", "1.5", folder / "one.flac")
    ffmpeg("-ss", "1.5", "-i", folder / "whole.wav", folder / "two.flac")
    (folder / "list.txt").write_text("ffconcat version 1.0\nfile one.flac\nduration 2.5\nfile two.flac\n")
    ffmpeg("-f", "concat", "-i", folder / "list.txt", "-c", "copy", folder / "gap.mka")
    ffmpeg("-i", folder / "whole.wav", "-af", "pan=stereo|c0=c0|c1=-1*c0", folder / "inverted.wav")
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono:d=2", folder / "silent.wav")
    for part, cut in (("1.ts", ["-t", "1.5"]), ("2.ts", ["-ss", "1.5"])):
        ffmpeg(*cut, "-i", folder / "whole.wav", "-c:a", "mp2", "-f", "mpegts", folder / part)
    (folder / "joined.ts").write_bytes((folder / "1.ts").read_bytes() + (folder / "2.ts").read_bytes())
    (folder / "zones.toml").write_text('[[zones]]\nstart = 0\nstop = 100\ndub = "gap.mka"\n')
    (folder / "cues.srt").write_text("1\n00:00:00,000 --> 00:00:00,000\ngap.mka\n")
    return folder


def onsets(samples: NDArray[np.float32], rate: int) -> list[float]:
    """Return the seconds at which sound begins after silence."""
    loud = np.flatnonzero(np.abs(samples) > 0.05)
    return [float(n / rate) for n in loud[np.diff(loud, prepend=-rate) > rate // 4]]


def heard(path: Path, track: int = 0) -> list[float]:
    """Return when sound begins in a track of a file, by its timestamps."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        found = np.zeros(10 * stream.rate, np.float32)
        for frame in container.decode(stream):
            assert frame.time is not None
            part = frame.to_ndarray().astype(np.float32).reshape(-1, frame.layout.nb_channels)[:, 0]
            start = round(frame.time * stream.rate)
            found[start : start + len(part)] = part / (32768 if frame.format.name.startswith("s16") else 1)
    return onsets(found, stream.rate)


def opened(dub: Dub) -> list[float]:
    """Return when the mouth begins to move for a dub, to the frame of 25 a second."""
    times = np.arange(100) / 25
    moves = np.abs(Motion(dub).at(times).points).max((1, 2)) > 0.01
    (begins,) = np.nonzero(moves & ~np.concatenate([[False], moves[:-1]]))
    return [float(times[n]) for n in begins]


def test_mouth_keeps_to_the_gap(folder: Path) -> None:
    dub = Dub.open(folder / "gap.mka")
    for one in (dub, Dub.open(folder / "cues.srt")):
        assert onsets(one.samples, SAMPLE_RATE) == pytest.approx(IN_GAP_FILE, abs=0.005)
    without = opened(Dub.open(folder / "whole.wav"))
    assert len(without) >= 2
    later = [time + 1 if time > 1.2 else time for time in without]
    assert opened(dub) == pytest.approx(later, abs=0.041)


@pytest.mark.parametrize(
    "arguments",
    [
        ["dub", "-a", "gap.mka", "-o", "out.mkv", "--encoder-args", ENCODER],
        ["dub", "-a", "gap.mka", "-o", "out.mp4", "--encoder-args", "-c:v mpeg4"],
        ["dub", "-a", "gap.mka", "-o", "out.avi", "--encoder-args", "-c:v mpeg4 -c:a pcm_s16le"],
        ["dub", "--zones", "zones.toml", "-o", "out.mkv", "--encoder-args", ENCODER],
        ["dub", "-a", "cues.srt", "-o", "out.mkv", "--encoder-args", ENCODER],
        ["extract", "-a", "gap.mka", "--range", "0-99", "-o", "out"],
    ],
)  # fmt: skip
def test_ear_keeps_to_the_gap(arguments: list[str], folder: Path, tmp_path: Path) -> None:
    command, *options = [str(folder / word) if (folder / word).is_file() else word for word in arguments]
    options[options.index("-o") + 1] = str(tmp_path / options[options.index("-o") + 1])
    done = run(command, folder / "clip.mkv", *options)
    assert done.returncode == 0, done.stderr
    (output,) = tmp_path.rglob("*.m*") if command == "extract" else tmp_path.iterdir()
    assert heard(output) == pytest.approx(IN_GAP_FILE, abs=0.005)


def test_a_script_and_its_sound_keep_to_the_gap(folder: Path, tmp_path: Path) -> None:
    script, sound, output = (tmp_path / name for name in ("out.vpy", "out.w64", "out.mkv"))
    done = run("script", folder / "clip.mkv", "-a", folder / "gap.mka", "-o", script, "--sound", sound)
    assert done.returncode == 0, done.stderr
    pipe = subprocess.run([VSPIPE, "-c", "y4m", script, "-"], check=True, capture_output=True)
    command = [ffmpeg_program(), "-v", "error", "-i", "-", "-i", str(sound), *ENCODER.split(), str(output)]
    subprocess.run(command, input=pipe.stdout, check=True)
    assert heard(output) == pytest.approx(IN_GAP_FILE, abs=0.005)
    assert soundfile.info(sound).duration == pytest.approx(3.4, abs=0.001)  # the dub ends before the clip
    offset: list[str | Path] = ["-a", folder / "gap.mka", "--offset", "0.3", "--sound", sound]
    assert run("script", folder / "clip.mkv", *offset).returncode == 2  # it is there
    assert run("script", folder / "clip.mkv", *offset, "--overwrite").returncode == 0
    assert heard(sound) == pytest.approx([time + 0.3 for time in IN_GAP_FILE], abs=0.005)


@pytest.mark.parametrize("early", [1.5, -0.5])
def test_a_clip_s_own_sound_begins_with_its_picture(early: float, folder: Path, tmp_path: Path) -> None:
    """Where the result is judged by its own sound, which starts before or after the picture."""
    clip, wav, path = folder / "clip.mkv", folder / "whole.wav", tmp_path / "out.mkv"
    late = ["-itsoffset", str(max(early, 0)), "-i", clip, "-itsoffset", str(max(-early, 0)), "-i", wav]
    ffmpeg(*late, "-c", "copy", path)
    footage = SourceClip.open(path)
    expected = [time - early for time in BURSTS if time > early]
    for dub in (Dub.of_clip(path), Dub.of_clip(path, footage.start), Dub.of_clip(str(path))):
        assert onsets(dub.samples, SAMPLE_RATE) == pytest.approx(expected, abs=0.005)
    assert footage.note is None and footage.clip.num_frames == 100  # nothing is missing


def test_a_clip_s_own_sound_keeps_to_its_gap(folder: Path, tmp_path: Path) -> None:
    """Where it is cut out, where it is heard outside of the zones, and where it is copied."""
    clip, zones = tmp_path / "own.mkv", tmp_path / "zones.toml"
    ffmpeg("-i", folder / "clip.mkv", "-i", folder / "gap.mka", "-c", "copy", clip)
    zones.write_text(f'[[zones]]\nstart = "0:03.5"\nstop = "0:03.8"\ndub = "{folder / "silent.wav"}"\n')
    done = run("extract", clip, "--range", "0-99", "-o", tmp_path / "cut")
    assert done.returncode == 0, done.stderr
    (cut,) = (tmp_path / "cut").glob("*.m*")
    done = run("dub", clip, "--zones", zones, "-o", tmp_path / "out.mkv", "--encoder-args", ENCODER)
    assert done.returncode == 0, done.stderr
    for path, track in ((cut, 0), (tmp_path / "out.mkv", 0), (tmp_path / "out.mkv", 1)):
        assert heard(path, track) == pytest.approx(IN_GAP_FILE, abs=0.005)


def test_joined_recordings_are_heard_one_after_the_other(folder: Path, tmp_path: Path) -> None:
    mouth = onsets(Dub.open(folder / "joined.ts").samples, SAMPLE_RATE)
    assert mouth == pytest.approx(BURSTS, abs=0.06)  # each part has the codec's delay
    output = tmp_path / "out.mkv"
    done = run("dub", folder / "clip.mkv", "-a", folder / "joined.ts", "-o", output, "--encoder-args", ENCODER)
    assert done.returncode == 0, done.stderr
    assert heard(output) == pytest.approx(mouth, abs=0.002)


def test_an_inverted_channel_moves_the_mouth(folder: Path) -> None:
    assert opened(Dub.open(folder / "inverted.wav")) == opened(Dub.open(folder / "whole.wav"))


@pytest.mark.parametrize(
    ("dub", "said"),
    [
        ("silent.wav", "silent.wav is silent in mono, or almost: no mouth speaks for it"),
        ("inverted.wav", "inverted.wav are opposite to each other"),
        ("whole.wav", ""),
    ],
)
def test_what_moves_no_mouth_is_told(dub: str, said: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "zones.toml").write_text(f'[[zones]]\nstart = 0\nstop = 50\ndub = "{folder / dub}"\n')
    commands: list[tuple[str, list[str | Path]]] = [
        ("dub", ["-a", folder / dub, "--dry-run"]),
        ("script", ["-a", folder / dub]),
        ("script", ["--zones", tmp_path / "zones.toml"]),
    ]
    if dub == "silent.wav":
        commands.append(("extract", ["-a", folder / dub, "--range", "0-1", "-o", tmp_path / "cut"]))
    for command, options in commands:
        done = run(command, folder / "clip.mkv", *options)
        assert done.returncode == 0
        assert said in done.stderr if said else "silent" not in done.stderr and "opposite" not in done.stderr
