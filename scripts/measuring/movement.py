"""Do mouths that were made move as the speaker's own do?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.measuring.dubbed import laid_over
from scripts.measuring.footage import Measured
from scripts.measuring.looker import Looker
from scripts.measuring.views import stabilised
from vs_lipsync.evaluation.motion_metrics import jitter, lag_correlation, partial_correlation
from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.mouth.base import Patch

__all__ = ["Movement", "movement"]

CLOSED = 0.012
"""Opening above the least of a request up to which it asks for closed lips, in inter-ocular distances."""

SHOWN = 0.02
"""Opening above the speaker's closed mouth up to which lips are seen as closed."""


@dataclass(frozen=True)
class Movement:
    """How a dubbed mouth moves. Steps and speeds are from one frame to the next; openings in inter-ocular distances.

    Attributes:
        opening_steps: share of the steps of the opening that are beyond the speaker's own 99th percentile.
        picture_steps: share of the steps of the picture about the mouth, with the head held still, that are.
        second_difference: of that picture, as a multiple of the footage's.
        speed: 95th percentile of the opening's speed, as a multiple of the footage's.
        requested_speed: the same of the opening that was asked for.
        requested: correlation of the opening with the one requested.
        leak: partial correlation of the opening with the footage's, given the request.
        closures: share of the frames that ask for closed lips, in which they are seen closed within a frame; NaN
            without one.
        jumps: share of the steps at which the exemplar is not the next, the same or the frame before.
    """

    opening_steps: float
    picture_steps: float
    second_difference: float
    speed: float
    requested_speed: float
    requested: float
    leak: float
    closures: float
    jumps: float


def movement(
    clip: Measured,
    patches: Sequence[Patch | None],
    requested: dict[int, NDArray[np.floating]],
    exemplars: dict[int, int],
    crops: int,
) -> Movement | None:
    """Measure a dub; None where it has fewer than 20 steps.

    Args:
        clip: the footage.
        patches: the mouths of its frames.
        requested: [53, 3] the shape that was asked for, by frame.
        exemplars: the number of the exemplar, by frame.
        crops: crops that the landmark net's answer is averaged over.
    """
    look = Looker(crops)
    numbers: list[int] = []
    pictures: list[NDArray[np.float32]] = []
    openings: list[list[float]] = []
    for number, shape in requested.items():
        crop, landmarks, patch = clip.wide[number], clip.frames[number].landmarks, patches[number]
        if crop is None or landmarks is None or patch is None:
            continue
        new = laid_over(crop, patch)
        numbers.append(number)
        pictures.append(np.stack([stabilised(one.planes[0], one, landmarks) for one in (crop, new)]))
        openings.append([float(look.mouth(one, landmarks)[0]) for one in (crop, new)] + [float(mouth_opening(shape))])
    follows = np.diff(numbers) == 1
    shots = np.array([clip.frames[number].shot for number in numbers])
    follows &= shots[1:] == shots[:-1]
    if follows.sum() < 20:
        return None
    old, made, asked = np.array(openings).T
    seen = np.array(pictures)
    speed = np.abs(np.diff(np.array(openings), axis=0))[follows]
    change = np.abs(np.diff(seen, axis=0)).mean((2, 3))[follows]
    second = follows[1:] & follows[:-1]
    bends = [jitter_of(seen[:, k], second) for k in (0, 1)]
    chosen = np.array([exemplars[number] for number in numbers])
    return Movement(
        opening_steps=float(np.mean(speed[:, 1] > np.quantile(speed[:, 0], 0.99))),
        picture_steps=float(np.mean(change[:, 1] > np.quantile(change[:, 0], 0.99))),
        second_difference=bends[1] / bends[0],
        speed=float(np.quantile(speed[:, 1], 0.95) / np.quantile(speed[:, 0], 0.95)),
        requested_speed=float(np.quantile(speed[:, 2], 0.95) / np.quantile(speed[:, 0], 0.95)),
        requested=lag_correlation(made, asked).correlation,
        leak=partial_correlation(made, old, asked),
        closures=_closures(asked, made, old),
        jumps=float(np.mean(np.abs(np.diff(chosen)[follows]) > 1)),
    )


def jitter_of(pictures: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Return the second difference of pictures [n, h, w] over time, at those of the n - 2 places that count."""
    return float(np.mean([jitter(pictures[i : i + 3]) for i in np.flatnonzero(where)]))


def _closures(asked: NDArray[np.float64], made: NDArray[np.float64], old: NDArray[np.float64]) -> float:
    shut = np.flatnonzero(asked <= asked.min() + CLOSED)
    level = min(float(np.quantile(old, 0.03)), 0.03) + SHOWN
    hits = [made[max(i - 1, 0) : i + 2].min() <= level for i in shut]
    return float(np.mean(hits)) if hits else float("nan")
