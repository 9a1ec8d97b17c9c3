"""What is muxed is what moves the mouth: gaps, overlaps, restarts, encoders' delay and late starts (under 30 s).

The reference is kept apart from the code: it places the runs of packets that the test made, by what the test knows of
them, and looks for their samples in the file that FFmpeg wrote and in what the mouth is given.
"""

import tempfile
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests import matroska
from vs_lipsync.media.ffmpeg import run_ffmpeg
from vs_lipsync.media.mux import arguments
from vs_lipsync.media.soundtrack import render_dub
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.sounds import SAMPLE_RATE

type Samples = NDArray[np.float32]

CODECS = {"pcm_s16le": 48000, "flac": 44100, "aac": 44100, "libopus": 48000, "libmp3lame": 32000}
MOST_RUNS = 4
MOST_PACKETS = 30
LEAST = 0.06
"""Seconds of a run that must be heard for it to be looked for."""


@dataclass(frozen=True)
class Run:
    """Packets whose times follow each other.

    Attributes:
        packets: how many.
        step: seconds between the end of the run before and its start: a gap, or an overlap if it is negative; None for
            times that begin anew.
    """

    packets: int
    step: float | None


@dataclass(frozen=True)
class Placed:
    """A stretch of samples that is heard without interruption, and the second at which it is."""

    at: float
    samples: Samples


RUNS = st.lists(
    st.builds(
        Run,
        packets=st.integers(8, MOST_PACKETS),
        step=st.one_of(st.none(), st.floats(0.03, 1.5), st.floats(-0.4, -0.03)),
    ),
    min_size=1,
    max_size=MOST_RUNS,
)


@cache
def encoded_noise(codec: str) -> matroska.EncodedSound:
    """Return packets of noise, more than any test needs."""
    noise = np.random.default_rng(1).uniform(-0.4, 0.4, (MOST_RUNS * MOST_PACKETS + 4) * 4608)
    return matroska.encode(noise.astype(np.float32), CODECS[codec], codec)


def made(runs: list[Run], codec: str, late: int, path: Path) -> list[Placed]:
    """Write a file of runs of packets whose times begin `late` milliseconds after 0; returns what is heard of it."""
    rate = CODECS[codec]
    count = sum(run.packets for run in runs)
    sound = encoded_noise(codec)
    length = Fraction(sound.samples[0], rate)
    times: list[Fraction] = []  # of packets, as the file has them
    heard: list[float] = []  # when the run of a packet is heard, for its first packet
    cursor = end = Fraction(0)  # in the file's times; on the timeline
    shift = Fraction(0)
    for number, run in enumerate(runs):
        if number and run.step is None:
            shift, cursor = end, Fraction(0)
        elif number and run.step is not None:
            step = Fraction(round(run.step * 1000), 1000)
            back_at_start = cursor + step < Fraction(3, 20) + 2 * length  # which would be a restart
            cursor += abs(step) if back_at_start else step
        heard += [float(cursor + shift)] + [np.nan] * (run.packets - 1)
        times += [cursor + n * length for n in range(run.packets)]
        cursor += run.packets * length
        end = max(end, cursor + shift)
    whole = matroska.EncodedSound(codec, rate, sound.private, sound.delay, sound.packets[:count], sound.samples[:count])
    matroska.write(path, whole, [late + round(time * 1000) for time in times])
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    assert len(frames) == count
    parts = [part[0] / (32768 if part.dtype.kind == "i" else 1) for part in frames]
    found, end_of = [], 0.0
    lead = sound.delay / rate if codec == "libopus" else 0.0
    starts = [n for n, at in enumerate(heard) if not np.isnan(at)]
    for first, stop in zip(starts, [*starts[1:], count], strict=True):
        samples = np.concatenate(parts[first:stop]).astype(np.float32)
        at = heard[first] - (lead if first else 0.0)
        hidden = max(0, round((end_of - at) * rate))
        end_of = max(end_of, at + len(samples) / rate)
        if len(samples) - hidden > LEAST * rate:
            found.append(Placed(at + hidden / rate, samples[hidden:]))
    return found


def muxed(path: Path, folder: Path, length: Fraction) -> Path:
    """Write a file with a dub as the program does, its sound as it is."""
    track, output = folder / "track.w64", folder / "out.mkv"
    render_dub(path, Fraction(0), length, track)
    pictures = ["-f", "lavfi", "-i", f"color=s=16x16:r=10:d={float(length)}"]
    sound = ["-c:a:0", "pcm_f32le"]
    run_ffmpeg(arguments(pictures, ["-c:v", "ffv1"], length, track, "", None, sound, None, output, folder))
    return output


def sound_of(path: Path) -> tuple[Samples, int]:
    """Return the samples of a file's first sound from its time 0 on, and their rate."""
    with av.open(str(path)) as container:
        parts = list(container.decode(audio=0))
        assert parts[0].time is not None
        late = np.zeros(round(parts[0].time * parts[0].sample_rate), np.float32)
        return np.concatenate([late, *(part.to_ndarray().reshape(-1) for part in parts)]), parts[0].sample_rate


def lag(samples: Samples, wanted: Samples, at: int, reach: int) -> tuple[int, float]:
    """Return by how many samples something is later than number `at`, and how well it is found there."""
    padded = np.pad(samples, (reach, len(wanted) + reach))[at : at + len(wanted) + 2 * reach]
    spectrum = np.fft.rfft(padded) * np.fft.rfft(wanted, len(padded)).conj()
    scores = np.fft.irfft(spectrum, len(padded))[: 2 * reach + 1]
    best = int(np.argmax(scores))
    norm = np.linalg.norm(wanted) * np.linalg.norm(padded[best : best + len(wanted)])
    return best - reach, float(scores[best] / norm)


def resampled(samples: Samples, rate: int) -> Samples:
    resampler: Any = av.AudioResampler("flt", "mono", SAMPLE_RATE)
    frame = av.AudioFrame.from_ndarray(samples[None], "flt", "mono")
    frame.sample_rate = rate
    return np.concatenate([part.to_ndarray()[0] for part in [*resampler.resample(frame), *resampler.resample(None)]])


def check(dub: Path, expected: list[Placed], codec: str, folder: Path, *, by_program: bool) -> None:
    """Look for what should be heard in what the mouth is given and in what is written."""
    mouth = Dub.open(dub).samples
    length = Fraction(len(mouth), SAMPLE_RATE)
    if by_program:
        written = muxed(dub, folder, length)
    else:
        written = folder / "track.w64"
        render_dub(dub, Fraction(0), length, written)
    ear, rate = sound_of(written)
    assert rate == CODECS[codec] and abs(len(ear) / rate - float(length)) < 2 / SAMPLE_RATE
    heard = resampled(ear, rate)
    for placed in expected:
        part = placed.samples[: rate // 2]
        # Of the reference, whose packets have times in whole milliseconds, to the millisecond ...
        late, found = lag(ear, part, round(placed.at * rate), rate // 20)
        assert found > 0.9 and abs(late) <= 0.0016 * rate
        # ... and of each other to the sample.
        start = round((placed.at + 0.005) * SAMPLE_RATE)
        between, found = lag(mouth, heard[start : start + round(0.045 * SAMPLE_RATE)], start, 800)
        assert found > 0.6 and abs(between) <= 1  # runs may lie between two samples of the mouth's 16 kHz


LATE = st.sampled_from([0, 0, 7, 1500])


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=RUNS, codec=st.sampled_from(list(CODECS)), late=LATE)
def test_mouth_and_track_agree(runs: list[Run], codec: str, late: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        expected = made(runs, codec, late, Path(name) / "dub.mka")
        check(Path(name) / "dub.mka", expected, codec, Path(name), by_program=False)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=RUNS, codec=st.sampled_from(list(CODECS)), late=LATE)
def test_mouth_and_written_file_agree(runs: list[Run], codec: str, late: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        expected = made(runs, codec, late, Path(name) / "dub.mka")
        check(Path(name) / "dub.mka", expected, codec, Path(name), by_program=True)
