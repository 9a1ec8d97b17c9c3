"""The pictures of a job, as they are opened in each process that writes some of them."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import vapoursynth as vs

__all__ = ["OpenPictures", "Pictures"]


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

    def only(self, spans: Sequence[tuple[int, int]]) -> "Pictures":
        """Return some of the pictures, one span behind the other; the first picture if there is no span.

        Args:
            spans: first frame of each, and the first one behind it, in rising order.
        """
        spans = spans or [(0, 1)]
        starts = [0]
        for first, stop in spans:
            starts.append(starts[-1] + stop - first)

        def begins_shot(n: int) -> bool:
            span = bisect_right(starts, n) - 1
            return self.begins_shot(n - starts[span] + spans[span][0])

        clip, source = (
            vs.core.std.Splice([node[first:stop] for first, stop in spans]) for node in (self.clip, self.source)
        )
        return Pictures(clip, source, begins_shot)


type OpenPictures = Callable[[], Pictures]
"""Opens the pictures of a job in any process of this machine; it can be pickled."""
