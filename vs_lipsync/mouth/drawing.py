"""What is to be shown in one frame, and drawing it out of the frames of a window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.mouth.base import Patch
from vs_lipsync.mouth.exemplars import ExemplarChooser
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.mouth.render import SURROUND_POINTS, render
from vs_lipsync.plan.frame_plan import Reason

__all__ = ["Mouth", "chooser_of", "draw", "steadied"]

_AVERAGE = (2 / 4, 1 / 4)
"""Weights of a frame and its neighbours in the average that takes the landmarks' jitter out: binomial."""


@dataclass(frozen=True, slots=True)
class Mouth:
    """What is to be shown in one frame.

    Attributes:
        index: the frame in the window.
        shape: [53, 3] requested mouth shape in the pose-free frame.
        exemplar: the frame of the window whose mouth is shown.
        found: [53, 3] that frame's mouth in the pose-free frame, with the landmarks' jitter averaged out.
        lacking: 0 to 1, how much the footage lacks an open mouth.
        darkness: 0 to 1, how much of a plain dark interior stands in for it.
    """

    index: int
    shape: NDArray[np.float64]
    exemplar: int
    found: NDArray[np.float64]
    lacking: float
    darkness: float


def chooser_of(footage: Footage, members: NDArray[np.int64]) -> ExemplarChooser:
    """Return what chooses exemplars among usable frames [m] of one shot, given by their indices in the window."""
    numbers = np.array([footage.frames[int(i)].number for i in members], np.int64)
    return ExemplarChooser(footage.shapes[members], footage.angles[members], numbers, footage.appearance[members])


def steadied(
    requests: NDArray[np.float64], found: NDArray[np.float64], footage: Footage, exemplars: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Average the landmarks' jitter out of the mouths [n, 53, 3] found in the exemplars of consecutive frames.

    While the footage plays on, what separates an exemplar from the request changes slowly, and jitter does not: the
    separation is averaged over the frames about each, as far as the exemplars are neighbours.
    """
    apart = found - requests
    total, weight = _AVERAGE[0] * apart, np.full(len(apart), _AVERAGE[0])
    numbers = np.array([footage.frames[int(i)].number for i in exemplars], np.int64)
    plays_on = np.abs(np.diff(numbers)) <= 1
    for reach in range(1, min(len(_AVERAGE), len(apart))):
        linked = np.logical_and.reduce([plays_on[k : len(plays_on) - reach + 1 + k] for k in range(reach)])
        share = _AVERAGE[reach] * linked
        total[reach:] += share[:, None, None] * apart[:-reach]
        total[:-reach] += share[:, None, None] * apart[reach:]
        weight[reach:] += share
        weight[:-reach] += share
    return np.asarray(requests + total / weight[:, None, None], np.float64)


def draw(footage: Footage, mouth: Mouth) -> Patch | None:
    """Return the patch of a mouth; None when there is no room for one in the crop of its frame."""
    frame, here = footage.frames[mouth.index], footage.placements[mouth.index]
    assert here is not None
    exemplar, there = footage.frames[mouth.exemplar], footage.placements[mouth.exemplar]
    assert exemplar.landmarks is not None and there is not None
    surround = here.restore(there.remove(exemplar.landmarks[list(SURROUND_POINTS)]))[:, :2]
    return render(
        frame,
        here.restore(mouth.shape)[:, :2],
        exemplar,
        there.restore(mouth.found)[:, :2],
        surround,
        here.size,
        mouth.darkness,
        str(Reason.NO_EXEMPLAR) if mouth.lacking > 0.5 else "",
    )
