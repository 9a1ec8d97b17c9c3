"""Files read from anywhere: the same samples in any order, and those of decoding everything (under 25 s)."""

import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests import matroska
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.soundtrack import render_dub
from vs_lipsync.speech.file_sound import FileSound
from vs_lipsync.speech.grid_finding import find_grid
from vs_lipsync.speech.mono import MonoMixer
from vs_lipsync.speech.remarks import remarks
from vs_lipsync.speech.sound_chunks import CHUNK
from vs_lipsync.speech.sound_timeline import blocks
from vs_lipsync.speech.sounds import SAMPLE_RATE

RATE = 44100
SECONDS = 34
OPPOSITE = slice(int(14.3 * RATE), int(19.7 * RATE))
"""Where the second channel is the first one inverted, over the border of two chunks."""


def ffmpeg(*arguments: object) -> None:
    command = [ffmpeg_program(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound of two channels of noise that swells, in WAV."""
    folder = tmp_path_factory.mktemp("long")
    swell = 0.2 + 0.2 * np.sin(np.arange(SECONDS * RATE) / RATE)
    noise = np.random.default_rng(1).uniform(-1, 1, (SECONDS * RATE, 2)) * swell[:, None]
    noise = np.cumsum(noise, 0) - np.cumsum(np.pad(noise, ((40, 0), (0, 0)))[:-40], 0)  # lower frequencies
    noise[:, 1] = 0.7 * noise[:, 0] + 0.3 * noise[:, 1]
    noise[OPPOSITE, 1] = -noise[OPPOSITE, 0]
    soundfile.write(folder / "long.wav", noise / np.abs(noise).max() * 0.5, RATE)
    return folder


def whole(path: Path, origin: Fraction | None = None) -> NDArray[np.float32]:
    """Decode all of a file from its start, without gaps, and mix it; the slow way."""
    found = list(blocks(path, SAMPLE_RATE, origin=origin))
    mixer = MonoMixer(found[0].layout, found[0].start)
    assert all(after.start == before.start + before.samples.shape[1] for before, after in pairwise(found))
    parts = [part for block in found for part in mixer.add(block.samples)] + mixer.finish()
    return np.concatenate([np.zeros(found[0].start, np.float32), *parts])


@pytest.mark.parametrize(
    ("name", "options", "loss"),
    [
        ("a.wav", "-c:a pcm_s24le", 0),
        ("a.flac", "", 0),
        ("a.m4a", "-c:a alac", 0),
        ("a.mka", "-c:a libmp3lame", 0),
        ("a.mp3", "-c:a libmp3lame -q:a 5", 0),
        ("a.webm", "-c:a libopus", 0),
        ("a.opus", "-c:a libopus -frame_duration 60", 0),
        ("a.mp4", "-c:a aac -aac_pns 0 -aac_coder fast", 0),
        ("a.aac", "-c:a aac -aac_pns 0 -aac_coder fast", 0),
        ("a.ts", "-c:a mp2", 1e-3),  # an integer decoder with dither, as is that of AC-3
        ("b.mka", "-c:a ac3", 1e-2),
        ("b.mp4", "-c:a aac -aac_coder fast", 1e-1),  # with noise that each decoder makes for itself
    ],
)
def test_what_is_read_is_what_decoding_everything_gives(name: str, options: str, loss: float, folder: Path) -> None:
    path = folder / name
    ffmpeg("-i", folder / "long.wav", *options.split(), path)
    assert find_grid(path, None) is not None
    expected = whole(path)
    sound = FileSound(path)
    length = sound.length()
    assert length == len(expected)
    # Far first, and then the rest.
    far = sound.read(3 * CHUNK + 999, length)
    made = sound.read(0, length + 5)
    assert len(made) == length
    np.testing.assert_array_equal(made[3 * CHUNK + 999 :], far)
    np.testing.assert_array_equal(FileSound(path).read(CHUNK - 7, CHUNK + 7), made[CHUNK - 7 : CHUNK + 7])
    difference = np.abs(made - expected)
    if loss:
        assert np.sqrt(np.mean(difference**2)) < loss * np.sqrt(np.mean(expected**2))
    else:
        assert difference.max() < 1e-6  # sums of channels are rounded by how many there are at once


def test_sound_that_starts_late_or_before_is_found_where_it_is(folder: Path) -> None:
    """By the start of the file, by another zero, and where an edit list leaves out the beginning."""
    ffmpeg("-i", folder / "long.wav", "-c:a", "aac", "-aac_pns", "0", "-aac_coder", "fast", folder / "whole.m4a")
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "color=s=16x16:d=33",
        "-itsoffset",
        "1.3",
        "-i",
        folder / "whole.m4a",
        "-c:a",
        "copy",
        folder / "late.mkv",
    )
    ffmpeg("-ss", "1.7", "-i", folder / "whole.m4a", "-c", "copy", folder / "cut.m4a")
    cases: list[tuple[str, Fraction | None]] = [
        ("late.mkv", None), ("late.mkv", Fraction(2)), ("whole.m4a", Fraction(-1, 3)), ("cut.m4a", None),
    ]  # fmt: skip
    for name, origin in cases:
        assert find_grid(folder / name, origin) is not None
        sound, expected = FileSound(folder / name, origin), whole(folder / name, origin)
        np.testing.assert_allclose(sound.read(2 * CHUNK, 3 * CHUNK), expected[2 * CHUNK : 3 * CHUNK], atol=1e-6)
        np.testing.assert_allclose(sound.read(0, sound.length()), expected, atol=1e-6)


@pytest.mark.parametrize("gap", [25, 1000, -700])
def test_a_gap_or_an_overlap_is_seen_without_decoding(gap: int, tmp_path: Path) -> None:
    """Wherever it is; then mouth and ear keep to it as they do in short files."""
    samples = np.random.default_rng(2).uniform(-0.4, 0.4, 32 * 8000).astype(np.float32)
    sound = matroska.encode(samples, 8000, "libopus")
    times = [20 * n + (gap if n >= 1234 else 0) for n in range(len(sound.packets))]
    path = matroska.write(tmp_path / "gap.mka", sound, times)
    assert find_grid(path, None) is None
    assert (
        find_grid(matroska.write(tmp_path / "none.mka", sound, [20 * n for n in range(len(times))]), None) is not None
    )


def test_a_damaged_packet_is_silence_and_moves_nothing(folder: Path, tmp_path: Path) -> None:
    samples, _ = soundfile.read(folder / "long.wav", dtype="float32")
    sound = matroska.encode(np.ascontiguousarray(samples[:, 0]), RATE, "libmp3lame")
    length = sound.samples[0] / RATE
    times = [round(1000 * n * length) for n in range(len(sound.packets))]
    before = FileSound(matroska.write(tmp_path / "whole.mka", sound, times))
    broken = [b"\xff" if n in (700, 701) else packet for n, packet in enumerate(sound.packets)]
    damaged = matroska.EncodedSound(sound.codec, sound.rate, sound.private, 0, broken, sound.samples)
    after = FileSound(matroska.write(tmp_path / "damaged.mka", damaged, times))
    at = int(700 * length * SAMPLE_RATE)
    np.testing.assert_array_equal(after.read(at - 5000, at - 1000), before.read(at - 5000, at - 1000))
    np.testing.assert_array_equal(after.read(at + 5000, at + 9000), before.read(at + 5000, at + 9000))
    assert after.length() == before.length()
    assert not after.read(at + 300, at + 500).any() and before.read(at + 300, at + 500).any()


def test_raw_streams_are_as_long_as_their_samples(folder: Path, tmp_path: Path) -> None:
    """AC-3 of 44.1 kHz, whose packets are no whole ticks, and AAC whose rate changes: mouth and ear lose nothing."""
    ffmpeg("-i", folder / "long.wav", tmp_path / "raw.ac3")
    ffmpeg(
        "-t",
        "20",
        "-i",
        folder / "long.wav",
        "-ar",
        "48000",
        "-ac",
        "1",
        "-c:a",
        "aac",
        "-aac_coder",
        "fast",
        tmp_path / "1.aac",
    )
    ffmpeg("-ss", "20", "-i", folder / "long.wav", "-c:a", "aac", "-aac_coder", "fast", tmp_path / "2.aac")
    (tmp_path / "joined.aac").write_bytes((tmp_path / "1.aac").read_bytes() + (tmp_path / "2.aac").read_bytes())
    for name, most in (("raw.ac3", 0.04), ("joined.aac", 0.1)):  # whole packets, and the encoder's delay
        render_dub(tmp_path / name, Fraction(0), None, tmp_path / "track.w64")
        for seconds in (
            FileSound(tmp_path / name).length() / SAMPLE_RATE,
            soundfile.info(tmp_path / "track.w64").duration,
        ):
            assert SECONDS <= seconds < SECONDS + most


@pytest.mark.parametrize("how", ["bytes", "packets"])
def test_joined_flac_loses_nothing(how: str, folder: Path, tmp_path: Path) -> None:
    """Neither the shorter frame at the end of what comes first, nor what follows; in ear and mouth."""
    join = 1_400_123  # behind 30 s, from which on places in a file are sought
    samples, _ = soundfile.read(folder / "long.wav", dtype="int16")
    for name, part in (("1.flac", samples[:join]), ("2.flac", samples[join:])):
        soundfile.write(tmp_path / f"{name}.wav", part, RATE)
        ffmpeg("-i", tmp_path / f"{name}.wav", tmp_path / name)
    joined = tmp_path / "joined.flac"
    if how == "bytes":
        joined.write_bytes((tmp_path / "1.flac").read_bytes() + (tmp_path / "2.flac").read_bytes())
    else:
        (tmp_path / "list").write_text("file 1.flac\nfile 2.flac\n")
        ffmpeg("-f", "concat", "-i", tmp_path / "list", "-c", "copy", joined)
    render_dub(joined, Fraction(0), None, tmp_path / "track.w64")
    heard, _ = soundfile.read(tmp_path / "track.w64", dtype="int16")
    np.testing.assert_array_equal(heard, samples)
    mouth, expected = FileSound(joined), FileSound(folder / "long.wav")
    assert mouth.length() == expected.length()
    at = join * SAMPLE_RATE // RATE
    difference = mouth.read(at - 9999, at + 9999) - expected.read(at - 9999, at + 9999)
    assert np.abs(difference).max() < 1e-6


def test_remarks_look_at_parts_of_a_long_dub(tmp_path: Path) -> None:
    """A stretch in which channels cancel is told, and a dub that is silent but for a second is not silent."""
    rate, minutes = 8000, 5
    noise = np.random.default_rng(3).uniform(-0.4, 0.4, (minutes * 60 * rate, 2)).astype(np.float32)
    noise[:, 1] = noise[:, 0]
    noise[rate * 100 : rate * 175, 1] *= -1
    soundfile.write(tmp_path / "part.flac", noise, rate)
    (line,) = remarks(tmp_path / "part.flac")
    assert "are opposite to each other in 2" in line  # 25 %
    quiet = np.zeros(len(noise), np.float32)
    quiet[rate * 233 : rate * 234] = noise[:rate, 0]
    soundfile.write(tmp_path / "quiet.flac", quiet, rate)
    assert not list(remarks(tmp_path / "quiet.flac"))
    soundfile.write(tmp_path / "silent.flac", 0 * quiet, rate)
    (line,) = remarks(tmp_path / "silent.flac")
    assert "is silent in mono" in line
