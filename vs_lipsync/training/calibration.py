"""The space of lip motions of a corpus, and how the motion of nets is brought to that of people.

Nets are calibrated by what they say of recordings that they were not trained on.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.evaluation.motion_metrics import closure, jitter
from vs_lipsync.faces.landmarks import MOUTH_POINTS, MOUTH_VALUES, mouth_opening
from vs_lipsync.speech.shapes import OPENINGS, Shapes, parts_of_openings
from vs_lipsync.training.corpus import Recording

__all__ = ["Prediction", "calibrate", "fit_shapes", "unbiased"]

_SHUT, _SHUT_OPENING = 0.95, 0.015  # share of the frames with touching lips in which the made ones are this far shut
_REST_STEP, _CLOSING_STEP = 0.03, 0.08  # openings, inter-ocular units, in the proportion that cost least correlation
_AMPLITUDE = 1.06  # openings over those of the speakers; those of `val` open wider than most of these
_LONG = 100  # frames of a recording from which on it says how far and how fast somebody moves the mouth
_JITTER = 0.85  # acceleration of the opening, over that of people: some of theirs is only that of the tracked points


class Prediction(NamedTuple):
    """What a net says of n frames.

    Attributes:
        codes: [n, components] motion in standard deviations of each component.
        touching: [n] probability of the lips touching.
    """

    codes: NDArray[np.float32]
    touching: NDArray[np.float32]


def fit_shapes(clips: Sequence[Recording], components: int = 10) -> Shapes:
    """Return the principal components of the motion of recordings."""
    motion = np.concatenate([clip.motion[clip.seen].reshape(-1, MOUTH_VALUES) for clip in clips]).astype(np.float64)
    mean = motion.mean(0)
    power, directions = np.linalg.eigh(np.cov((motion - mean).T))
    opening = mouth_opening(motion.reshape(-1, MOUTH_POINTS, 3))
    along = (motion * (opening - opening.mean())[:, None]).mean(0)
    along[0::3] = 0.0  # sideways

    def single(array: NDArray[np.floating]) -> NDArray[np.float32]:
        return np.ascontiguousarray(array, np.float32)

    return Shapes(
        single(mean),
        single(directions[:, ::-1][:, :components].T),
        single(np.sqrt(power[::-1][:components])),
        single(along / mouth_opening(along.reshape(MOUTH_POINTS, 3))),
        np.zeros((len(OPENINGS), len(mean)), np.float32),
    )


def calibrate(shapes: Shapes, predictions: Sequence[Prediction], clips: Sequence[Recording]) -> Shapes:
    """Return a shape space that moves, shuts and opens the mouth as fast and as far as people do, and where they do.

    Args:
        shapes: the space of the codes.
        predictions: what nets that were not trained on a recording say of it, for each recording.
        clips: the recordings.
    """
    pairs = list(zip(predictions, clips, strict=True))
    shut = [(each, clip) for each, clip in pairs if clip.touching.any()]
    long = [(each, clip) for each, clip in pairs if len(clip.mouth) >= _LONG] or pairs
    for _ in range(4):  # each depends on the others a little
        for scale in np.arange(0.0, 2.0, 0.05):
            shapes = dataclasses.replace(shapes, rest=_REST_STEP * float(scale), closing=_CLOSING_STEP * float(scale))
            if np.median([_closure(shapes, each, clip) for each, clip in shut]) >= _SHUT:
                break
        wider = [np.std(clip.opening) / max(np.std(shapes.opening(*each)), 1e-3) for each, clip in long]
        shapes = dataclasses.replace(shapes, gain=shapes.gain * _AMPLITUDE * _of_speakers(wider, long))
        for sharpness in np.arange(0.0, 4.0, 0.25):
            shapes = dataclasses.replace(shapes, sharpness=float(sharpness))
            faster = [jitter(shapes.opening(*each)) / jitter(clip.opening) for each, clip in long]
            if _of_speakers(faster, long) >= _JITTER:
                break
    spoken = [shapes.opening(*each)[clip.speech] for each, clip in zip(predictions, clips, strict=True)]
    spread = float(np.median([np.std(opening) for opening in spoken if len(opening) > 10]))
    return unbiased(dataclasses.replace(shapes, spread=spread), predictions, clips)


def unbiased(shapes: Shapes, predictions: Sequence[Prediction], clips: Sequence[Recording]) -> Shapes:
    """Return a shape space whose mouths are on average those of people that are equally far open; see `calibrate`."""
    shapes = dataclasses.replace(shapes, bias=np.zeros_like(shapes.bias))
    spoken = [clip.speech & clip.seen for clip in clips]
    made = [shapes.points(*each)[frames] for each, frames in zip(predictions, spoken, strict=True)]
    real = [clip.motion[frames] for clip, frames in zip(clips, spoken, strict=True)]
    off = _by_opening(np.concatenate(made)) - _by_opening(np.concatenate(real))
    off[:, 0::3] = 0.0  # sideways: it would take from how the width follows
    off -= mouth_opening(off.reshape(-1, MOUTH_POINTS, 3))[:, None] * shapes.direction
    return dataclasses.replace(shapes, bias=off)


def _closure(shapes: Shapes, prediction: Prediction, clip: Recording) -> float:
    """Return the share of the frames with touching lips in which the made ones are shut within a frame."""
    made = np.pad(shapes.opening(*prediction).astype(np.float64), 1, mode="edge")
    nearest = np.minimum(np.minimum(made[:-2], made[2:]), made[1:-1])
    return closure(nearest, clip.touching, _SHUT_OPENING)


def _of_speakers(values: Sequence[float], pairs: Sequence[tuple[Prediction, Recording]]) -> float:
    """Return the median over speakers of the mean over each one's recordings."""
    of_each: dict[str, list[float]] = defaultdict(list)
    for value, (_, clip) in zip(values, pairs, strict=True):
        of_each[clip.speaker].append(value)
    return float(np.median([np.mean(each) for each in of_each.values()]))


def _by_opening(motion: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean displacement [5, 159] at `OPENINGS`, linear between, of mouths [n, 53, 3]: least squares."""
    parts = parts_of_openings(mouth_opening(motion))
    return np.asarray(np.linalg.lstsq(parts, motion.reshape(len(motion), -1))[0], np.float32)
