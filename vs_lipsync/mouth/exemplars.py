"""Choosing, for every frame, the frame of the footage whose mouth is shown: the exemplar.

The choice is the cheapest path through the candidates over time (Viterbi), as in Video Rewrite (Bregler 1997): an
exemplar should have the requested shape and the head pose of the frame, and playing the footage on is better than
jumping about in it.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS, mouth_opening, mouth_width
from vs_lipsync.mouth.look import LIGHT, MOST_ENLARGED, Conditions, distances

__all__ = ["ExemplarChooser", "fits"]

_SHAPE_COST = 10.0
"""Cost of one inter-ocular unit of root mean square distance between lips."""

_OPENING_COST = 20.0
"""Cost of one inter-ocular unit between mouth openings: what decides whether teeth show. With 6, 12, 20, 30 and 40
the opening drawn correlates with the one requested by 0.932, 0.938, 0.945, 0.948 and 0.946 (mean of 11 pairs of
speakers)."""

_SQUEEZE_COST = 20.0
"""Further cost of a unit by which an exemplar is too open: teeth squeezed between closing lips become a white line."""

_STRETCH_COST = 40.0
"""Further cost of a unit, beyond `_STRETCHED_FROM`, by which a shut exemplar would have to be opened: there is nothing
between its lips, and drawn apart they become streaks of skin. Of 13644 exemplars (39 speakers, four voices) 48 were
open by less than 0.03 and by 0.07 less than asked for without it, and are 7 with it; jumps go from 0.167 to 0.170."""

_STRETCHED_FROM = 0.05

_SHUT, _NOT_SHUT = 0.03, 0.06
"""Opening of an exemplar up to which this counts wholly, and from which on not at all."""

_WIDTH_COST = 5.0
"""Cost of one inter-ocular unit between widths of the mouth: lips that are spread or pursed by warping look it. The
landmark net sees 0.74 of the deviation of the requested width without this cost, 0.81 with 4 and 0.82 with 8, and its
width correlates with the one requested by 0.87, 0.89 and 0.88 (medians of 8 pairs of speakers); the correlation of the
opening falls by 0.006 at either."""

_NARROWED_COST = 20.0
"""Further cost of a unit by which an open exemplar is wider than asked for, beyond `_NARROWED_FROM`: teeth squeezed
between the corners of a narrow mouth are seen to be. Without this cost 1.7 % of the exemplars chosen are open and wider
by more than 15 %, with it 0.6 % (32 pairs of speakers)."""

_NARROWED_FROM = 0.08

_CHIN_COST = 5.0
"""Cost of a unit by which the chin of an open exemplar is higher than asked for: a grin's lips may be as far apart, but
its clenched teeth are not what is seen behind a chin that falls."""

_OPEN = 0.06
"""Opening, of the exemplar and of the mouth asked for, from which these two count wholly."""

_TURN_COST = 0.03
"""Cost of one degree of difference in yaw or pitch; roll is a rotation of the picture and costs a third."""

_LIGHT_COST = 20.0
"""Cost for root mean square difference of light and colour (0..1) about the mouth, beyond what the colour match makes
up for."""

_SHARPNESS_COST = 0.5
"""Cost for a factor e in the finest detail."""

_ELSEWHERE_COST = 0.3
"""Cost of a mouth from other footage: without it, reenactment gains 0.0 to 0.9 dB from some and loses 0.1 to 0.3 dB
by others; with it, all five clips that were measured gain."""

_MOST_APART = 0.8
"""What differences of pose, light and sharpness may cost at most for a mouth from other footage to be shown. Within a
clip it is 0.2 to 0.7. A mouth in other light for which it was 1.0 had a pale rim and white specks; one from a head that
was turned otherwise, also 1.0, was smeared."""

_UNFIT_COST = 100.0
"""Cost of what is not to be shown."""

_JUMP_COST = 0.3
"""Cost of any jump, on top of `_JUMP_DISTANCE_COST` for the distance of lips. With this and `_APPEARANCE_COST` there
is one in a seventh of the frames (26 pairs of speakers); with 0.12 and 1.5 in a quarter, and lips changed colour."""

_JUMP_DISTANCE_COST = 4.0

_APPEARANCE_COST = 4.0
"""Cost of a jump for root mean square difference of brightness (0..1) between the mouths: teeth that come or go."""

_CHIN_ROWS = slice(len(LIPS) + 4, len(LIPS) + 9)
"""Rows of a mouth shape: the middle of the chin's edge."""

_HOLD_COST = 0.01
"""Cost of showing the same frame again."""

_BACK_COST = 0.03
"""Cost of playing the footage backwards by a frame."""


class ExemplarChooser:
    """Chooses among the frames of one shot.

    Args:
        shapes: [m, 53, 3] mouth shapes of the candidates in the pose-free frame.
        conditions: [m] head poses, light and sharpness of their frames.
        numbers: [m] their frame numbers, rising.
        appearance: [m, k] brightness of their mouths, 0..1.
    """

    def __init__(
        self,
        shapes: NDArray[np.float64],
        conditions: Conditions,
        numbers: NDArray[np.int64],
        appearance: NDArray[np.float64],
    ) -> None:
        self._features = _features(shapes)
        self._openings = mouth_opening(shapes)
        self._widths = mouth_width(shapes)
        self._chins = _chin_heights(shapes)
        self._conditions = conditions
        jump = _JUMP_COST + _JUMP_DISTANCE_COST * distances(self._features, self._features)
        jump += _APPEARANCE_COST / np.sqrt(appearance.shape[1]) * distances(appearance, appearance)
        step = numbers[None, :] - numbers[:, None]
        # What is seen at a jump is the change from the frame that would have come next.
        follows = np.flatnonzero(np.diff(numbers) == 1)
        transitions = jump.copy()
        transitions[follows] = jump[follows + 1]
        transitions[step == 1] = 0.0
        transitions[step == 0] = _HOLD_COST
        transitions[step == -1] = _BACK_COST
        self._transitions = transitions

    def choose(
        self,
        requests: NDArray[np.float64],
        conditions: Conditions,
        pinned: Mapping[int, int] | None = None,
        barred: NDArray[np.bool_] | None = None,
        lacking: NDArray[np.float64] | None = None,
    ) -> NDArray[np.int64]:
        """Return the candidates [n] for requested shapes [n, 53, 3] under the conditions of n frames.

        Args:
            requests: shapes in the pose-free frame.
            conditions: of the frames that the mouths are for.
            pinned: the candidate that certain frames must take.
            barred: [n, m] candidates that frames may not take; each frame must have one that it may.
            lacking: [n] 0 to 1, how much the footage lacks of what other footage shows: what fits best there in pose,
                light and sharpness then costs as little as the frame itself. None for 0.
        """
        cost = self._fit_costs(requests, conditions, lacking)
        if barred is not None:
            cost[barred] = np.inf
        for frame, candidate in (pinned or {}).items():
            only = cost[frame, candidate]
            cost[frame] = np.inf
            cost[frame, candidate] = only
        total = cost[0]
        came_from = np.zeros(cost.shape, np.int64)
        columns = np.arange(cost.shape[1])
        for frame in range(1, len(cost)):
            through = total[:, None] + self._transitions
            came_from[frame] = through.argmin(0)
            total = through[came_from[frame], columns] + cost[frame]
        path = np.empty(len(cost), np.int64)
        path[-1] = total.argmin()
        for frame in range(len(cost) - 1, 0, -1):
            path[frame - 1] = came_from[frame, path[frame]]
        return path

    def cost(self, requests: NDArray[np.float64], conditions: Conditions, path: NDArray[np.int64]) -> float:
        """Return what a path [n] through the candidates costs for the requests: what `choose` makes least."""
        fit = self._fit_costs(requests, conditions)[np.arange(len(path)), path]
        return float(fit.sum() + self._transitions[path[:-1], path[1:]].sum())

    def _fit_costs(
        self, requests: NDArray[np.float64], conditions: Conditions, lacking: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        cost = _SHAPE_COST * distances(_features(requests), self._features)
        openings = mouth_opening(requests)[:, None]
        too_open = self._openings[None] - openings
        cost += _OPENING_COST * np.abs(too_open) + _SQUEEZE_COST * np.maximum(too_open, 0.0)
        shut = np.clip((_NOT_SHUT - self._openings) / (_NOT_SHUT - _SHUT), 0.0, 1.0)
        cost += _STRETCH_COST * shut * np.maximum(-too_open - _STRETCHED_FROM, 0.0)
        too_wide = self._widths[None] - mouth_width(requests)[:, None]
        cost += _WIDTH_COST * np.abs(too_wide)
        inside = _NARROWED_COST * np.maximum(too_wide - _NARROWED_FROM, 0.0)
        inside += _CHIN_COST * np.maximum(_chin_heights(requests)[:, None] - self._chins[None], 0.0)
        cost += inside * np.clip(np.minimum(self._openings[None], openings) / _OPEN, 0.0, 1.0)
        return np.asarray(cost + self._condition_costs(conditions, lacking), np.float64)

    def _condition_costs(self, here: Conditions, lacking: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Return what it costs [n, m] that pose, light and sharpness differ."""
        there = self._conditions
        cost, elsewhere = _apart(here, there), there.elsewhere
        if elsewhere is None or not elsewhere.any():
            return cost
        fit = fits(here, there, cost) | ~elsewhere
        cost[:, elsewhere] += _ELSEWHERE_COST
        if lacking is not None:
            cost[:, elsewhere] -= lacking[:, None] * cost[:, elsewhere].min(1, keepdims=True)
        return np.asarray(cost + _UNFIT_COST * ~fit, np.float64)


def fits(here: Conditions, there: Conditions, cost: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
    """Tell which mouths of other footage [n, m] may be shown in which frames, by pose, light, sharpness and size.

    Args:
        here: conditions of n frames.
        there: conditions of m frames, which have `size`.
        cost: [n, m] that of their differences; None to reckon it.
    """
    cost = _apart(here, there) if cost is None else cost
    return np.asarray((cost <= _MOST_APART) & (there.enlargement(here) <= MOST_ENLARGED))


def _apart(here: Conditions, there: Conditions) -> NDArray[np.float64]:
    """Return what differences of pose, light and sharpness cost between frames [n] and others [m]: [n, m]."""
    cost = np.abs(_turns(here.angles)[:, None] - _turns(there.angles)[None]).sum(-1)
    cost += _LIGHT_COST / np.sqrt(LIGHT) * there.light_apart(here)
    cost += _SHARPNESS_COST * np.abs(here.sharpness[:, None] - there.sharpness_for(here))
    return np.asarray(cost, np.float64)


def _features(shapes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return lip shapes as vectors [n, 80] whose distance is the root mean square distance of the points.

    The inner edge of the lips counts half as much again as the outer one.
    """
    lips = shapes[:, : len(LIPS), :2]
    weight = np.where(np.arange(len(LIPS)) < len(LIPS) // 2, 1.0, 1.5)
    return (lips * np.sqrt(weight / len(LIPS))[:, None]).reshape(len(shapes), -1)


def _chin_heights(shapes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far below the nose the chin of mouth shapes [n, 53, 3] lies, more being lower: [n]."""
    return np.asarray(shapes[:, _CHIN_ROWS, 1].mean(1), np.float64)


def _turns(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    return angles * [_TURN_COST, _TURN_COST, _TURN_COST / 3]
