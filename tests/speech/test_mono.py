"""Downmixing to the mouth's mono: as FFmpeg does it, and nothing vanishes; files and nodes alike (under 5 s)."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import vapoursynth as vs
from numpy.typing import NDArray

from tests import matroska
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.mono import BLOCK, downmix_weights
from vs_lipsync.speech.remarks import remarks
from vs_lipsync.speech.sounds import SAMPLE_RATE

type Samples = NDArray[np.float32]

LENGTH = 5 * BLOCK + 1234


def voice(seed: int = 0, length: int = LENGTH) -> Samples:
    """Noise whose loudness changes, as of speech."""
    t = np.arange(length) / SAMPLE_RATE
    noise = np.random.default_rng(seed).uniform(-0.3, 0.3, length)
    return (noise * (1.1 + np.sin(2 * np.pi * 3 * t)) / 2).astype(np.float32)


def opened(channels: list[Samples], path: Path, *, as_node: bool) -> Dub:
    soundfile.write(path, np.stack(channels, 1), SAMPLE_RATE, subtype="FLOAT")
    return Dub.open(vs.core.bs.AudioSource(str(path), cachemode=0) if as_node else path)


@pytest.mark.parametrize("layout", ["mono", "stereo", "2.1", "quad", "5.1", "7.1"])
def test_weights_are_those_of_ffmpeg(layout: str) -> None:
    channels = av.AudioLayout(layout).nb_channels
    samples = np.random.default_rng(1).uniform(-0.2, 0.2, (1, 800 * channels)).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(samples, "flt", layout)
    frame.sample_rate = SAMPLE_RATE
    (expected,) = av.AudioResampler("flt", "mono", SAMPLE_RATE).resample(frame)
    made = downmix_weights(layout) @ samples.reshape(-1, channels).T
    np.testing.assert_allclose(made, expected.to_ndarray()[0], atol=1e-6)


@pytest.mark.parametrize("as_node", [False, True])
def test_channels_that_do_not_cancel_are_summed(as_node: bool, tmp_path: Path) -> None:
    """Equal ones, independent ones, and one that is alone."""
    for left, right in ((voice(), voice()), (voice(), voice(9)), (voice(), 0 * voice()), (0 * voice(), voice())):
        dub = opened([left, right], tmp_path / "a.wav", as_node=as_node)
        np.testing.assert_allclose(dub.samples, (left + right) * np.float32(np.sqrt(0.5)), atol=1e-6)


@pytest.mark.parametrize("as_node", [False, True])
def test_an_inverted_channel_is_heard(as_node: bool, tmp_path: Path) -> None:
    dub = opened([voice(), -voice()], tmp_path / "a.wav", as_node=as_node)
    np.testing.assert_allclose(dub.samples, voice(), atol=1e-6)
    dub = opened([voice(), -0.9 * voice() + 0.05 * voice(9)], tmp_path / "b.wav", as_node=as_node)
    assert np.corrcoef(dub.samples, voice())[0, 1] > 0.99


def test_a_voice_that_is_inverted_for_a_while(tmp_path: Path) -> None:
    """In mono it is there throughout, without a jump, and the same in any order of reads, from a file and a node."""
    t = np.arange(LENGTH) / SAMPLE_RATE
    tone = (0.3 * np.sin(2 * np.pi * 150 * t)).astype(np.float32)
    sign = np.where((np.arange(LENGTH) // BLOCK) % 2 == 1, -1, 1).astype(np.float32)
    whole = opened([tone, sign * tone], tmp_path / "a.wav", as_node=False).samples
    level = np.sqrt(np.convolve(whole**2, np.ones(320) / 320, "same"))[400:-400]
    assert level.min() > 0.15 and level.max() < 0.35
    assert np.abs(np.diff(whole)).max() < 1.2 * np.abs(np.diff(np.sqrt(2) * tone)).max()
    for as_node in (False, True):
        dub = opened([tone, sign * tone], tmp_path / "a.wav", as_node=as_node)
        for start, stop in ((3 * BLOCK - 5, 4 * BLOCK + 9), (LENGTH - 700, LENGTH + 50), (-10, 20), (100, 101)):
            expected = np.pad(whole, (10, 100))[10 + start : 10 + stop]
            np.testing.assert_allclose(dub.read(start, stop), expected, atol=1e-6)


@pytest.mark.parametrize("as_node", [False, True])
def test_values_that_are_no_numbers_are_silence(as_node: bool, tmp_path: Path) -> None:
    left, right = voice(), -voice()
    left[100], right[2 * BLOCK + 7] = np.nan, np.inf
    samples = opened([left, right], tmp_path / "a.wav", as_node=as_node).samples
    assert np.isfinite(samples).all() and samples[100] == 0


@pytest.mark.parametrize("count", [3, 6, 9, 16])
def test_channels_without_a_place_are_all_heard(count: int, tmp_path: Path) -> None:
    """As in the files of recorders: FFmpeg would guess places, of which one is left out, or refuse."""
    for number in (2, 3, 5, 8, 15):
        if number < count:
            channels = [0 * voice() for _ in range(count)]
            channels[number] = voice()
            samples = opened(channels, tmp_path / "a.wav", as_node=False).samples
            np.testing.assert_allclose(samples, voice() / np.sqrt(count), atol=1e-6)


@pytest.mark.parametrize("layout", ["5.1.4", "hexadecagonal", "22.2"])
def test_only_low_frequencies_are_left_out(layout: str) -> None:
    places = [place.name for place in av.AudioLayout(layout).channels]
    weights = dict(zip(places, downmix_weights(layout), strict=True))
    assert {place for place in places if weights[place] == 0} == {place for place in places if "LFE" in place}


def test_remarks(tmp_path: Path) -> None:
    for name, channels in (
        ("silent", [0 * voice()]),
        ("quiet", [voice() / 1000]),
        ("opposite", [voice(), -voice()]),
        ("good", [voice(), voice()]),
        ("one", [voice(), 0 * voice()]),
    ):
        soundfile.write(tmp_path / f"{name}.wav", np.stack(channels, 1), SAMPLE_RATE, subtype="FLOAT")
    assert list(remarks(tmp_path / "good.wav")) == list(remarks(tmp_path / "one.wav")) == []
    for name in ("silent", "quiet"):
        (said,) = remarks(tmp_path / f"{name}.wav")
        assert said == f"{tmp_path / name}.wav is silent in mono, or almost: no mouth speaks for it"
    (said,) = remarks(tmp_path / "opposite.wav")
    assert "opposite.wav are opposite to each other in 100% of it" in said
    assert list(remarks(tmp_path / "absent.wav")) == []


def test_tracks_that_are_not_spoken_are_told(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "two.mka"), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono") for _ in range(2)]
        for stream in streams:
            assert isinstance(stream, av.AudioStream)
            frame = av.AudioFrame.from_ndarray(np.full((1, 800), 9000, np.int16), "s16", "mono")
            frame.sample_rate = SAMPLE_RATE
            container.mux([*stream.encode(frame), *stream.encode(None)])
    assert list(remarks(tmp_path / "two.mka")) == [
        f"{tmp_path / 'two.mka'} has 2 sound tracks: the first one is spoken"
    ]


def test_an_empty_beginning_is_told(tmp_path: Path) -> None:
    """FFmpeg's programs pass over the one of a sound file whose timestamps alone were delayed, and so do we."""
    sound = matroska.encode(voice(), SAMPLE_RATE, "pcm_s16le")
    step = 1000 * sound.samples[0] // SAMPLE_RATE
    for late in (0, 50, 600):
        path = matroska.write(tmp_path / f"{late}.mka", sound, [late + step * n for n in range(len(sound.packets))])
        said = list(remarks(path))
        assert len(said) == (late == 600)
        assert not said or ("at 0.600 s of the file's own time" in said[0] and "--offset 0.600" in said[0])
