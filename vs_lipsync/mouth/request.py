"""From lip motion to the mouth shapes that a speaker is asked to make."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS, mouth_opening
from vs_lipsync.mouth.profile import INNER_LOWER, INNER_UPPER, Profile, lip_gaps

__all__ = ["LipMotion", "LipMotionSamples", "requested_shape"]

_GAIN_LIMITS = (0.4, 4.0)
"""Least and greatest ratio of the speaker's range to the motion's."""

_WIDTH_SHARE = 0.66
"""How much the width of the net's motion varies, as a multiple of its opening: 0.43 to 0.80 for seven voices. Their
speakers' own width varied 1.45 times as much in the mean."""

_WIDENING_LIMITS = (1.4, 2.0)
"""By what the width of the net's motion is multiplied, least and most. The width made follows that of the driver with a
correlation of 0.579 without, 0.619 with these (medians of 26 pairs of speakers), the opening with 0.789 in both. Where
motion that was wider than the speaker's own was narrowed to it, it followed less."""

_PARTED = 0.02
"""Opening from rest, in inter-ocular distances, from which a mouth is no longer drawn towards the shut one."""


class LipMotionSamples(Protocol):
    """Lip motion at some times."""

    @property
    def points(self) -> NDArray[np.floating]:
        """[n, 53, 3] displacement from the closed mouth in the pose-free frame, in inter-ocular units."""
        ...

    @property
    def inside(self) -> NDArray[np.bool_]:
        """[n] whether each time lies inside the dub."""
        ...


class LipMotion(Protocol):
    """The lip motion of a dub."""

    @property
    def spread(self) -> float:
        """Standard deviation of the mouth opening of this motion while people speak."""
        ...

    def at(self, times: NDArray[np.float64]) -> LipMotionSamples:
        """Return the motion at times [n] in seconds."""
        ...


def requested_shape(
    profile: Profile, displacement: NDArray[np.floating], spread: float, strength: float
) -> NDArray[np.float64]:
    """Return the mouth shape [53, 3] that a speaker is asked for.

    A net trained on many speakers moves the mouth less than people do, and people differ: the motion is scaled so that
    its spread becomes the speaker's own, that of its width as well, then held inside what the footage supports. Where
    it does not open the mouth, in pauses and closures, the mouth is the one that is shut.

    Args:
        profile: the speaker's mouth.
        displacement: [53, 3] from the closed mouth.
        spread: standard deviation of the opening of the motion; 0 when unknown.
        strength: factor on the motion; 1 is the speaker's own range.
    """
    gain = float(np.clip(profile.spread / spread, *_GAIN_LIMITS)) if spread > 0 else 1.0
    moved = gain * strength * np.asarray(displacement, np.float64)
    widening = float(np.clip(profile.width_spread / (_WIDTH_SHARE * profile.spread), *_WIDENING_LIMITS))
    moved[: len(LIPS), ::2] *= widening  # across and in depth: rounded lips are pushed forward
    opened, closed = (float(mouth_opening(shape)) for shape in (profile.neutral + moved, profile.neutral))
    ceiling = profile.ceiling * max(1.0, strength)
    if opened > 0.75 * ceiling:
        moved *= (_soft_limit(opened, ceiling) - closed) / (opened - closed)
    rest = float(np.clip(1.0 - (opened - closed) / _PARTED, 0.0, 1.0))
    shape = profile.neutral + moved + rest * (profile.shut - profile.neutral)
    missing = np.maximum(profile.floor - lip_gaps(shape), 0.0)
    shape[list(INNER_LOWER), 1] += 0.5 * missing
    shape[list(INNER_UPPER), 1] -= 0.5 * missing
    return np.asarray(shape, np.float64)


def _soft_limit(value: float, limit: float) -> float:
    """Bend a value above 3/4 of a limit smoothly under that limit."""
    knee = 0.75 * limit
    return knee + (limit - knee) * float(np.tanh((value - knee) / (limit - knee)))
