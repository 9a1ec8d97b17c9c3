"""Which moment of a dub belongs to a frame."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.timing.timeline import Timeline

__all__ = ["Timing"]


class Timing:
    """Which moment of the dub belongs to a frame: exact, since times and offsets are fractions."""

    def __init__(self, timeline: Timeline, offset: Fraction, spans: Sequence[tuple[int, int]]) -> None:
        """Start the dub `offset` seconds after the first frame.

        It is spoken in spans of frames alone, each a first frame and the one behind the last.
        """
        self._timeline = timeline
        self._offset = offset
        self._spans = spans

    def at(self, first: int, stop: int) -> NDArray[np.float64]:
        """Return the times [stop - first] in the dub, in seconds, of consecutive frames; NaN outside of the spans."""
        times = np.full(stop - first, np.nan)
        for begin, end in self._spans:
            for number in range(max(first, begin), min(stop, end)):
                times[number - first] = self._timeline.start(number) - self._offset
        return times
