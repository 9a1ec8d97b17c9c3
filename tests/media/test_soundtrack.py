"""The track that is put together from several sounds, against sums of samples (under 5 s)."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sound_files import write
from vs_lipsync.media.soundtrack import RATE, AudioClip, render

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
