"""Reading dubs: files, audio nodes and arrays give the same samples, in any order (under 5 s)."""

from pathlib import Path

import av
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from tests.sound_files import write
from vs_lipsync.errors import DubError
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.sounds import SAMPLE_RATE


def tone(seconds: float, rate: int = SAMPLE_RATE, hertz: float = 440.0) -> NDArray[np.float32]:
    t = np.arange(round(seconds * rate)) / rate
    return (0.15 * np.sin(2 * np.pi * hertz * t) * (1 + t)).astype(np.float32)


def test_file_gives_its_samples(tmp_path: Path) -> None:
    sound = tone(2.5)
    dub = Dub.open(write(tmp_path / "a.wav", sound[None]))
    assert dub.duration == 2.5
    np.testing.assert_allclose(dub.samples, sound, atol=1 / 32768)


def test_order_and_grouping_of_reads_are_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", np.stack([tone(3, 44100), tone(3, 44100, 300.0)]), 44100, "flac")
    whole = Dub.open(path).samples
    dub = Dub.open(path)
    for start in (40000, 16000, -300, 0, 31000):
        expected = np.zeros(9000, np.float32)
        inside = slice(max(start, 0), min(start + 9000, len(whole)))
        expected[inside.start - start : inside.stop - start] = whole[inside]
        np.testing.assert_array_equal(dub.read(start, start + 9000), expected)


def test_stereo_at_another_rate_keeps_the_sound(tmp_path: Path) -> None:
    both = np.stack([tone(2, 48000)] * 2)
    sound = Dub.open(write(tmp_path / "a.flac", both, 48000, "flac")).samples
    assert abs(len(sound) - 2 * SAMPLE_RATE) < 64
    n = min(len(sound), 2 * SAMPLE_RATE)
    assert np.corrcoef(sound[:n], tone(2)[:n])[0, 1] > 0.999


@pytest.mark.parametrize("bits", [16, 32])
def test_audio_node_gives_what_the_file_gives(bits: int) -> None:
    silent = vs.core.std.BlankAudio(length=2 * 48000, sampletype=vs.INTEGER, bits=bits, samplerate=48000)
    dub = Dub.open(silent)
    assert dub.duration == 2.0
    np.testing.assert_array_equal(dub.read(-5, 33000), np.zeros(33005))


def test_audio_node_in_time_with_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(4)[None])
    dub = Dub.open(vs.core.bs.AudioSource(str(path), cachemode=0))
    np.testing.assert_allclose(dub.read(20000, 50000), tone(4)[20000:50000], atol=1e-4)
    np.testing.assert_array_equal(dub.contains(np.array([-0.01, 0.0, 3.999, 4.0])), [False, True, True, False])


def test_contains(tmp_path: Path) -> None:
    dub = Dub.open(write(tmp_path / "a.wav", tone(1)[None]))
    times = np.array([5.0, -1e-9, 0.0, 0.99, 1.0, np.nan])
    np.testing.assert_array_equal(dub.contains(times), [False, False, True, True, False, False])


def test_what_is_not_finite_is_silence() -> None:
    dub = Dub.of(np.array([0.5, np.nan, np.inf, -np.inf, 2.0]))
    np.testing.assert_array_equal(dub.samples, [0.5, 0, 0, 0, 2.0])


def test_a_sound_track_that_starts_late_is_preceded_by_silence(tmp_path: Path) -> None:
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono")
        for number in range(50):
            picture = av.VideoFrame(64, 64, "yuv420p")
            picture.pts = number
            container.mux(video.encode(picture))
        sound = av.AudioFrame.from_ndarray((tone(1)[None] * 32767).astype(np.int16), "s16", "mono")
        sound.sample_rate = SAMPLE_RATE
        sound.pts = SAMPLE_RATE // 2
        container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    samples = Dub.open(path).samples
    assert not samples[:7990].any()
    np.testing.assert_allclose(samples[8000:24000], tone(1), atol=1e-3)


def test_refusals_are_clear(tmp_path: Path) -> None:
    with pytest.raises(DubError, match=r"absent\.wav"):
        Dub.open(tmp_path / "absent.wav")
    (tmp_path / "text.wav").write_text("no sound at all")
    with pytest.raises(DubError, match=r"text\.wav"):
        Dub.open(tmp_path / "text.wav")
    with av.open(str(tmp_path / "mute.mkv"), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        container.mux(video.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(video.encode(None))
    with pytest.raises(DubError, match="has no sound"):
        Dub.open(tmp_path / "mute.mkv")


def test_a_layout_that_changes_on_the_way_is_followed(tmp_path: Path) -> None:
    mono = write(tmp_path / "mono.aac", tone(1.0)[None], codec="aac")
    stereo = write(tmp_path / "stereo.aac", np.stack([tone(1.0, hertz=300.0)] * 2), codec="aac")
    joined = tmp_path / "joined.aac"
    joined.write_bytes(mono.read_bytes() + stereo.read_bytes())
    dub = Dub.open(joined)
    assert dub.duration == pytest.approx(2.1, abs=0.2)
    assert np.abs(dub.read(SAMPLE_RATE * 3 // 2, SAMPLE_RATE * 3 // 2 + 800)).max() > 0.05
