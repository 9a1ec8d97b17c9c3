"""From lip motion to the mouth shapes that a speaker is asked to make."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import JAW, LIPS, mouth_opening
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

_NET_FALL = 0.19
"""How far the middle of the lips falls in the net's motion when the mouth opens by 1: 0.11 to 0.23 for seven voices.
The net has learned it in the frame of the upper face, which goes with a mouth that opens a little way; the nose, about
which mouths are placed here, goes less."""

_CHIN_FALL = 0.1
"""How much further than in the net's motion the chin falls when the mouth opens by 1: with it, the deviation of its
height over five frames is told from the footage's by an area under the curve of 0.455, without by 0.427 (18 speakers),
0.491 and 0.462 (20 others)."""

_FALLS_FROM = 0.06
"""Opening, in inter-ocular distances, about from which lips and chin fall further: in small openings the net's lie as
low as people's. Were they lowered there, too, chin and corners would lie too low in 0.80 and 0.85 of 20 speakers, with
it 0.75 and 0.80, without either 0.35 and 0.50."""

_ADDED, _ADDED_WITHIN = 0.3, 0.6
"""Opening that is added to an open mouth, and the opening within which most of it is added, in spreads of the motion:
while somebody speaks the net's median opening is 1.15 spreads, people's own is 1.49 (23 voices), with these 1.28."""

_ADDED_SPREAD = 1.1
"""By what factor the openings vary more with them."""

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
    its spread becomes the speaker's own, that of its width as well, then held inside what the footage supports. It
    seldom opens the mouth a little, and lets the lips and the chin fall less than they do below the nose: both are made
    up for. Where it does not open the mouth, in pauses and closures, the mouth is the one that is shut.

    Args:
        profile: the speaker's mouth.
        displacement: [53, 3] from the closed mouth.
        spread: standard deviation of the opening of the motion; 0 when unknown.
        strength: factor on the motion; 1 is the speaker's own range.
    """
    gain = float(np.clip(profile.spread / (_ADDED_SPREAD * spread), *_GAIN_LIMITS)) if spread > 0 else 1.0
    moved = gain * strength * np.asarray(displacement, np.float64)
    if spread > 0:
        moved[:, 1] *= _opened_more(float(mouth_opening(displacement)) / spread)
    widening = float(np.clip(profile.width_spread / (_WIDTH_SHARE * profile.spread), *_WIDENING_LIMITS))
    moved[: len(LIPS), ::2] *= widening  # across and in depth: rounded lips are pushed forward
    opened, closed = (float(mouth_opening(shape)) for shape in (profile.neutral + moved, profile.neutral))
    further = _further(opened - closed)
    moved[:, 1] += (profile.fall - _NET_FALL) * further
    moved[len(LIPS) :, 1] += _CHIN_FALL * np.hanning(len(JAW)) * further
    ceiling = profile.ceiling * max(1.0, strength)
    if opened > 0.75 * ceiling:
        moved *= (_soft_limit(opened, ceiling) - closed) / (opened - closed)
    rest = float(np.clip(1.0 - (opened - closed) / _PARTED, 0.0, 1.0))
    shape = profile.neutral + moved + rest * (profile.shut - profile.neutral)
    missing = np.maximum(profile.floor - lip_gaps(shape), 0.0)
    shape[list(INNER_LOWER), 1] += 0.5 * missing
    shape[list(INNER_UPPER), 1] -= 0.5 * missing
    return np.asarray(shape, np.float64)


def _opened_more(opening: float) -> float:
    """Return by what factor an opening, in spreads of the motion, is greater with what is added to it."""
    share = max(opening, 1e-6) / _ADDED_WITHIN
    return 1.0 + _ADDED / _ADDED_WITHIN * (1.0 - float(np.exp(-share))) / share


def _further(opening: float) -> float:
    """Return by how much an opening is beyond a small one, with a smooth beginning."""
    return opening - _FALLS_FROM * (1.0 - float(np.exp(-max(opening, 0.0) / _FALLS_FROM)))


def _soft_limit(value: float, limit: float) -> float:
    """Bend a value above 3/4 of a limit smoothly under that limit."""
    knee = 0.75 * limit
    return knee + (limit - knee) * float(np.tanh((value - knee) / (limit - knee)))
