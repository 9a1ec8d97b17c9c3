"""When the frames of a clip are shown: at a constant rate, or as timecodes say."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["JITTER", "ConstantRate", "PartOf", "Timecodes", "Timeline", "is_regular", "stays_at_rate"]

NANOSECONDS: Final = 10**9

_ROUNDING: Final = 0.002
"""Seconds by which what containers say of times may be off: Matroska rounds to a millisecond, at either end."""

JITTER: Final = 0.5
"""Share of a frame by which the frames of a constant rate may be shown early or late; more is a variable rate.

A frame that is further off is nearer to another one's place.
"""


class Timeline(Protocol):
    """The moments at which frames are shown, in seconds after the first one."""

    def start(self, number: int) -> Fraction:
        """Return when a frame is shown; for the frame behind the last, when the last one ends."""
        ...

    def nearest(self, seconds: Fraction) -> int:
        """Return the frame that starts nearest to a moment: below 0 before the clip, at least its length behind it."""
        ...


@dataclass(frozen=True, slots=True)
class ConstantRate:
    """Frames that last equally long.

    Attributes:
        fps: frames per second.
    """

    fps: Fraction

    def start(self, number: int) -> Fraction:
        """Return when a frame is shown."""
        return number / self.fps

    def nearest(self, seconds: Fraction) -> int:
        """Return the frame that starts nearest to a moment."""
        return round(seconds * self.fps)


@dataclass(frozen=True, slots=True)
class PartOf:
    """The timeline of a part of a clip, which begins with its first frame.

    Attributes:
        whole: that of the clip.
        first: number of the part's first frame.
    """

    whole: Timeline
    first: int

    def start(self, number: int) -> Fraction:
        """Return when a frame is shown."""
        return self.whole.start(self.first + number) - self.whole.start(self.first)

    def nearest(self, seconds: Fraction) -> int:
        """Return the frame that starts nearest to a moment."""
        return self.whole.nearest(seconds + self.whole.start(self.first)) - self.first


class Timecodes:
    """Frames that are shown when a list says. Times are kept in whole nanoseconds, so that nothing adds up."""

    def __init__(self, starts: Sequence[int], end: int | None = None) -> None:
        """Take the times in nanoseconds.

        Args:
            starts: when each frame is shown, ever later; the first may be shown at any time.
            end: when the last one ends; None if it lasts as long as the one before it.
        """
        times = np.array(starts, np.int64)
        if end is None:
            end = int(2 * times[-1] - times[-2]) if len(times) > 1 else int(times[0]) + NANOSECONDS
        self._times: NDArray[np.int64] = np.append(times, end) - times[0]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self._times) - 1

    def start(self, number: int) -> Fraction:
        """Return when a frame is shown."""
        return Fraction(int(self._times[number]), NANOSECONDS)

    def nearest(self, seconds: Fraction) -> int:
        """Return the frame that starts nearest to a moment."""
        wanted = seconds * NANOSECONDS
        if 2 * wanted < -self._times[1]:
            return -1
        right = min(int(np.searchsorted(self._times, float(wanted))), len(self))
        left = max(right - 1, 0)
        return left if wanted - int(self._times[left]) <= int(self._times[right]) - wanted else right


def stays_at_rate(late: NDArray[np.float64], fps: Fraction) -> bool:
    """Tell whether frames are shown when those of a constant rate are: no two of them apart by more than `JITTER`.

    Args:
        late: [frames] seconds by which each is shown later than at the rate.
        fps: frames per second.
    """
    swing = max(late.max(initial=0.0), 0.0) - min(late.min(initial=0.0), 0.0)
    return bool(swing <= max(_ROUNDING, JITTER / float(fps)))


def is_regular(durations: NDArray[np.float64], fps: Fraction) -> bool:
    """Tell whether consecutive frames of a clip last as long as its rate says.

    Rounding by a container is allowed for, and jitter of a camera or pulldown of up to `JITTER`, if it evens out.

    Args:
        durations: [frames] in seconds; NaN for those that do not say.
        fps: frames per second.
    """
    known = durations[np.isfinite(durations)]
    if not len(known):
        return True
    late = np.cumsum(known - float(1 / fps))
    return stays_at_rate(late, fps) and bool(abs(late[-1]) <= _ROUNDING + known.max() - known.min())
