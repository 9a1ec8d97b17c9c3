"""Leaves a frame's own skin where that of an exemplar does not meet it."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import OUTER_LIP, mouth_opening
from vs_lipsync.mouth.warp_field import Field
from vs_lipsync.planes.colour import ramp

__all__ = ["kept_where_fitting", "left_behind"]

_FITS, _MISFITS = 0.07, 0.15
"""Difference of brightness along the seam up to which an exemplar's skin fits, and from which on it does not, in parts
of the samples' range."""

_CELL = 0.025
"""Sides of the squares over which differences are averaged, so that texture is none. Inter-ocular lengths, as below."""

_REACH = 0.12
"""How far from a misfit along the seam the frame's own skin is kept."""

_LIPS = 1.2
"""The lips, this many times as large, are always the exemplar's, and so is what would lie on what is left of the
frame's own."""

_WITH_SHADOW = 1.2
"""The frame's own lips are this many times as large with the shadow below them."""

_CLOSING = 0.06
"""By how much less open a mouth is to be for the whole of the frame's own lips to count as left behind."""


def kept_where_fitting(
    weight: NDArray[np.float32],
    near: NDArray[np.float32],
    mouths: Sequence[tuple[np.float32, NDArray[np.float32], NDArray[np.float32]]],
    frame: NDArray[np.float32],
    peak: float,
    lips: NDArray[np.float64],
    left: Callable[[], NDArray[np.float64]],
    size: float,
) -> NDArray[np.float32]:
    """Return how much of an exemplar's mouth is shown, less beside places of the seam where it does not fit.

    Where a head is turned otherwise, there may be background in the place of a cheek, or light on it.

    Args:
        weight: [h, w] how much of the mouth would be shown, 0 to 1; itself is returned where all of it fits.
        near: [h, w] 0 to 1, falling off along the seam.
        mouths: of each exemplar its share, which add up to 1, its luma or green [h, w], and
            what is added to that: [3], a plane for `planes.colour.ramp`.
        frame: [h, w] luma or green of the frame itself.
        peak: greatest value of a sample.
        lips: [k, 2] the outline of the lips, in samples.
        left: returns places [n, 2] of what is left of the frame's own lips: asked only where something does not fit.
        size: inter-ocular distance in samples.
    """
    height, width = weight.shape
    cell = max(1.0, _CELL * size)
    small = max(1, round(width / cell)), max(1, round(height / cell))
    apart = -_shrunk(frame, small)
    for share, mouth, added in mouths:
        apart += share * (_shrunk(mouth, small) + ramp(added, apart.shape))
    seam = _shrunk(near, small)
    misfit = np.clip((np.abs(apart) / peak - _FITS) / (_MISFITS - _FITS), 0.0, 1.0) * ((seam > 0.02) & (seam < 0.6))
    if not misfit.any():
        return weight
    reach = 2 * max(1, round(_REACH * size / cell)) + 1
    spread = cv2.dilate(misfit.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    spread = cv2.GaussianBlur(spread, (0, 0), reach / 4)
    always = np.zeros(apart.shape, np.float32)
    for outline in filter(len, (lips, left())):
        grown = (_grown(outline, _LIPS) + 0.5) * np.array([small[0] / width, small[1] / height]) - 0.5
        hull = np.rint(cv2.convexHull(grown.astype(np.float32))[:, 0] * 16).astype(np.int32)
        cv2.fillConvexPoly(always, hull, (1.0,), cv2.LINE_8, 4)
    shown = np.maximum(1.0 - spread, cv2.GaussianBlur(always, (0, 0), reach / 6)).astype(np.float32)
    return np.asarray(weight * cv2.resize(shown, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def left_behind(own: NDArray[np.float64], target: NDArray[np.float64], skin: Field, size: float) -> NDArray[np.float64]:
    """Return where a frame's own lips are still seen in its skin: places [k, 2], none unless the mouth is to shut.

    Lips that are to be shut do not all come to lie under the new ones, least of all at the edge of a turned face.

    Args:
        own: [40 or more, 2] its mouth points.
        target: those asked for.
        skin: how its skin is warped.
        size: inter-ocular distance, in samples.
    """
    closing = float(mouth_opening(own - target)) / (_CLOSING * size)
    if closing <= 0:
        return np.empty((0, 2))
    return skin.came_from(_grown(own[: len(OUTER_LIP)], _WITH_SHADOW * min(closing, 1.0)))


def _grown(outline: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Return an outline [k, 2] this many times as large about its middle."""
    middle = outline.mean(0)
    return np.asarray(middle + factor * (outline - middle), np.float64)


def _shrunk(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the means of a plane [h, w] over cells, of which there are so many across and down."""
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
