"""How a speaker's mouth looks at rest, and how far the footage shows it to move."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import mouth_opening, mouth_width

__all__ = ["CLOSED_OPENING", "INNER_LOWER", "INNER_UPPER", "LEAST_SPREAD", "REST_OPENING", "Profile", "lip_gaps"]

INNER_LOWER = tuple(range(21, 30))
"""Rows of a mouth shape: inner edge of the lower lip without the corners."""

INNER_UPPER = tuple(range(31, 40))
"""Rows of a mouth shape: inner edge of the upper lip, each above the row of `INNER_LOWER` at the same place."""

CLOSED_OPENING = 0.006
"""What the landmark net measures between lips that touch: the median over 815 training clips of their 2 % quantile."""

REST_OPENING = 0.03
"""What a mouth at rest is open at most. Of the same clips 80 % have less in the mean of the 15 % of their frames with
the least opening; many speakers rest with their lips apart, and lips in a beard look so to the net when they touch."""

GENERIC_SPREAD = 0.058
"""Standard deviation of the opening of a mouth that speaks: the median over the same clips (0.030 to 0.093 in 90 %)."""

LEAST_SPREAD, GREATEST_SPREAD = 0.6 * GENERIC_SPREAD, 2.2 * GENERIC_SPREAD
"""What a speaker's spread is taken to be at least and at most: 9 % of the training
clips have less, 1 in 800 has more."""

_SPEED = 18.0
"""Speed of the opening per second that 5 % of a speaker's steps exceed, for a spread of 1, at the least in speech: of
ten speakers nine had 24 to 46; the net's motion has 29 to 35."""

_FEWEST_SPEEDS = 24
"""Steps from which on the speed is looked at: a second of film."""

_OPENS = (0.05, 0.09)
"""Greatest opening seen: up to the first, the speaker never opens the mouth; from the second on, they do. The 99 %
quantile of the opening is below 0.06 in 1 % of the training clips, below 0.11 in 5 %. The same for the range of the
openings, which tells a still picture of an open mouth from one that moves."""

_FALL = 0.32
"""How far the middle of the lips falls, below the nose, when a mouth opens by 1: the median of 39 speakers, of whom
four fifths have 0.20 to 0.46."""

_FALL_LIMITS = (0.2, 0.5)

_FALL_KNOWN = 0.02
"""Standard deviation of the opening from which a speaker's own fall counts as much as the general one."""

_LOWER_LIP_OUTSIDE = tuple(range(1, 10))
_JAW_ROWS = tuple(range(40, 53))


@dataclass(frozen=True, slots=True)
class Profile:
    """A speaker's mouth as some frames show it. Lengths are inter-ocular.

    Attributes:
        neutral: [53, 3] the mouth at rest in the pose-free frame, from which motion is counted.
        shut: [53, 3] the same with the lips as near to each other as they come: many speakers rest with theirs a little
            apart, and a mouth that is to be closed should show no teeth.
        spread: standard deviation of the mouth opening, held inside what people do.
        floor: [9] least gaps between the inner lips.
        ceiling: greatest opening that the footage supports.
        opens: 0 to 1, whether there are frames with the mouth open enough to take teeth and tongue from.
        moves: 0 to 1, whether the mouth is shut as well as open, and not just as a still picture shows it.
        lacking: 0 to 1, how much it lacks of that which other footage has.
        width_spread: standard deviation of the width of the mouth.
        fall: how far the middle of the lips falls, below the nose, when the mouth opens by 1.
    """

    neutral: NDArray[np.float64]
    shut: NDArray[np.float64]
    spread: float
    floor: NDArray[np.float64]
    ceiling: float
    opens: float
    moves: float = 1.0
    lacking: float = 0.0
    width_spread: float = 0.0
    fall: float = _FALL

    @classmethod
    def of(cls, shapes: NDArray[np.float64], speeds: NDArray[np.float64] | None = None) -> "Profile":
        """Measure a speaker's mouth.

        Args:
            shapes: [n, 53, 3] mouth shapes, n >= 1.
            speeds: [m] speeds of the opening between frames that follow each other, per second; None or none if they
                are not known.
        """
        openings = mouth_opening(shapes)
        neutral, nearest = (shapes[openings <= np.quantile(openings, share)].mean(0) for share in (0.15, 0.03))
        neutral = _close(neutral, REST_OPENING)
        shut = _close(neutral, lip_gaps(nearest))
        # A silent or short shot says little of how far the speaker opens the mouth: stay near the generic value.
        widest = float(openings.std())
        if speeds is not None and len(speeds) >= _FEWEST_SPEEDS:
            # An opening that only drifts, as a smile does, is not how far the speaker moves the lips to speak.
            widest = min(widest, float(np.quantile(speeds, 0.95)) / _SPEED)
        spread = float(np.clip(widest, LEAST_SPREAD, GREATEST_SPREAD))
        least, greatest = (float(np.quantile(openings, share)) for share in (0.01, 0.99))
        low, high = _OPENS
        return cls(
            neutral=neutral,
            shut=shut,
            spread=spread,
            floor=np.minimum(np.quantile(lip_gaps(shapes), 0.02, axis=0), lip_gaps(shut)),
            ceiling=max(1.1 * greatest, CLOSED_OPENING + 2.0 * spread),
            opens=float(np.clip((greatest - low) / (high - low), 0.0, 1.0)),
            moves=float(np.clip((greatest - least - low) / (high - low), 0.0, 1.0)),
            width_spread=float(mouth_width(shapes).std()),
            fall=_fall(shapes, openings),
        )

    def backed(self, other: "Profile", share: float) -> "Profile":
        """Return the profile with what it lacks of a mouth that moves taken from another of the same person.

        Args:
            other: the other profile.
            share: 0 to 1, how much of the footage the mouths of the other fit.
        """
        lacking = share * max(other.moves - self.moves, 0.0)
        return replace(
            self,
            spread=self.spread + lacking * max(other.spread - self.spread, 0.0),
            ceiling=self.ceiling + lacking * max(other.ceiling - self.ceiling, 0.0),
            opens=self.opens + share * max(other.opens - self.opens, 0.0),
            lacking=lacking,
            width_spread=self.width_spread + lacking * max(other.width_spread - self.width_spread, 0.0),
            fall=self.fall + lacking * (other.fall - self.fall),
        )

    def mixed(self, other: "Profile", weight: float) -> "Profile":
        """Return the profile `weight` of the way from this one (0) to the other (1)."""
        if weight <= 0:
            return self
        if weight >= 1:
            return other

        def between[T: (float, NDArray[np.float64])](a: T, b: T) -> T:
            return a + weight * (b - a)

        return Profile(
            neutral=between(self.neutral, other.neutral),
            shut=between(self.shut, other.shut),
            spread=between(self.spread, other.spread),
            floor=between(self.floor, other.floor),
            ceiling=between(self.ceiling, other.ceiling),
            opens=between(self.opens, other.opens),
            moves=between(self.moves, other.moves),
            lacking=between(self.lacking, other.lacking),
            width_spread=between(self.width_spread, other.width_spread),
            fall=between(self.fall, other.fall),
        )


def lip_gaps(shapes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gaps [..., 9] between the inner lips of mouth shapes [..., 53, 3], from corner to corner."""
    gaps = shapes[..., list(INNER_LOWER), 1] - shapes[..., list(INNER_UPPER), 1]
    return np.asarray(gaps, np.float64)


def _close(shape: NDArray[np.float64], gaps: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Close a mouth shape [53, 3] to gaps, [9] or one for all.

    The lower lip and the jaw go up, the upper lip a little down.
    """
    excess = np.maximum(lip_gaps(shape) - gaps, 0.0)
    if not excess.any():
        return shape
    closed = shape.copy()
    closed[list(INNER_UPPER), 1] += 0.15 * excess
    closed[list(INNER_LOWER), 1] -= 0.85 * excess
    closed[list(_LOWER_LIP_OUTSIDE), 1] -= 0.85 * excess
    closed[list(_JAW_ROWS), 1] -= 0.5 * float(excess.max()) * np.hanning(len(_JAW_ROWS) + 2)[1:-1]
    return closed


def _fall(shapes: NDArray[np.float64], openings: NDArray[np.floating]) -> float:
    """Return how far the middle of the lips falls when the mouth opens by 1, the general value where that is unsure."""
    middle = shapes[:, [INNER_LOWER[4], INNER_UPPER[4]], 1].mean(1)
    known = float(openings.var())
    both = float(np.mean((openings - openings.mean()) * (middle - middle.mean())))
    told = (both + _FALL * _FALL_KNOWN**2) / (known + _FALL_KNOWN**2)
    return float(np.clip(told, *_FALL_LIMITS))
