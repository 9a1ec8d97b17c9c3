"""Smooth, fold-free maps from places in the picture to be rendered to the places that its samples are read from."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.planes.image import Region

__all__ = ["Field", "bend", "enlarged"]

_LEAST_AREA = 0.02
"""Least area that a cell of the grid may keep in the source, of what the affine part alone gives it."""

_LOCAL_ROUNDS = 8
"""Times that folds are flattened about themselves, before the bending is reduced everywhere."""


@dataclass(frozen=True, slots=True)
class Field:
    """A map given on a grid and bilinear between the nodes.

    Attributes:
        xs: [w] columns of the nodes in luma samples of the picture, rising and evenly spaced.
        ys: [h] rows of the nodes.
        source: [h, w, 2] where in the source picture, in luma samples (x, y), each node comes from.
    """

    xs: NDArray[np.float32]
    ys: NDArray[np.float32]
    source: NDArray[np.float32]

    def at(self, xs: NDArray[np.float32], ys: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the source (x, y) [len(ys), len(xs), 2] of the points on the given columns and rows."""
        left, part_x = _between(self.xs, xs)
        above, part_y = _between(self.ys, ys)
        before = self.source[:, left]
        rows = (before + part_x[:, None] * (self.source[:, left + 1] - before)).reshape(len(self.ys), -1)
        whole = (rows[1:] - rows[:-1])[above]
        whole *= part_y[:, None]
        whole += rows[above]
        return whole.reshape(len(ys), len(xs), 2)

    def each(self, region: Region) -> NDArray[np.float32]:
        """Return the source (x, y) of each luma sample of the region that the map was made for: [height, width, 2]."""
        return enlarged(self.source, self.xs, self.ys, region)

    def came_from(self, outline: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the nodes [k, 2] whose source lies inside the convex hull of places [n, 2] of the source picture."""
        corner = np.floor(outline.min(0)).astype(np.float32)
        hull = np.rint(cv2.convexHull(np.asarray(outline, np.float32) - corner)[:, 0]).astype(np.int32)
        solid = np.zeros((int(hull[:, 1].max()) + 1, int(hull[:, 0].max()) + 1), np.uint8)
        cv2.fillConvexPoly(solid, hull, (1,))
        x, y = cv2.split(self.source - corner)
        rows, columns = np.nonzero(cv2.remap(solid, x, y, cv2.INTER_NEAREST))
        return np.stack([self.xs[columns], self.ys[rows]], -1).astype(np.float64)

    def jacobian(self) -> NDArray[np.float32]:
        """Return the least Jacobian determinant of the map in each cell [h - 1, w - 1].

        Inside a cell the determinant of a bilinear map is linear in both coordinates, so that it is least at a corner:
        where this is positive everywhere, the map folds nowhere.
        """
        across = np.diff(self.source, axis=1) / np.diff(self.xs)[None, :, None]
        down = np.diff(self.source, axis=0) / np.diff(self.ys)[:, None, None]
        corners = [_cross(a, d) for a in (across[:-1], across[1:]) for d in (down[:, :-1], down[:, 1:])]
        return np.asarray(np.minimum.reduce(corners), np.float32)


def bend(
    region: Region,
    cell: float,
    here: NDArray[np.floating],
    there: NDArray[np.floating],
    *,
    follow: bool,
    border: float = 0.0,
) -> Field:
    """Return a fold-free map over a region that takes points of the picture to points of the source.

    A thin-plate spline (Bookstein 1989) goes through the points. Where it folds it is pulled back towards its affine
    part until it does not, so that a point may then be missed.

    Args:
        region: where the map is needed, in luma samples of the picture to be made.
        cell: distance between nodes in luma samples; it is rounded to a whole number.
        here: [n, 2] points of the picture to be made.
        there: [n, 2] the points of the source that should come to lie on them.
        follow: whether the source may be shifted, turned and scaled as a whole to meet the points. If not, what is
            far from all points stays where it is.
        border: if > 0, the map becomes the identity over this width along the edges of the region, in luma samples.

    Returns:
        The map, on a grid over the region and a little beyond it.
    """
    step = max(round(cell), 1)
    xs, ys = _nodes(region.x, region.width, step), _nodes(region.y, region.height, step)
    goal, origin = np.asarray(here, np.float64), np.asarray(there, np.float64)
    matrix = _affine(goal, origin) if follow else np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    rigid = (xs[None, :, None] * matrix[0] + ys[:, None, None] * matrix[1] + matrix[2]).astype(np.float32)
    bending = _thin_plate(goal, origin - (goal @ matrix[:2] + matrix[2]), xs, ys)
    if border > 0:
        bending *= _inwards(xs - region.x, region.width, step, border)[None, :, None]
        bending *= _inwards(ys - region.y, region.height, step, border)[:, None, None]
    least = _LEAST_AREA * float(np.linalg.det(matrix[:2]))
    return _unfold(Field(xs, ys, rigid), bending, least)


def _unfold(rigid: Field, bending: NDArray[np.float32], least: float) -> Field:
    """Add as much of a displacement [h, w, 2] to a map as leaves a Jacobian of at least `least` everywhere."""
    field = replace(rigid, source=rigid.source + bending)
    kept = np.ones(bending.shape[:2], np.float32)
    for _ in range(_LOCAL_ROUNDS):
        folded = field.jacobian() < least
        if not folded.any():
            return field
        # Only about the fold, and smoothly, so that the rest of the mouth still goes where it should.
        near = np.zeros(bending.shape[:2], np.float32)
        for down in (slice(None, -1), slice(1, None)):
            for across in (slice(None, -1), slice(1, None)):
                near[down, across] = np.maximum(near[down, across], folded)
        kept *= 1.0 - 0.4 * np.asarray(cv2.GaussianBlur(cv2.dilate(near, np.ones((3, 3))), (5, 5), 0), np.float32)
        field = replace(rigid, source=rigid.source + bending * kept[..., None])
    while bending.any() and (field.jacobian() < least).any():
        kept *= 0.75
        if kept.max() < 1e-3:
            return rigid
        field = replace(rigid, source=rigid.source + bending * kept[..., None])
    return field


def _thin_plate(
    points: NDArray[np.float64], values: NDArray[np.float64], xs: NDArray[np.float32], ys: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Interpolate values [n, 2] at points [n, 2] over a grid [h, w, 2] by a thin-plate spline."""
    centre = points.mean(0)
    scale = max(float(np.abs(points - centre).max()), 1e-6)
    at = (points - centre) / scale
    count = len(at)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(((at[:, None] - at[None]) ** 2).sum(-1))
    # A trace of smoothing keeps the system sound where points nearly coincide, as those of closed lips do.
    system[:count, :count] += 1e-4 * np.eye(count)
    system[:count, count:] = np.c_[np.ones(count), at]
    system[count:, :count] = system[:count, count:].T
    weights = np.linalg.solve(system, np.r_[values, np.zeros((3, 2))]).astype(np.float32)
    columns, rows = ((xs - centre[0]) / scale).astype(np.float32), ((ys - centre[1]) / scale).astype(np.float32)
    nodes = at.astype(np.float32)
    across, down = (columns[:, None] - nodes[:, 0]) ** 2, (rows[:, None] - nodes[:, 1]) ** 2
    squares = (down[:, None] + across[None]).reshape(-1, count)
    result = (_kernel(squares) @ weights[:count]).reshape(len(rows), len(columns), 2)
    result += columns[None, :, None] * weights[count + 1] + weights[count]
    result += rows[:, None, None] * weights[count + 2]
    return result


def _kernel[T: np.floating](squares: NDArray[T]) -> NDArray[T]:
    """Return r² log r² of squared distances."""
    result = squares + squares.dtype.type(1e-12)
    np.log(result, out=result)
    result *= squares
    return result


def _affine(here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the similarity [3, 2] that takes points [n, 2] nearest to others: `p @ m[:2] + m[2]`."""
    a, b = here - here.mean(0), there - there.mean(0)
    size = float((a**2).sum())
    cosine, sine = float((a * b).sum()) / size, float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / size
    turn = np.array([[cosine, sine], [-sine, cosine]])
    return np.concatenate([turn, (there.mean(0) - here.mean(0) @ turn)[None]])


def enlarged(
    values: NDArray[np.float32], xs: NDArray[np.float32], ys: NDArray[np.float32], region: Region
) -> NDArray[np.float32]:
    """Return values [h, w, ...] at the nodes of a grid of `bend`, bilinear, at each luma sample of its region."""
    step = round(float(xs[1] - xs[0]))
    # A node in the middle of each cell is how OpenCV sees the samples of a picture that it enlarges.
    large = cv2.resize(values, (len(xs) * step, len(ys) * step), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[step : step + region.height, step : step + region.width], np.float32)


def _nodes(first: int, count: int, step: int) -> NDArray[np.float32]:
    """Return the middles of cells of `step` samples that cover `count` samples, and of one on either side."""
    return np.arange(-(-count // step) + 2, dtype=np.float32) * step + np.float32(first - (step + 1) / 2)


def _between(nodes: NDArray[np.float32], at: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the node before each place, and how far on it is towards the next one; the nodes are evenly spaced."""
    position = np.clip((at - nodes[0]) / (nodes[-1] - nodes[0]), 0.0, 1.0) * (len(nodes) - 1)
    low = np.minimum(position.astype(np.int64), len(nodes) - 2)
    return low, (position - low).astype(np.float32)


def _inwards(nodes: NDArray[np.float32], count: int, step: int, width: float) -> NDArray[np.float32]:
    """Return a window [n] that rises over a width from 0 at the edges of `count` samples.

    The nodes are `step` samples apart. It begins to rise a step inside, so that it is 0 on both sides of each edge.
    """
    inside = np.minimum(nodes, count - 1 - nodes) - step
    rise = np.clip(inside / width, 0.0, 1.0)
    return np.asarray(rise * rise * (3 - 2 * rise), np.float32)


def _cross(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0], np.float32)
