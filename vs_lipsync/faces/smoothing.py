"""Landmarks without the jitter of a net that sees one frame at a time."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH, POINTS, inter_ocular

__all__ = ["smooth"]

REACH: Final = 3
"""Frames to either side that are looked at."""

STEADY: Final = 0.010
"""Movement of the mouth, in inter-ocular distances, below which two frames are taken to show the same. In the trial
footage it keeps 0.996 of the deviation of the opening (the worst 0.955), and takes its second difference over time
from 0.0036 to 0.0012 where lips hold still; 0.006 leaves 0.0022 there, and 0.012 leaves 0.0011, but 0.938 of the
deviation at worst."""

STEADY_HEAD, STEADY_CORNERS = 0.012, 0.018
"""The same for the head and the corners of the mouth, of means over three frames: both move more slowly than lips open.
In 19 stretches of silence of 10 recordings, in which lips are shut and hold still, the second difference of the
corners' places about the nose falls from 0.0059 to 0.0021 (the median recording's from 0.0054 to 0.0012), where
`STEADY` alone leaves 0.0030 (0.0027). The width keeps 1.02 of the deviation that it has under a Gaussian of one frame,
1.00 at worst."""

STEADY_AT_ONCE: Final = 0.03
"""The same for the head and the corners, of single frames: means over three frames hardly see a mouth at the turn from
wide to narrow."""

CORNERS: Final = (61, 291, 78, 308, 146, 185, 375, 409, 95, 191, 324, 415)
"""Corners of the mouth, outside and inside, and the points beside them."""


def smooth(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average the landmarks of a track over time where the face holds still, and leave them alone where it moves.

    Bilateral filters over time: frames weigh less the more the face has moved between. The head (by the stable
    points), the mouth and its corners are weighed apart, so that a still head steadies its points while its lips move,
    and lips that move are not drawn out.

    Args:
        landmarks: [frames, 468, 3] consecutive frames of one face in one shot; NaN where it is lost.

    Returns:
        [frames, 468, 3] float32, NaN in the same frames.
    """
    seen = np.isfinite(landmarks[:, 0, 0])
    if len(landmarks) < 2 or not seen.any():
        return landmarks.astype(np.float32)
    points = np.where(seen[:, None, None], landmarks, 0.0).astype(np.float64)
    unit = inter_ocular(landmarks)
    head, mouth, corners = _groups()
    result = np.empty_like(points)
    near = np.exp(-0.5 * (np.arange(REACH + 1) / (REACH / 2)) ** 2)
    result[:, mouth] = _averaged(points[:, mouth], [(points[:, mouth], STEADY)], unit, seen, near)
    means = _means(points, seen)
    for group, steady in ((head, STEADY_HEAD), (corners, STEADY_CORNERS)):
        # With the frames on either side that the means are of, this reaches as far.
        guides = [(means[:, group], steady), (points[:, group], STEADY_AT_ONCE)]
        result[:, group] = _averaged(points[:, group], guides, unit, seen, np.ones(REACH))
    result[~seen] = np.nan
    return result.astype(np.float32)


def _averaged(
    points: NDArray[np.float64],
    guides: Sequence[tuple[NDArray[np.float64], float]],
    unit: NDArray[np.floating],
    seen: NDArray[np.bool_],
    nearness: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the average over time of points [frames, n, 3], weighed by nearness and by how little guides move.

    Args:
        points: what is averaged.
        guides: by whose movement frames are weighed: [frames, n, 3], and the movement in inter-ocular distances below
            which two frames are taken to show the same.
        unit: [frames] inter-ocular distance, in the points' unit.
        seen: [frames] where there are points.
        nearness: [reach + 1] weight of frames that lie 0, 1, ... apart.
    """
    total = seen * nearness[0]
    mean = total[:, None, None] * points
    flat = [(np.ascontiguousarray(guide[..., :2].transpose(2, 0, 1)), steady) for guide, steady in guides]
    for shift in range(1, min(len(nearness), len(points))):
        weight = nearness[shift] * (seen[shift:] & seen[:-shift])
        apart = (unit[shift:] + unit[:-shift]) / 2
        for guide, steady in flat:
            moved = np.sqrt(((guide[:, shift:] - guide[:, :-shift]) ** 2).sum(0).mean(1)) / np.where(weight, apart, 1)
            weight = weight * np.exp(-0.5 * (moved / steady) ** 2)
        total[shift:] += weight
        total[:-shift] += weight
        mean[shift:] += weight[:, None, None] * points[:-shift]
        mean[:-shift] += weight[:, None, None] * points[shift:]
    return np.asarray(mean / np.where(seen, total, 1.0)[:, None, None], np.float64)


def _means(points: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean of each frame and those beside it where all three are seen, of points [frames, n, 3]."""
    means = points.copy()
    inner = 1 + np.flatnonzero(seen[:-2] & seen[1:-1] & seen[2:])
    means[inner] = (points[inner - 1] + points[inner] + points[inner + 1]) / 3
    return means


@cache
def _groups() -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the points that go with the head, those of the mouth without its corners, and the corners."""
    # Not `setdiff1d`, for which NumPy imports its masked arrays.
    head = np.array(sorted(set(range(POINTS)) - set(MOUTH)))
    return head, np.array(sorted(set(MOUTH) - set(CORNERS))), np.array(CORNERS)
