"""What the page shows: the data of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.plan.outcomes import Range

__all__ = ["FaceSpan", "Lane", "Report", "Sounds"]


@dataclass(frozen=True, slots=True)
class FaceSpan:
    """A face through a shot.

    Attributes:
        first: its first frame.
        stop: the frame behind its last.
        picture: index among the report's faces; -1 for none.
        target: whether it is the target, whose mouth is changed.
        ranks: by the number of a frame, which of its faces it is, the largest being 0.
        place: frame, x and y in luma samples of a view by which the person can be told; None if there is none.
    """

    first: int
    stop: int
    picture: int
    target: bool
    ranks: Mapping[int, int] = field(default_factory=dict, repr=False, compare=False)
    place: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """Spans under one name, in order of time, none of which overlap.

    Attributes:
        name: what the page calls them.
        spans: the spans.
        place: frame, x and y in luma samples of the best view of the person; None where they are of no one person.
        picture: index among the report's faces of that view; -1 for none.
        embedding: [128] the mean of the person's faces; None where they are of no one person.
    """

    name: str
    spans: Sequence[FaceSpan]
    place: tuple[int, int, int] | None = None
    picture: int = -1
    embedding: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Sounds:
    """Loudness over time.

    Attributes:
        bins: values per frame of the clip.
        original: [frames · bins] greatest amplitude 0..1 of the clip's own sound; None when it has none.
        dub: [frames · bins] the same of the dub; None without a dub.
    """

    bins: int
    original: NDArray[np.float32] | None
    dub: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Report:
    """A plan as it is shown.

    Attributes:
        name: of the clip.
        frames: length of the clip.
        fps: frames per second.
        width: width of the picture, in luma samples.
        height: height of the picture, in luma samples.
        dub: name of the dub; empty if there is none.
        shots: first frame of each shot, beginning with 0.
        ranges: what happens to the frames, from the clip's start to its end.
        lanes: faces, by person.
        thumbnails: pictures of shots as JPEG, by the index of the shot.
        faces: pictures of faces as JPEG.
        sounds: loudness of the clip's own sound and of the dub.
        measured: [frames] opening of the target's mouth in the clip, in inter-ocular distances; NaN without a mouth.
        requested: [frames] opening that the dub requests, NaN on frames that pass; None without a dub.
    """

    name: str
    frames: int
    fps: Fraction
    width: int
    height: int
    dub: str
    shots: Sequence[int]
    ranges: Sequence[Range]
    lanes: Sequence[Lane] = ()
    thumbnails: Mapping[int, bytes] = field(default_factory=dict)
    faces: Sequence[bytes] = ()
    sounds: Sounds = field(default_factory=lambda: Sounds(1, None, None))
    measured: NDArray[np.float32] | None = None
    requested: NDArray[np.float32] | None = None
