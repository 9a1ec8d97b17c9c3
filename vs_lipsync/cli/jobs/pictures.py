"""The pictures of a job, as they are opened in each process that writes some of them."""

from collections.abc import Callable
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


type OpenPictures = Callable[[], Pictures]
"""Opens the pictures of a job in any process of this machine; it can be pickled."""
