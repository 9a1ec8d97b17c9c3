"""The track that is written before it is encoded, against sums of samples (under 10 s)."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests import matroska
from tests.sound_files import write
from tests.sounds import samples_of
from vs_lipsync.errors import JobError
from vs_lipsync.media.ffmpeg import run_ffmpeg
from vs_lipsync.media.mix import RATE, AudioClip, render
from vs_lipsync.media.sound_node import sound_node
from vs_lipsync.media.soundtrack import render_dub

LONG = Fraction(10**6)


def noise(seconds: float, seed: int, channels: int = 1) -> NDArray[np.float32]:
    """Samples [channels, n] that 16 bits hold exactly."""
    count = round(seconds * RATE)
    return (np.random.default_rng(seed).integers(-9000, 9000, (channels, count)) / 32768).astype(np.float32)


def read(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as container:
        channels = container.streams.audio[0].codec_context.layout.nb_channels
        return np.concatenate([frame.to_ndarray().reshape(-1, channels).T for frame in container.decode(audio=0)], 1)


def test_every_sound_is_at_its_sample(tmp_path: Path) -> None:
    """Three sounds of which two overlap, one is cut off, and one begins before the track."""
    first, second, third = noise(1.5, 1), noise(2.0, 2, 2), noise(1.0, 3)
    paths = [write(tmp_path / f"{n}.wav", sound, RATE) for n, sound in enumerate((first, second, third))]
    heard = [
        AudioClip(paths[0], Fraction(1, 3), [(Fraction(0), LONG)]),
        AudioClip(paths[1], Fraction(-1, 2), [(Fraction(1, 100), Fraction(1)), (Fraction(5, 4), LONG)]),
        AudioClip(paths[2], Fraction(29, 10), [(Fraction(0), LONG)]),
        AudioClip(paths[2], Fraction(100), [(Fraction(0), LONG)]),
    ]
    render(heard, Fraction(3), tmp_path / "out.w64")
    expected = np.zeros((2, 3 * RATE), np.float32)
    expected[:, 16000:88000] += first
    expected[:, 480:48000] += second[:, 24480:72000]
    expected[:, 60000:72000] += second[:, 84000:96000]
    expected[:, 139200:] += third[:, :4800]
    np.testing.assert_allclose(read(tmp_path / "out.w64"), expected, atol=1e-6)


def test_fades_where_it_is_cut(tmp_path: Path) -> None:
    """Out before a span's end and in from its start, but not at the ends of the track."""
    path = write(tmp_path / "a.wav", np.full((1, 3 * RATE), 0.5, np.float32), RATE)
    spans = [(Fraction(0), Fraction(1)), (Fraction(2), Fraction(3))]
    render([AudioClip(path, Fraction(0), spans, zero=Fraction(0), fades=True)], Fraction(3), tmp_path / "out.w64")
    (made,) = read(tmp_path / "out.w64")
    assert made[0] == made[-1] == 0.5 and not made[RATE : 2 * RATE].any()
    ramp = 0.5 * (np.arange(480) + 0.5) / 480
    np.testing.assert_allclose(made[2 * RATE : 2 * RATE + 480], ramp, atol=1e-5)
    np.testing.assert_allclose(made[RATE - 480 : RATE], ramp[::-1], atol=1e-5)
    np.testing.assert_allclose(made[480 : RATE - 480], 0.5, atol=1e-5)


@pytest.mark.parametrize("begin", [0, 40])
def test_sound_with_times_of_its_own_keeps_them(begin: int, tmp_path: Path) -> None:
    """It begins half a second late and has a hole of a second; wherever it is entered."""
    sound, path = noise(60.0, 4), tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for n in range(0, 60 * RATE, 4800):
            frame = av.AudioFrame.from_ndarray(np.rint(sound[:, n : n + 4800] * 32768).astype(np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = RATE, n + RATE // 2 + (RATE if n >= 30 * RATE else 0)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    heard = AudioClip(path, Fraction(-begin), [(Fraction(0), LONG)], zero=Fraction(1, 4))
    render([heard], Fraction(20 if begin else 35), tmp_path / "out.w64")
    expected = np.zeros(62 * RATE, np.float32)
    expected[12000 : 12000 + 30 * RATE] = sound[0, : 30 * RATE]
    expected[12000 + 31 * RATE : 12000 + 61 * RATE] = sound[0, 30 * RATE :]
    (made,) = read(tmp_path / "out.w64")
    np.testing.assert_allclose(made, expected[begin * RATE :][: len(made)], atol=1e-6)
    assert len(made) == (20 if begin else 35) * RATE


def test_mono_is_in_the_middle(tmp_path: Path) -> None:
    mono = write(tmp_path / "mono.wav", noise(0.2, 5), RATE)
    path = tmp_path / "six.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="5.1")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 6 * 4800), np.int16), "s16", "5.1")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    render(
        [AudioClip(one, Fraction(0), [(Fraction(0), LONG)]) for one in (mono, path)],
        Fraction(1, 10),
        tmp_path / "out.w64",
    )
    made = read(tmp_path / "out.w64")
    assert [bool(channel.any()) for channel in made] == [False, False, True, False, False, False]
    np.testing.assert_allclose(made[2], noise(0.2, 5)[0, :4800], atol=1e-6)


def test_many_channels_without_a_place_are_in_the_middle(tmp_path: Path) -> None:
    samples = np.zeros((4800, 9), np.float32)
    samples[:, 7] = noise(0.1, 6)[0]
    soundfile.write(tmp_path / "nine.wav", samples, RATE, subtype="FLOAT")
    render(
        [AudioClip(tmp_path / "nine.wav", Fraction(0), [(Fraction(0), LONG)])], Fraction(1, 10), tmp_path / "out.w64"
    )
    made = read(tmp_path / "out.w64")
    assert len(made) == 8 and [bool(channel.any()) for channel in made].index(True) == 2
    np.testing.assert_allclose(made[2], samples[:, 7] / 3, atol=1e-6)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_dub_keeps_its_samples(subtype: str, rate: int, tmp_path: Path) -> None:
    samples = np.random.default_rng(1).uniform(-0.9, 0.9, (rate, 2))
    soundfile.write(tmp_path / "a.wav", samples, rate, subtype=subtype)
    render_dub(tmp_path / "a.wav", Fraction(0), None, tmp_path / "out.w64")
    before, after = soundfile.info(tmp_path / "a.wav"), soundfile.info(tmp_path / "out.w64")
    assert (after.samplerate, after.subtype, after.frames) == (rate, before.subtype, rate)
    np.testing.assert_array_equal(
        soundfile.read(tmp_path / "out.w64", dtype="float64")[0], soundfile.read(tmp_path / "a.wav", dtype="float64")[0]
    )


@pytest.mark.parametrize(("delay", "length"), [(0, 3), (0.25, 3), (0.25, 1), (-0.5, 3), (-0.5, 0.25), (2, 1), (-9, 2)])
def test_a_dub_is_placed_and_cut(delay: float, length: float, tmp_path: Path) -> None:
    """Silence before it, none behind it; of one that is not heard at all there is silence."""
    (sound,) = noise(1.0, 7)
    path = write(tmp_path / "a.wav", sound[None], RATE)
    render_dub(path, Fraction(delay), Fraction(length), tmp_path / "out.w64")
    (made,) = read(tmp_path / "out.w64")
    shift = round(delay * RATE)
    expected = np.concatenate([np.zeros(max(shift, 0)), sound[max(-shift, 0) :]])[: round(length * RATE)]
    if not len(expected) or not expected.any():
        expected = np.zeros(round(length * RATE))
    np.testing.assert_array_equal(made / 32768, expected.astype(np.float32))


@pytest.mark.parametrize("name", ["wav", "flac", "m4a", "mp3", "mka"])
def test_what_begins_far_in_a_file_is_as_if_all_before_it_had_been_decoded(name: str, tmp_path: Path) -> None:
    """Files that can be read from anywhere are: an hour is not decoded for its last seconds."""
    path, sounds = tmp_path / f"noise.{name}", tmp_path / "noise.w64"
    soundfile.write(sounds, noise(38, 5).T, 44100, format="W64", subtype="PCM_16")
    codec = {"mka": ["-c:a", "libopus"]}.get(name, [])
    run_ffmpeg(["-i", f"file:{sounds}", *codec, "-y", f"file:{path}"])
    whole, late, mixed = (tmp_path / f"{one}.w64" for one in ("whole", "late", "mixed"))
    render_dub(path, Fraction(0), None, whole)
    render_dub(path, Fraction(-33), Fraction(2), late)
    render([AudioClip(path, Fraction(-33), [(Fraction(0), Fraction(2))])], Fraction(2), mixed)
    rate = soundfile.info(whole).samplerate
    expected = read(whole)[:, 33 * rate : 35 * rate]
    assert_alike(read(late), expected)
    if rate == RATE:
        assert_alike(read(mixed), expected)
    assert read(mixed).shape[1] == 2 * RATE


def assert_alike(found: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    """Some decoders add noise of their own; but it is all in its place."""
    assert found.shape == expected.shape
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99


def with_gap(path: Path, gap: int) -> NDArray[np.float32]:
    """Write a second of sound, and another one that starts `gap` milliseconds later; returns what is to be heard."""
    (sound,) = noise(2.0, 8)
    encoded = matroska.encode(sound, RATE, "pcm_s16le")
    matroska.write(path, encoded, [20 * n + (gap if n >= 50 else 0) for n in range(100)])
    return np.concatenate([sound[:RATE], np.zeros(gap * RATE // 1000, np.float32), sound[RATE:]])


@pytest.mark.parametrize("gap", [20, 60, 500])
def test_a_gap_is_silence_in_tracks_and_nodes(gap: int, tmp_path: Path) -> None:
    expected = with_gap(tmp_path / "a.mka", gap)
    render_dub(tmp_path / "a.mka", Fraction(0), None, tmp_path / "dub.w64")
    render([AudioClip(tmp_path / "a.mka", Fraction(0), [(Fraction(0), LONG)])], Fraction(2), tmp_path / "mix.w64")
    np.testing.assert_array_equal(read(tmp_path / "dub.w64")[0] / 32768, expected)
    np.testing.assert_allclose(read(tmp_path / "mix.w64")[0], expected[: 2 * RATE], atol=1e-6)
    node = sound_node(tmp_path / "a.mka", tmp_path, origin=Fraction(1, 4))
    np.testing.assert_array_equal(samples_of(node)[:, 0] / 32768, expected[RATE // 4 :])
    node = sound_node(tmp_path / "a.mka", tmp_path, origin=Fraction(-1, 4))
    np.testing.assert_array_equal(samples_of(node)[:, 0] / 32768, np.pad(expected, (RATE // 4, 0)))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_nodes_have_what_vapoursynth_knows(subtype: str, tmp_path: Path) -> None:
    samples = np.random.default_rng(1).uniform(-0.9, 0.9, (4800, 1)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype=subtype)
    node = sound_node(tmp_path / "a.wav", tmp_path)
    assert node.bits_per_sample == {"PCM_U8": 16, "PCM_16": 16, "PCM_24": 24}.get(subtype, 32)
    made = samples_of(node)
    scale = 1 if made.dtype.kind == "f" else 2.0 ** (8 * made.itemsize - 1)
    np.testing.assert_array_equal(made / scale, soundfile.read(tmp_path / "a.wav", always_2d=True)[0])


def test_a_packet_that_is_damaged_is_silence(tmp_path: Path) -> None:
    """What follows is heard when it would have been, to the millisecond that Matroska's times are rounded to."""
    sound = matroska.encode(noise(2.0, 9)[0], RATE, "libopus")
    times = [20 * n for n in range(len(sound.packets))]
    matroska.write(tmp_path / "whole.mka", sound, times)
    broken = [b"\xff" if n in (30, 50, 51) else packet for n, packet in enumerate(sound.packets)]
    damaged = matroska.EncodedSound(sound.codec, sound.rate, sound.private, sound.delay, broken, sound.samples)
    matroska.write(tmp_path / "damaged.mka", damaged, times)
    made = []
    for name in ("whole", "damaged"):
        render_dub(tmp_path / f"{name}.mka", Fraction(0), Fraction(2), tmp_path / f"{name}.w64")
        made.append(read(tmp_path / f"{name}.w64")[0])
    for first, stop in ((0, 0.55), (0.75, 0.95), (1.2, 2)):
        begin, end = round(first * RATE), round(stop * RATE)
        scores = [
            np.corrcoef(made[0][begin : end - 48], made[1][begin + n : end - 48 + n])[0, 1]
            for n in range(-min(begin, 48), 49)
        ]
        assert max(scores) > 0.99


def test_what_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(JobError, match=r"cannot decode .*text\.wav"):
        render_dub(tmp_path / "text.wav", Fraction(0), None, tmp_path / "out.w64")
