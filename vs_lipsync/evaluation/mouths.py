"""How the mouths of a result move, and whether they move as the dub asks for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.evaluation import motion_metrics
from vs_lipsync.faces.face_landmarker import MIN_PRESENCE, FaceLandmarker, around
from vs_lipsync.faces.landmarks import MOUTH, Pose, mouth_opening
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion

__all__ = ["AT_LEAST", "MouthReader", "PredictedOpenings", "agreement", "opening_of", "predicted_openings"]

AT_LEAST: Final = 25
"""Frames that must have a mouth and a dub before their correlation means anything."""

_SHIFTS = ((0.0, 0.0, 0.0), (0.02, -0.01, 0.03), (-0.02, 0.01, -0.03))
"""Crops in which the net looks: moved right and down, and enlarged, by these shares of the face's size. Its opening
varies from one crop to the next by 0.005 to 0.014 inter-ocular distances (standard deviation, 17 clips)."""

_TIMES_AT_ONCE = 2048  # frames whose lip motion is held at a time


def opening_of(landmarks: NDArray[np.floating]) -> float:
    """Return the gap between the lips of a face [468, 3], head pose removed, in inter-ocular distances."""
    return float(mouth_opening(Pose.of(landmarks).remove(landmarks[list(MOUTH)])))


class MouthReader:
    """Looks at the mouth of a face whose place is known. Not for several threads at a time."""

    def __init__(self) -> None:
        self._landmarker = FaceLandmarker()

    def __call__(self, rgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> float:
        """Return the opening of a mouth, in inter-ocular distances; NaN if no face is seen.

        Args:
            rgb: [height, width, 3].
            landmarks: [468, 3] the same face in the original, in pixels.
        """
        points, presence = self._landmarker(rgb, around(landmarks, 1.0))
        if presence < MIN_PRESENCE:
            return float("nan")
        there = around(points, presence)
        seen = []
        for x, y, larger in _SHIFTS:
            centre = there.centre + np.array([x, y], np.float32) * np.float32(there.size)
            points, _ = self._landmarker(rgb, replace(there, centre=centre, size=there.size * (1 + larger)))
            seen.append(opening_of(points))
        return float(np.mean(seen))


@dataclass(frozen=True, slots=True)
class PredictedOpenings:
    """The opening that a dub asks for, for some frames and for `reach` frames before and behind them.

    Attributes:
        values: [n + 2 * reach] above that of the closed mouth, inter-ocular distances; NaN outside the dub.
        reach: frames before the first one.
    """

    values: NDArray[np.float64]
    reach: int

    @property
    def here(self) -> NDArray[np.float64]:
        """[n] of the frames themselves."""
        return self.values[self.reach : len(self.values) - self.reach]


def predicted_openings(dub: Dub, start: float, rate: float, frames: int, reach: int) -> PredictedOpenings:
    """Return the opening that the motion net predicts for a dub.

    Args:
        dub: the sound.
        start: time in the dub of the first frame, in seconds.
        rate: frames per second.
        frames: number of frames.
        reach: frames before the first and behind the last one that are wanted as well.

    Raises:
        DubError: the dub cannot be decoded.
    """
    motion = Motion(dub)

    def parts() -> Iterator[NDArray[np.float64]]:
        for first in range(-reach, frames + reach, _TIMES_AT_ONCE):
            numbers = np.arange(first, min(first + _TIMES_AT_ONCE, frames + reach))
            samples = motion.at(start + numbers / rate)
            yield np.where(samples.inside, mouth_opening(samples.points), np.nan)

    return PredictedOpenings(np.concatenate(list(parts())), reach)


def agreement(
    seen: NDArray[np.floating], predicted: PredictedOpenings, shots: NDArray[np.integer], reach: int
) -> motion_metrics.Agreement | None:
    """Return how well the mouths seen follow the dub, at the best lag of at most `reach` frames.

    People differ in how far their lips are apart at rest, and cameras in how they show it: the mean of each shot is
    taken out first.

    Args:
        seen: [n] opening; NaN where no mouth was seen.
        predicted: the opening that the dub asks for.
        shots: [n] number of the first frame of each frame's shot.
        reach: greatest lag, at most that of `predicted`.

    Returns:
        Correlation and lag, positive when the mouth is late; None if fewer than AT_LEAST frames can be compared.
    """
    found = []
    for lag in sorted(range(-reach, reach + 1), key=abs):
        wanted = predicted.values[predicted.reach - lag : predicted.reach - lag + len(seen)]
        both = np.isfinite(seen) & np.isfinite(wanted)
        if np.count_nonzero(both) < AT_LEAST:
            continue
        groups = np.unique(shots[both], return_inverse=True)[1]
        a, b = (_centred(np.asarray(series[both], np.float64), groups) for series in (seen, wanted))
        found.append(motion_metrics.Agreement(motion_metrics.lag_correlation(a, b, 0).correlation, lag))
    return max(found, key=lambda one: one.correlation, default=None)


def _centred(values: NDArray[np.float64], groups: NDArray[np.integer]) -> NDArray[np.float64]:
    """Take the mean of its group out of each value."""
    means = np.bincount(groups, values) / np.bincount(groups)
    return np.asarray(values - means[groups])
