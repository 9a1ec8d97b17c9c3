"""Judging a motion model on recordings of speakers whom it never heard.

Predicted and real mouths are compared in the pose-free frame. Correlations are taken at the best lag within two frames,
since real recordings are off by that much. Intervals are of 95 %, from drawing speakers with replacement.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.evaluation import motion_metrics
from vs_lipsync.evaluation.bootstrap import Interval, bootstrap
from vs_lipsync.faces.landmarks import LIPS, mouth_opening, mouth_width
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.model import MotionModel
from vs_lipsync.speech.motion import Motion
from vs_lipsync.speech.windows import FRAME_RATE
from vs_lipsync.training.augment import noise
from vs_lipsync.training.corpus import Recording

__all__ = ["MEASURES", "babble", "evaluate", "markdown", "music", "scores_of", "summary"]

_REACH = 2  # frames of lag that a recording may be off by
_SURE = 0.35  # correlation on which a recording's offset must rest to be believed
_OFFSET_REACH = 8  # frames in which a recording's own offset is looked for


@dataclass(frozen=True, slots=True)
class MotionScores:
    """What one recording says of the net.

    Attributes:
        speaker: who speaks.
        language: in which language.
        opening: correlation of mouth opening at the best lag within two frames.
        width: correlation of mouth width at the same lag.
        lag: that lag in frames, positive when the prediction is late.
        residual: lag, looked for within eight frames, less the recording's own offset as the corpus estimates it.
        amplitude: standard deviation of the opening, predicted over real.
        jitter: mean absolute acceleration of the opening, predicted over real.
        closure: share of the frames with touching real lips in which the predicted ones are within 0.015 of closed.
        closure_near: the same, where those of a neighbouring frame count as well.
        silence: 95th percentile of the predicted opening in pauses, from 0.2 s after speech stops.
        error: mean distance of the points of the lips, inter-ocular units.
        unpaired: correlation of opening with the mouth of the next recording by somebody else.
    """

    speaker: str
    language: str
    opening: float
    width: float
    lag: float
    residual: float
    amplitude: float
    jitter: float
    closure: float
    closure_near: float
    silence: float
    error: float
    unpaired: float


MEASURES = tuple(field.name for field in fields(MotionScores) if field.name not in ("speaker", "language"))
"""What is measured, in the order of `MotionScores`."""


def predict(recording: Recording, model: MotionModel, sound: Dub | None = None) -> NDArray[np.float32]:
    """Return the motion [n, 53, 3] that a model makes of a recording's sound, or of another sound in its place."""
    times = np.arange(len(recording.mouth)) / FRAME_RATE
    return Motion(sound or recording.sound, model).at(times).points


def scores_of(
    recording: Recording, made: NDArray[np.float32], other: Recording | None, around: int = 0
) -> MotionScores:
    """Compare predicted motion [n, 53, 3] with a recording's, and with that of somebody else.

    Args:
        recording: the recording.
        made: the motion predicted for it.
        other: a recording of somebody else.
        around: frames around which the lag is looked for.
    """
    real, opening = recording.motion, mouth_opening(made)
    real_opening = mouth_opening(real)
    best = motion_metrics.lag_correlation(opening, real_opening, _REACH, around)
    own = motion_metrics.lag_correlation(opening, real_opening, _OFFSET_REACH).lag
    widths = motion_metrics.shifted(mouth_width(made + recording.closed), mouth_width(recording.mouth), best.lag)
    met = motion_metrics.shifted(made, real, best.lag)
    touching, closing = motion_metrics.shifted(opening, recording.touching.astype(float), best.lag)[::-1]
    padded = np.pad(closing, 1, mode="edge")
    nearest = np.minimum(np.minimum(padded[:-2], padded[2:]), closing)
    lips = slice(0, len(LIPS))
    return MotionScores(
        recording.speaker,
        recording.language,
        best.correlation,
        motion_metrics.lag_correlation(*widths, reach=0).correlation,
        best.lag,
        own - recording.lag,
        motion_metrics.amplitude_ratio(opening, real_opening),
        motion_metrics.jitter(opening) / motion_metrics.jitter(real_opening),
        motion_metrics.closure(closing, touching > 0.5),
        motion_metrics.closure(nearest, touching > 0.5),
        motion_metrics.silence_opening(opening, recording.speech, FRAME_RATE),
        float(np.linalg.norm(met[0][:, lips] - met[1][:, lips], axis=-1).mean()),
        float("nan")
        if other is None
        else motion_metrics.lag_correlation(opening, mouth_opening(other.motion), _REACH).correlation,
    )


def evaluate(
    clips: Sequence[Recording],
    model: MotionModel,
    sound: Callable[[Recording], Dub] | None = None,
    by_offset: bool = False,
) -> list[MotionScores]:
    """Judge a model on recordings, as they are or with another sound made of each.

    Args:
        clips: the recordings.
        model: the model.
        sound: makes the sound that is heard in place of a recording's own.
        by_offset: whether lags are looked for around the recording's own offset, where the corpus is sure of it;
            those of recordings that nobody chose for being in step may be greater than two frames.
    """
    scores = []
    for number, clip in enumerate(clips):
        others = (c for c in (*clips[number + 1 :], *clips[:number]) if c.speaker != clip.speaker)
        made = predict(clip, model, sound(clip) if sound else None)
        around = round(clip.lag) if by_offset and np.isfinite(clip.lag) and clip.fit >= _SURE else 0
        scores.append(scores_of(clip, made, next(others, None), around))
    return scores


def babble(clips: Sequence[Recording], decibels: float, voices: int = 4) -> Callable[[Recording], Dub]:
    """Return a function that puts the voices of other recordings under one, at a ratio of powers in dB."""

    def mixed(clip: Recording) -> Dub:
        samples = clip.sound.samples
        crowd = np.zeros(len(samples))
        start = clips.index(clip)
        others = [c for c in (*clips[start + 1 :], *clips[:start]) if c.speaker != clip.speaker]
        for other in others[:voices]:
            voice = np.resize(other.sound.samples, len(samples))
            crowd += voice / (np.std(voice) + 1e-9)
        crowd *= np.std(samples) / np.std(crowd) * 10 ** (-decibels / 20)
        return Dub.of(samples + crowd)

    return mixed


def music(decibels: float) -> Callable[[Recording], Dub]:
    """Return a function that puts made-up music under a recording's voice, at a ratio of powers in dB."""

    def mixed(clip: Recording) -> Dub:
        samples = clip.sound.samples
        rng = np.random.default_rng(zlib.crc32(clip.name.encode()))
        under = noise(len(samples), rng, kind="music")
        return Dub.of(samples + under * np.std(samples) * 10 ** (-decibels / 20))

    return mixed


def summary(scores: list[MotionScores], seed: int = 0) -> dict[str, dict[str, Any]]:
    """Return {measure: {median, mean, quartiles and intervals}}, and the share of clips within a frame of their own."""
    speakers = [s.speaker for s in scores]

    def over(name: str) -> dict[str, Any]:
        values = np.array([getattr(s, name) for s in scores], float)
        known = values[np.isfinite(values)]
        interval = bootstrap(values, speakers, _median, seed=seed)
        return {
            "median": interval.value,
            "mean": _mean(values),
            "quartiles": [float(q) for q in np.quantile(known, [0.25, 0.75])] if len(known) else [float("nan")] * 2,
            "interval": [interval.low, interval.high],
            "mean_interval": _bounds(bootstrap(values, speakers, _mean, seed=seed)),
        }

    result: dict[str, dict[str, Any]] = {name: over(name) for name in MEASURES}
    residual = np.array([s.residual for s in scores if np.isfinite(s.residual)])
    result["residual"]["within_one"] = float(np.mean(np.abs(residual) <= 1)) if len(residual) else float("nan")
    result["clips"] = {"count": len(scores), "speakers": len(set(speakers))}
    return result


def markdown(numbers: Mapping[str, Mapping[str, Any]], disturbed: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Return the table of a model card, from summaries: of voices as they are, and of disturbed ones by what it is."""
    lines = ["| measure | median | 95 % of the median | mean | quartiles |", "|---|---|---|---|---|"]
    rows = [(name, numbers[name]) for name in MEASURES]
    rows += [(f"opening, {name}", summed["opening"]) for name, summed in disturbed.items()]
    for name, row in rows:
        low, high = row["interval"]
        first, third = row["quartiles"]
        values = f"{row['median']:.3f} | {low:.3f} to {high:.3f} | {row['mean']:.3f} | {first:.3f} to {third:.3f}"
        lines.append(f"| {name} | {values} |")
    within = numbers["residual"]["within_one"]
    lines += [
        "",
        f"{within:.0%} of the recordings are within one frame of the offset that the corpus estimates for them.",
    ]
    return "\n".join(lines)


def _median(values: NDArray[np.float64]) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _bounds(interval: Interval) -> list[float]:
    return [interval.low, interval.high]
