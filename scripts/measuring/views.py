"""Parts of a cut-out about the mouth: as boxes, with the head held still, and as pictures to look at."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.measuring.dubbed import laid_over
from scripts.measuring.footage import Measured
from vs_lipsync.faces.landmarks import INNER_LIP, JAW, LIPS, canonical_face
from vs_lipsync.mouth.base import Patch
from vs_lipsync.mouth.placement import NOSE, Placement
from vs_lipsync.planes.image import Crop
from vs_lipsync.planes.rgb import to_rgb

__all__ = ["close_up", "mouth_box", "parts", "stabilised", "strip"]

STEADY_POINTS = (33, 133, 362, 263, 1, 168)
"""Eyes and nose: what holds the head still when steadiness is measured."""


def mouth_box(landmarks: NDArray[np.float32], crop: Crop) -> tuple[slice, slice]:
    """Return rows and columns of the lips and a little around them in a cut-out's luma."""
    lips = landmarks[list(LIPS), :2] - [crop.region.x, crop.region.y]
    margin = 0.15 * np.ptp(lips[:, 0])
    low, high = np.maximum(lips.min(0) - margin, 0).astype(int), (lips.max(0) + margin).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def stabilised(
    plane: NDArray[np.generic], crop: Crop, landmarks: NDArray[np.float32], side: int = 128
) -> NDArray[np.float32]:
    """Return the mouth region [side, side] of a plane with eyes and nose held still."""
    mouth = canonical_face()[list(INNER_LIP), :2].mean(0)
    goal = (canonical_face()[list(STEADY_POINTS), :2] - mouth) * (side / 1.5) + side / 2
    seen = landmarks[list(STEADY_POINTS), :2] - [crop.region.x, crop.region.y]
    a, b = seen - seen.mean(0), goal - goal.mean(0)
    cosine, sine = (a * b).sum() / (a**2).sum(), (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / (a**2).sum()
    turn = np.array([[cosine, -sine], [sine, cosine]])
    matrix = np.c_[turn, goal.mean(0) - turn @ seen.mean(0)]
    return np.asarray(cv2.warpAffine(plane.astype(np.float32), matrix, (side, side)), np.float32)


def close_up(crop: Crop, landmarks: NDArray[np.float32], side: int = 200) -> NDArray[np.uint8]:
    """Return the mouth as an RGB picture [side, side, 3].

    It is centred on the place of the average face's mouth. About the lips of the footage, a mouth that was made would
    go up and down with the one that was there.
    """
    there = Placement.of(landmarks)
    half = 0.8 * there.size
    face = canonical_face()
    resting = face[list(INNER_LIP)].mean(0) - face[list(NOSE)].mean(0)
    centre = there.restore(resting)[:2] - [crop.region.x, crop.region.y] + [0, 0.1 * half]
    matrix = np.array([[side / 2 / half, 0, side / 2 - centre[0] * side / 2 / half],
                       [0, side / 2 / half, side / 2 - centre[1] * side / 2 / half]])  # fmt: skip
    rgb = np.clip(np.rint(255 * to_rgb(crop)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.warpAffine(rgb, matrix, (side, side), flags=cv2.INTER_AREA), np.uint8)


def parts(landmarks: NDArray[np.float32], crop: Crop) -> dict[str, tuple[slice, slice]]:
    """Return rows and columns of a cut-out's luma about the lips, of the chin, and of the neck under it."""
    points = landmarks[:, :2] - [crop.region.x, crop.region.y]
    size = Placement.of(landmarks).size
    lips, chin = points[list(LIPS)], points[list(JAW[4:9])]
    left, right = (max(round(float(x)), 0) for x in (lips[:, 0].min(), lips[:, 0].max()))
    under, edge = float(lips[:, 1].max()) + 0.05 * size, float(chin[:, 1].max())
    high, low = round(edge + 0.03 * size), round(edge + 0.33 * size)
    return {
        "lips": mouth_box(landmarks, crop),
        "chin": (slice(max(round(under), 0), max(high, 0)), slice(left, right)),
        "neck": (slice(max(high, 0), max(low, 0)), slice(left, right)),
    }


def strip(
    clip: Measured, patches: Sequence[Patch | None], numbers: Iterable[int], side: int = 150, columns: int = 10
) -> NDArray[np.uint8]:
    """Return frames of a clip as an RGB picture: rows of mouths, and under each row the same with their patches."""
    pairs = []
    for number in numbers:
        crop, landmarks, patch = clip.wide[number], clip.frames[number].landmarks, patches[number]
        if crop is None or landmarks is None:
            pairs.append(np.zeros((2 * side, side, 3), np.uint8))
            continue
        new = crop if patch is None else laid_over(crop, patch)
        pair = np.vstack([close_up(one, landmarks, side) for one in (crop, new)])
        pairs.append(np.asarray(cv2.putText(pair, str(number), (2, 12), 0, 0.4, (255, 255, 0)), np.uint8))
    pairs += [np.zeros((2 * side, side, 3), np.uint8)] * (-len(pairs) % columns)
    return np.vstack([np.hstack(pairs[i : i + columns]) for i in range(0, len(pairs), columns)])
