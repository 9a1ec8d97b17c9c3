"""Landmarks without the jitter of a net that sees one frame at a time."""

from collections.abc import Sequence
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
    unit = np.array([inter_ocular(face) for face in landmarks])
    head, mouth = _groups()
    result = np.full(landmarks.shape, np.nan)
    nearness = np.exp(-0.5 * (np.arange(-REACH, REACH + 1) / (REACH / 2)) ** 2)
    result[:, mouth] = _averaged(points[:, mouth], [(points[:, mouth], STEADY)], unit, seen, nearness)
    means = _means(points, seen)
    for group, steady in ((head, STEADY_HEAD), (np.array(CORNERS), STEADY_CORNERS)):
        # With the frames on either side that the means are of, this reaches as far.
        equal = np.ones(2 * (REACH - 1) + 1)
        guides = [(means[:, group], steady), (points[:, group], STEADY_AT_ONCE)]
        result[:, group] = _averaged(points[:, group], guides, unit, seen, equal)
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
        nearness: [2 reach + 1] weight of the frames about each.
    """
    frames, reach = len(points), len(nearness) // 2
    total, mean = np.zeros(frames), np.zeros_like(points)
    for shift, near in zip(range(-reach, reach + 1), nearness, strict=True):
        here = np.arange(max(0, -shift), frames - max(0, shift))
        here = here[seen[here] & seen[here + shift]]
        weight = np.full(len(here), near)
        for guide, steady in guides:
            moved = np.sqrt(((guide[here + shift] - guide[here])[..., :2] ** 2).sum(-1).mean(1))
            moved *= 2 / (unit[here] + unit[here + shift])
            weight *= np.exp(-0.5 * (moved / steady) ** 2)
        total[here] += weight
        mean[here] += weight[:, None, None] * points[here + shift]
    return mean / np.maximum(total, 1e-300)[:, None, None]


def _means(points: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean of each frame and those beside it where all three are seen, of points [frames, n, 3]."""
    means = points.copy()
    inner = 1 + np.flatnonzero(seen[:-2] & seen[1:-1] & seen[2:])
    means[inner] = (points[inner - 1] + points[inner] + points[inner + 1]) / 3
    return means


def _groups() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the points that go with the head, and those of the mouth without its corners."""
    head = np.setdiff1d(np.arange(POINTS), MOUTH)
    return head, np.setdiff1d(MOUTH, CORNERS)
