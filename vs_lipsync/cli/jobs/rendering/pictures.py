"""The pictures of a job, as they are opened in each process that writes some of them."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import itemgetter

import vapoursynth as vs

from vs_lipsync.cli.jobs.rendering.pieces import RunCutter
from vs_lipsync.media.smart.footage import turned_back

__all__ = ["OpenPictures", "Pictures", "Selection"]


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a job.

    Attributes:
        clip: the dubbed frames.
        source: the same frames before they are dubbed: of the same format and properties, and sooner made.
        begins_shot: tells whether a shot begins with frame n of `clip`.
    """

    clip: vs.VideoNode
    source: vs.VideoNode
    begins_shot: Callable[[int], bool]


type OpenPictures = Callable[[], Pictures]
"""Opens the pictures of a job in any process of this machine; it can be pickled."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Those of a job's pictures that are encoded where the others are copied. It can be pickled.

    Attributes:
        spans: first picture of each stretch, and the first one behind it, in rising order.
        turns: quarter turns by which players turn the pictures, and which are taken back.
    """

    spans: tuple[tuple[int, int], ...]
    turns: int = 0

    @property
    def places(self) -> list[tuple[int, int]]:
        """Where each stretch lies among the pictures that are encoded: its first one, and the first one behind it."""
        ends = list(accumulate(stop - first for first, stop in self.spans))
        return list(pairwise([0, *ends]))

    @property
    def frames(self) -> int:
        """How many they are."""
        return sum(stop - first for first, stop in self.spans)

    def of(self, pictures: Pictures) -> Pictures:
        """Return them, one stretch behind the other; the first picture alone if there is no stretch."""
        spans, places = self.spans or ((0, 1),), self.places

        def begins_shot(n: int) -> bool:
            span = bisect_right(places, n, key=itemgetter(0)) - 1
            return pictures.begins_shot(n - places[span][0] + spans[span][0])

        clip, source = (
            turned_back(vs.core.std.Splice([node[first:stop] for first, stop in spans]), self.turns)
            for node in (pictures.clip, pictures.source)
        )
        return Pictures(clip, source, begins_shot)

    def cutter(self, shortest: int, begins_shot: Callable[[int], bool]) -> RunCutter:
        """Return what cuts them into pieces.

        Args:
            shortest: pictures of a piece, at least; 0 for a piece of each stretch.
            begins_shot: whether a shot begins with picture n of the job.
        """
        return RunCutter(self.spans, shortest, begins_shot)
