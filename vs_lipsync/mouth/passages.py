"""Which of a person's mouths in other footage are kept as exemplars, and what is kept of their frames."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import mouth_opening, mouth_width
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.planes.image import Region

__all__ = ["MOST_EXEMPLARS", "chosen", "trimmed"]

MOST_EXEMPLARS: Final = 128
"""Exemplars that are kept of other footage: as many as five seconds of film have frames."""

_SCALES: Final = np.array([0.05, 0.05, 10.0, 10.0])
"""Differences of opening and width, in inter-ocular distances, and of yaw and pitch, in degrees, that count alike."""


_NOSE_BRIDGE: Final = 6
_ROOM: Final = 0.12
"""Part of a face's height that is kept around it."""


def trimmed(frame: MouthFrame) -> MouthFrame:
    """Return a frame with the part of its crop that mouths are made of: from the bridge of the nose to the neck.

    Args:
        frame: with crop and landmarks.
    """
    crop = frame.crop
    assert crop is not None and frame.landmarks is not None
    points = frame.landmarks[:, :2]
    low, high = points.min(0), points.max(0)
    room = _ROOM * float(high[1] - low[1])
    top = float(points[_NOSE_BRIDGE, 1])
    left, right, bottom = float(low[0]) - room, float(high[0]) + room, float(high[1]) + 2 * room
    left, top = max(left, crop.region.x), max(min(top - room, high[1]), crop.region.y)
    wanted = Region(int(left), int(top), int(right) - int(left) + 1, int(bottom) - int(top) + 1)
    region = wanted.aligned(crop.format, crop.region.right, crop.region.bottom)
    inside = Region(region.x - crop.region.x, region.y - crop.region.y, region.width, region.height)
    planes = tuple(plane[inside.slices(crop.format, index)] for index, plane in enumerate(crop.planes))
    return replace(frame, crop=replace(crop, region=region, planes=planes))


def chosen(passages: Sequence[Sequence[MouthFrame]], most: int = MOST_EXEMPLARS) -> list[MouthFrame]:
    """Choose among passages of consecutive frames those that together show most of what all of them show.

    One passage after the other is taken that brings mouths of other opening, width and pose than are taken already:
    greedy facility location (Nemhauser, Wolsey and Fisher 1978). What is left of a passage when `most` frames are
    reached is left out.

    Args:
        passages: frames of one person; those that cannot be used are left out.
        most: how many frames are taken.

    Returns:
        The frames, in the order of the passages.
    """
    measured = [Footage.of(passage) for passage in passages]
    usable = [np.flatnonzero(footage.usable) for footage in measured]
    features = [_features(footage, rows) for footage, rows in zip(measured, usable, strict=True)]
    everything = np.concatenate([*features, np.empty((0, len(_SCALES)))])
    far = np.full(len(everything), np.inf)
    taken: dict[int, int] = {}
    left = most
    while left > 0 and len(taken) < len(passages):
        gains = {
            number: _gain(far, everything, rows)
            for number, rows in enumerate(features)
            if number not in taken and len(rows)
        }
        if not gains:
            break
        best = max(gains, key=lambda number: (gains[number], -number))
        far = np.minimum(far, _nearest(everything, features[best]))
        taken[best] = min(left, len(features[best]))
        left -= taken[best]
    return [passages[number][int(row)] for number in sorted(taken) for row in usable[number][: taken[number]]]


def _features(footage: Footage, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return opening, width, yaw and pitch [n, 4] of some frames, in `_SCALES`."""
    shapes = footage.shapes[rows]
    told = np.c_[mouth_opening(shapes), mouth_width(shapes), footage.angles[rows, :2]]
    return np.asarray(told / _SCALES, np.float64)


def _nearest(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each of points [n, k] is from the nearest of others [m, k]."""
    squares = ((points[:, None] - others[None]) ** 2).sum(-1)
    return np.asarray(np.sqrt(squares.min(1)), np.float64)


def _gain(far: NDArray[np.float64], points: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return by how much others bring all points nearer to what is taken; at first how near they are to all."""
    near = _nearest(points, others)
    return float(-near.sum()) if np.isinf(far).all() else float((far - np.minimum(far, near)).sum())
