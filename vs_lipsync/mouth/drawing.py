"""What is to be shown in one frame, and drawing it out of the frames of a window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS
from vs_lipsync.mouth.base import MouthFrame, Patch
from vs_lipsync.mouth.exemplars import ExemplarChooser
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.mouth.placement import Placement
from vs_lipsync.mouth.render import SURROUND_POINTS, Source, render
from vs_lipsync.mouth.scaling import scaled
from vs_lipsync.mouth.skin import carried_along
from vs_lipsync.plan.frame_plan import Reason

__all__ = ["Drawing", "Mouth", "Shown", "chooser_of", "drawing_of", "shown_mouths"]

_AVERAGE = (2 / 4, 1 / 4)
"""Weights of a frame and its neighbours in the average that takes the landmarks' jitter out: binomial."""

_MOVED = 0.02
"""Change of what separates an exemplar from the request, from one frame to the next in inter-ocular distances, that is
movement rather than jitter. With half and with half as much again, reenactment is the same within 0.02 dB."""

_SHRUNK_FROM = 1.15
"""Ratio of sizes from which an exemplar of other footage is shrunk before it is read, so that it does not alias."""

_CROSSING = 1 / 3
"""Share of the other exemplar in the frames on both sides of a jump from one to another."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of what is shown of a mouth.

    Attributes:
        exemplar: the frame of the window whose mouth is shown.
        found: [53, 3] that frame's mouth in the pose-free frame, with the landmarks' jitter averaged out.
        weight: its share of the picture, 0 to 1.
    """

    exemplar: int
    found: NDArray[np.float64]
    weight: float


@dataclass(frozen=True, slots=True)
class Mouth:
    """What is to be shown in one frame.

    Attributes:
        index: the frame in the window.
        shape: [53, 3] requested mouth shape in the pose-free frame.
        shown: the exemplars; the first is the frame's own, others cross over from and to its neighbours'.
        lacking: 0 to 1, how much the footage lacks an open mouth.
        darkness: 0 to 1, how much of a plain dark interior stands in for it.
    """

    index: int
    shape: NDArray[np.float64]
    shown: Sequence[Shown]
    lacking: float
    darkness: float

    @property
    def exemplar(self) -> int:
        """The frame of the window that most of the mouth is taken from."""
        return self.shown[0].exemplar


def chooser_of(footage: Footage, members: NDArray[np.int64]) -> ExemplarChooser:
    """Return what chooses exemplars among usable frames [m] of one shot, given by their indices in the window."""
    numbers = np.array([footage.frames[int(i)].number for i in members], np.int64)
    return ExemplarChooser(footage.shapes[members], footage.conditions(members), numbers, footage.appearance[members])


def shown_mouths(
    requests: NDArray[np.float64], footage: Footage, exemplars: NDArray[np.int64]
) -> list[tuple[Shown, ...]]:
    """Return what is shown in each of consecutive frames.

    Args:
        requests: [n, 53, 3] the mouths asked for.
        footage: the window.
        exemplars: [n] the frames of the window chosen for them.
    """
    numbers = np.array([frame.number for frame in footage.frames], np.int64)
    steps = np.abs(np.diff(numbers[exemplars]))
    plays_on = steps <= 1
    # A frame that is shown again has the same jitter, and is warped further each time.
    apart = _steadied(footage.shapes[exemplars] - requests, steps == 1)
    result = []
    for k, exemplar in enumerate(exemplars):
        parts = []
        if k and not plays_on[k - 1]:
            parts.append((_neighbour(footage, int(exemplars[k - 1]), 1), apart[k - 1]))
        if k < len(plays_on) and not plays_on[k]:
            parts.append((_neighbour(footage, int(exemplars[k + 1]), -1), apart[k + 1]))
        others = [
            Shown(index, (footage.shapes[index] + requests[k] + steady) / 2, _CROSSING) for index, steady in parts
        ]
        own = Shown(int(exemplar), requests[k] + apart[k], 1.0 - _CROSSING * len(others))
        result.append((own, *others))
    return result


def _neighbour(footage: Footage, index: int, step: int) -> int:
    """Return the frame of the window one before (-1) or behind (1) another, or that one where the shot ends."""
    other = index + step
    inside = 0 <= other < len(footage.frames) and footage.usable[other] and footage.shots[other] == footage.shots[index]
    return other if inside else index


def _steadied(apart: NDArray[np.float64], plays_on: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average the landmarks' jitter out of what separates exemplars from requests, [n, 53, 3].

    While the footage plays on, what separates an exemplar from the request changes slowly, and jitter does not: the
    separation is averaged over a frame and its neighbours, as far as their exemplars are neighbours, and the less the
    more it changes, since then the mouths have moved.

    Args:
        apart: mouths found in the exemplars of consecutive frames, less the requests.
        plays_on: [n - 1] whether the next exemplar is a neighbour.
    """
    total, weight = _AVERAGE[0] * apart, np.full(len(apart), _AVERAGE[0])
    changed = np.diff(apart[:, : len(LIPS), :2], axis=0)
    moved = np.sqrt((changed**2).sum(-1).mean(-1))
    share = _AVERAGE[1] * plays_on * np.exp(-0.5 * (moved / _MOVED) ** 2)
    total[1:] += share[:, None, None] * apart[:-1]
    total[:-1] += share[:, None, None] * apart[1:]
    weight[1:] += share
    weight[:-1] += share
    return np.asarray(total / weight[:, None, None], np.float64)


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that it takes to draw the mouth of one frame: what `render` is given.

    Attributes:
        frame: the frame, with crop and landmarks.
        target: [53, 2] requested places of its mouth points, in luma samples of the picture.
        sources: the exemplars whose mouths are used.
        size: inter-ocular distance in luma samples.
        darkness: 0 to 1, strength of a plain dark interior drawn between the lips.
        note: `Patch.note` of the result.
    """

    frame: MouthFrame
    target: NDArray[np.float64]
    sources: Sequence[Source]
    size: float
    darkness: float
    note: str

    def draw(self) -> Patch | None:
        """Return the patch; None when there is no room for one in the crop."""
        return render(self.frame, self.target, self.sources, self.size, self.darkness, self.note)


def drawing_of(footage: Footage, mouth: Mouth) -> Drawing:
    """Return the drawing of a mouth, out of the frames of a window."""
    frame, here = footage.frames[mouth.index], footage.placements[mouth.index]
    assert here is not None
    return Drawing(
        frame,
        here.restore(mouth.shape)[:, :2],
        [_source(footage, shown, mouth, here) for shown in mouth.shown],
        here.size,
        mouth.darkness,
        str(Reason.NO_EXEMPLAR) if mouth.lacking > 0.5 else "",
    )


def _source(footage: Footage, shown: Shown, mouth: Mouth, here: Placement) -> Source:
    exemplar, there = footage.frames[shown.exemplar], footage.placements[shown.exemplar]
    assert exemplar.landmarks is not None and there is not None
    surround = here.restore(there.remove(exemplar.landmarks[list(SURROUND_POINTS)]))[:, :2]
    # The cheeks are the exemplar's own, but its mouth is shown wider or narrower than it was.
    surround += carried_along(SURROUND_POINTS, (here.restore(mouth.shape) - here.restore(shown.found))[:, :2])
    gains = None
    if footage.elsewhere[shown.exemplar] and footage.gains is not None:
        gains = footage.gains[mouth.index]
    if gains is not None and there.size > _SHRUNK_FROM * here.size:
        exemplar = scaled(exemplar, here.size / there.size)
        assert exemplar.landmarks is not None
        there = Placement.of(exemplar.landmarks)
    return Source(exemplar, there.restore(shown.found)[:, :2], surround, shown.weight, gains)
