"""Whether the mouths of a result move as the motion net predicts them from the dub."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.evaluation import motion_metrics
from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion

__all__ = ["LEAST_FRAMES", "PredictedOpenings", "agreement", "predicted_openings"]

LEAST_FRAMES: Final = 25
"""Frames with a mouth and a dub from which their correlation is computed."""

_TIMES_AT_ONCE: Final = 2048
"""Frames whose lip motion is in memory at a time."""


@dataclass(frozen=True, slots=True)
class PredictedOpenings:
    """The mouth openings predicted from a dub, for n frames and for `reach` frames before and behind them.

    Attributes:
        values: [n + 2 · reach] in inter-ocular distances, less that of the closed mouth; NaN outside the dub.
        reach: frames before the first and behind the last one.
    """

    values: NDArray[np.float64]
    reach: int

    @property
    def here(self) -> NDArray[np.float64]:
        """[n] predicted openings of the frames themselves."""
        return self.values[self.reach : len(self.values) - self.reach]


def predicted_openings(dub: Dub, moments: NDArray[np.float64], reach: int) -> PredictedOpenings:
    """Predict the mouth openings of some frames from a dub by the motion net.

    Args:
        dub: the sound.
        moments: [n + 2 · reach] the seconds in the dub that belong to the frames, and to those before and behind them.
        reach: number of frames before the first and behind the last one that are among them.

    Raises:
        DubError: the dub cannot be decoded.
    """
    motion = Motion(dub)

    def parts() -> Iterator[NDArray[np.float64]]:
        for first in range(0, len(moments), _TIMES_AT_ONCE):
            samples = motion.at(moments[first : first + _TIMES_AT_ONCE])
            yield np.where(samples.inside, mouth_opening(samples.points), np.nan)

    return PredictedOpenings(np.concatenate(list(parts())), reach)


def agreement(
    measured: NDArray[np.floating], predicted: PredictedOpenings, shots: NDArray[np.integer], reach: int
) -> motion_metrics.Agreement | None:
    """Return how well the measured mouths follow the dub, at the best lag of at most `reach` frames.

    The mean of each shot is subtracted first, since the gap between lips at rest differs from person to person and from
    camera to camera.

    Args:
        measured: [n] mouth opening in inter-ocular distances; NaN where there is no mouth.
        predicted: the openings predicted from the dub.
        shots: [n] number of the first frame of each frame's shot.
        reach: greatest lag in frames, at most that of `predicted`.

    Returns:
        Pearson's correlation and the lag in frames, positive when the mouth is late; None if no lag leaves LEAST_FRAMES
        frames to compare.
    """
    agreements = []
    for lag in sorted(range(-reach, reach + 1), key=abs):
        expected = predicted.values[predicted.reach - lag : predicted.reach - lag + len(measured)]
        both = np.isfinite(measured) & np.isfinite(expected)
        if np.count_nonzero(both) < LEAST_FRAMES:
            continue
        groups = np.unique(shots[both], return_inverse=True)[1]
        a, b = (_centred(np.asarray(series[both], np.float64), groups) for series in (measured, expected))
        agreements.append(motion_metrics.Agreement(motion_metrics.lag_correlation(a, b, 0).correlation, lag))
    return max(agreements, key=lambda one: one.correlation, default=None)


def _centred(values: NDArray[np.float64], groups: NDArray[np.integer]) -> NDArray[np.float64]:
    """Subtract from each value the mean of its group; `groups` numbers them from 0."""
    means = np.bincount(groups, values) / np.bincount(groups)
    return np.asarray(values - means[groups])
