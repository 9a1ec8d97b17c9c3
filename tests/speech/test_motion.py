"""Motion depends on the dub and the time alone, and is still where the dub is silent (about 15 s)."""

import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from tests.sound_files import write
from vs_lipsync.evaluation.motion_metrics import jitter
from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.speech import windows
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.head import NetShape
from vs_lipsync.speech.model import MotionModel, check_context, default_model
from vs_lipsync.speech.motion import Motion
from vs_lipsync.speech.sounds import SAMPLE_RATE


def babbling(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Return something like speech: buzzing through two wandering resonances, four syllables a second, with pauses."""
    n = round(seconds * SAMPLE_RATE)
    rng = np.random.default_rng(seed)
    t = np.arange(n) / SAMPLE_RATE
    pitch = 120 + 20 * np.interp(t, np.linspace(0, seconds, 12), rng.normal(size=12))
    phase = np.cumsum(pitch) / SAMPLE_RATE * 2 * np.pi
    knots = max(int(seconds * 4), 2)
    first = np.interp(t, np.linspace(0, seconds, knots), rng.uniform(300, 800, knots))
    second = np.interp(t, np.linspace(0, seconds, knots), rng.uniform(900, 2200, knots))
    sound = np.zeros(n)
    for harmonic in range(1, 28):
        hertz = harmonic * pitch
        near = np.exp(-(((hertz - first) / 120) ** 2)) + 0.6 * np.exp(-(((hertz - second) / 180) ** 2)) + 0.02
        sound += near * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 4 * t) + 0.3, 0, 1) * (np.sin(2 * np.pi * t / 3) > -0.6)
    return (0.1 * sound * syllables).astype(np.float32)


@pytest.fixture(scope="module")
def dub() -> Dub:
    return Dub.of(babbling(24))


@pytest.fixture(scope="module")
def motion(dub: Dub) -> Motion:
    return Motion(dub)


def test_shapes_and_range(motion: Motion) -> None:
    made = motion.at(np.arange(250) / 25)
    assert made.points.shape == (250, 53, 3)
    assert made.points.dtype == np.float32
    assert made.speech.shape == made.inside.shape == (250,)
    assert made.speech.min() >= 0
    assert made.speech.max() <= 1
    assert made.inside.all()
    opening = mouth_opening(made.points)
    assert 0.1 < opening.max() < 0.6
    assert 0.01 < motion.spread < 0.1


def test_order_and_grouping_are_nothing(dub: Dub, motion: Motion) -> None:
    times = np.random.default_rng(0).permutation(np.arange(550) / 24000 * 1001)
    whole = motion.at(times).points
    other = Motion(Dub.of(dub.samples))  # what was made for a dub is kept with it
    pieces = np.concatenate([other.at(part).points for part in np.array_split(times, 17)])
    np.testing.assert_array_equal(pieces, whole)


def test_what_is_heard_of_a_file_is_heard_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By all who have it open at a time; a file that has become another one is heard anew."""
    path, times = tmp_path / "dub.wav", np.arange(100) / 25
    write(path, babbling(5)[None])
    reads: list[int] = []
    read = Dub.read

    def counted(dub: Dub, start: int, stop: int) -> NDArray[np.float32]:
        reads.append(start)
        return read(dub, start, stop)

    monkeypatch.setattr(Dub, "read", counted)
    one = Motion(Dub.open(path))
    first = one.at(times).points
    heard = len(reads)
    assert heard and np.array_equal(Motion(Dub.open(path, silence="pass")).at(times).points, first)
    assert len(reads) == heard
    assert not np.array_equal(Motion(Dub.of_clip(path, Fraction(1))).at(times).points, first)
    write(path, babbling(5.1, seed=1)[None])
    assert not np.array_equal(Motion(Dub.open(path)).at(times).points, first)
    del one
    heard = len(reads)
    write(path, babbling(5)[None])
    assert np.array_equal(Motion(Dub.open(path)).at(times).points, first)
    assert len(reads) > heard


def test_joins_of_blocks_are_smooth(motion: Motion) -> None:
    """Two windows meet every 6 seconds: the mouth moves no faster there than elsewhere."""
    opening = mouth_opening(motion.at(np.arange(550) / 25).points)
    steps = np.abs(np.diff(opening))
    joins = steps[[149, 299, 449]]
    assert joins.max() < np.quantile(steps, 0.98)


def test_any_window_hears_much_the_same(dub: Dub) -> None:
    """Windows on another grid give motion that is close to it."""
    model = default_model()
    whole = model.motion(dub.read(*windows.samples_for(300)))
    for shift in (-40, 40):
        other = model.motion(dub.read(*windows.samples_for(300 + shift)))
        a, b = (whole[40:], other[:-40]) if shift > 0 else (whole[:-40], other[40:])
        a, b = (mouth_opening(part[:, 1:].reshape(-1, 53, 3)) for part in (a, b))
        assert np.corrcoef(a, b)[0, 1] > 0.95


def test_frame_rate_is_nothing(motion: Motion) -> None:
    fine = motion.at(np.arange(0, 1200) / 60)
    coarse = motion.at(np.arange(0, 600) / 30)
    np.testing.assert_allclose(fine.points[::2], coarse.points, atol=1e-6)


def test_motion_follows_the_time_of_the_sound(motion: Motion) -> None:
    """Exactly so when the sound is late by whole blocks, and nearly when it is not."""
    times = np.arange(25, 450) / 25
    usual = motion.at(times).points
    for late in (6, 2):
        silence = np.zeros(late * SAMPLE_RATE, np.float32)
        moved = Motion(Dub.of(np.concatenate([silence, babbling(24)]))).at(times + late).points
        if late == 6:
            np.testing.assert_allclose(moved, usual, atol=1e-5)
        assert np.corrcoef(mouth_opening(moved), mouth_opening(usual))[0, 1] > 0.95


@pytest.mark.parametrize("decibels", [-20, 10])
def test_gain_is_nothing(motion: Motion, decibels: float) -> None:
    other = Motion(Dub.of(babbling(24) * np.float32(10 ** (decibels / 20))))
    times = np.arange(400) / 25
    np.testing.assert_allclose(other.at(times).points, motion.at(times).points, atol=1e-4)


def test_outside_of_the_dub_nothing_moves(motion: Motion) -> None:
    made = motion.at(np.array([-100.0, -0.001, 24.0, 1e6, np.nan, 1.0]))
    np.testing.assert_array_equal(made.inside, [False, False, False, False, False, True])
    assert not made.points[:5].any()
    assert not made.speech[:5].any()


def test_digital_silence_is_shut() -> None:
    sound = babbling(9)
    sound[4 * SAMPLE_RATE : 6 * SAMPLE_RATE] = 0
    made = Motion(Dub.of(sound)).at(np.arange(225) / 25)
    after = 4 * 25 + 3  # 120 ms
    assert not made.points[after : 6 * 25 - 8].any()
    assert made.points[:90].any()
    assert made.points[6 * 25 + 5 :].any()
    assert not Motion(Dub.of(np.zeros(5 * SAMPLE_RATE))).at(np.arange(125) / 25).points.any()


@pytest.mark.parametrize("level", [1e-4, 1e-2, 0.3])
def test_noise_alone_is_shut(level: float) -> None:
    noise = np.random.default_rng(0).normal(0, level, 12 * SAMPLE_RATE)
    made = Motion(Dub.of(noise)).at(np.arange(300) / 25)
    assert np.quantile(np.abs(mouth_opening(made.points)), 0.95) < 0.02


def test_a_held_vowel_is_held() -> None:
    t = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    vowel = np.zeros(len(t))
    for harmonic in range(1, 25):
        near = sum(np.exp(-(((130 * harmonic - peak) / 100) ** 2)) for peak in (700, 1200, 2600)) + 0.01
        vowel += near * np.sin(2 * np.pi * 130 * harmonic * t)
    sound = np.concatenate([np.zeros(SAMPLE_RATE), 0.1 * vowel, np.zeros(SAMPLE_RATE)])
    opening = mouth_opening(Motion(Dub.of(sound)).at(np.arange(150) / 25).points)
    assert opening[35:40].mean() > 0.02
    assert jitter(opening[40:110]) < 0.004


def test_sound_that_is_no_number_breaks_nothing() -> None:
    sound = babbling(6)
    sound[1000:1200] = np.nan
    sound[50000] = np.inf
    made = Motion(Dub.of(sound)).at(np.arange(150) / 25)
    assert np.isfinite(made.points).all()
    assert made.points.any()


def test_threads_agree(dub: Dub, motion: Motion) -> None:
    shared = Motion(dub)
    times = np.arange(600) / 25
    found: dict[int, NDArray[np.float32]] = {}

    def ask(number: int) -> None:
        found[number] = shared.at(np.roll(times, 150 * number)).points

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = motion.at(times).points
    for number, points in found.items():
        np.testing.assert_array_equal(np.roll(points, -150 * number, 0), whole)


def test_audio_node_moves_as_the_file_does(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", babbling(5)[None])
    times = np.arange(125) / 25
    node = vs.core.bs.AudioSource(str(path), cachemode=0)
    np.testing.assert_allclose(
        Motion(Dub.open(node)).at(times).points, Motion(Dub.open(path)).at(times).points, atol=1e-3
    )


def test_a_model_read_back_is_the_same(tmp_path: Path, dub: Dub) -> None:
    model = default_model()
    model.save(tmp_path / "model.safetensors", {"note": "x"})
    again = MotionModel.load(tmp_path / "model.safetensors")
    samples = dub.read(*windows.samples_for(0))
    np.testing.assert_array_equal(again.motion(samples), model.motion(samples))
    assert again.spread == model.spread


def test_a_net_that_hears_more_than_a_window_has_is_refused() -> None:
    with pytest.raises(ValueError, match="context"):
        check_context(NetShape(dilations=(64,)))


def test_the_end_of_a_dub_is_heard_and_what_follows_is_still() -> None:
    """A dub that ends within a window moves as it does when silence follows it."""
    sound = babbling(7)
    padded = np.concatenate([sound, np.zeros(30 * SAMPLE_RATE, np.float32)])
    times = np.arange(170) / 25
    np.testing.assert_array_equal(Motion(Dub.of(sound)).at(times).points, Motion(Dub.of(padded)).at(times).points)
    short = Motion(Dub.of(babbling(0.5))).at(np.arange(12) / 25)
    assert np.isfinite(short.points).all()
    assert short.inside.all()


def test_blocks_are_kept_within_bounds() -> None:
    """An hour of silence and speech, in any order, gives what it gives at once."""
    sound = np.zeros(3600 * SAMPLE_RATE, np.float32)
    sound[1800 * SAMPLE_RATE :][: 8 * SAMPLE_RATE] = babbling(8)
    motion = Motion(Dub.of(sound))
    times = 1800 + np.arange(200) / 25
    first = motion.at(times).points
    assert first.any()
    assert not motion.at(np.arange(0, 1700, 0.7)).points.any()
    np.testing.assert_array_equal(motion.at(times).points, first)
