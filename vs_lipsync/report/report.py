"""What the page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

__all__ = ["FaceSpan", "Lane", "PlanRange", "Report", "Sounds"]


@dataclass(frozen=True, slots=True)
class PlanRange:
    """Frames first..stop - 1 that are treated alike: "dub" or "pass", and why."""

    first: int
    stop: int
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class FaceSpan:
    """A face in frames first..stop - 1.

    Attributes:
        first: its first frame.
        stop: the frame behind its last.
        picture: index among the report's faces; -1 for none.
        target: whether its mouth is changed.
    """

    first: int
    stop: int
    picture: int
    target: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """Tracks under one name, in order, none of which overlap."""

    name: str
    tracks: Sequence[FaceSpan]


@dataclass(frozen=True, slots=True)
class Sounds:
    """Loudness over time.

    Attributes:
        bins: how many values there are for each frame.
        original: [frames · bins] greatest amplitudes 0..1; None when the clip has no sound.
        dub: the same of the dub.
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
        width: of the picture, in luma samples.
        height: of the picture.
        dub: name of the dub; empty if there is none.
        shots: first frames of the shots, 0 being the first.
        spans: what happens, from the clip's start to its end.
        lanes: people.
        thumbnails: pictures of shots, by the index of the shot, as JPEG.
        faces: pictures of faces, as JPEG.
        sounds: loudness.
        measured: [frames] opening of the target's mouth in the clip, inter-ocular; NaN where there is none.
        requested: [frames] what the dub asks of it; None without a dub.
    """

    name: str
    frames: int
    fps: Fraction
    width: int
    height: int
    dub: str
    shots: Sequence[int]
    spans: Sequence[PlanRange]
    lanes: Sequence[Lane] = ()
    thumbnails: Mapping[int, bytes] = field(default_factory=dict)
    faces: Sequence[bytes] = ()
    sounds: Sounds = field(default_factory=lambda: Sounds(1, None, None))
    measured: NDArray[np.float32] | None = None
    requested: NDArray[np.float32] | None = None
