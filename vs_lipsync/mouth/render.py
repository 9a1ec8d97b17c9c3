"""Renders one frame's new mouth: the frame's own jaw and skin, warped, and in them an exemplar's mouth, warped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import JAW, LIPS, MOUTH, OUTER_LIP
from vs_lipsync.mouth.base import MouthFrame, Patch
from vs_lipsync.mouth.fitting import kept_where_fitting, left_behind
from vs_lipsync.mouth.interior import darken_interior
from vs_lipsync.mouth.placement import NOSE
from vs_lipsync.mouth.sharpness import as_soft
from vs_lipsync.mouth.skin import carried_along
from vs_lipsync.mouth.warp_field import Field, bend, enlarged
from vs_lipsync.planes.colour import Seam, ramp
from vs_lipsync.planes.composite import plane_mask
from vs_lipsync.planes.image import Crop, Region
from vs_lipsync.planes.resample import in_plane, sample, sample_sites, to_samples

__all__ = ["SURROUND_POINTS", "Source", "render"]

_STILL = (*NOSE, 205, 425, 50, 280, 36, 266, 207, 427, 187, 411, 58, 288, 132, 361)
"""Nose, cheeks near the mouth and angles of the jaw, which stay where they are, but for what the corners of
the mouth carry along."""

SURROUND_POINTS = (205, 425, 203, 423, 206, 426, 216, 436, 212, 432, 214, 434)
"""Cheeks and the folds beside the mouth, which an exemplar's mouth is shown with, since they change with it."""

_CHIN_ROWS = (42, 43, 44, 45, 46, 47, 48, 49, 50)
"""Rows of a mouth shape: the chin, which is taken from the exemplar down to its edge."""

_CHIN_DEPTH = np.array([0.6, 0.75, 0.9, 1.0, 1.05, 1.0, 0.9, 0.75, 0.6])[:, None]
"""How far towards the edge of the chin, from the middle of the lips, the area reaches that is taken from the exemplar.
Beside the chin less: beyond the edge of a turned face there would be the exemplar's background."""

_SKIN_ROWS = (*range(0, len(OUTER_LIP), 2), *range(len(LIPS), len(MOUTH)))
"""Rows of a mouth shape by which the current frame's own skin is warped: every other lip point, and the jaw."""

_JAW_PULL = np.hanning(len(JAW))[:, None]
"""Share of its movement that each point of the jaw makes, 0..1: its ends hardly move with speech, and lie on the edge
between face and collar, hair or background, which would move with them."""

_BESIDE_JAW = np.array([0, 2, 4, 8, 10, 12]) + len(LIPS)
"""Rows of a mouth shape: the jaw without the chin. What lies beside it, `_BESIDE` further out, stays where it is."""

_FOLDS = (164, 203, 423, 206, 426, 216, 436, 212, 432)
"""Points on the edge of the area that is taken from the exemplar, above and beside the mouth."""

_BASE_CELL, _MOUTH_CELL = 0.05, 0.035
"""Cells of the grids on which the skin and the mouth are warped. These and the next four are inter-ocular lengths."""

_BESIDE = 0.25

_MARGIN = 0.4
"""Width of the region about the mouth and jaw."""

_BORDER = 0.2
"""Width along the edges of the region over which the warp comes to rest."""

_FEATHER = 0.1
"""Half width of the blend between the exemplar's mouth and the skin."""

_SMALLEST_SIDE = 8
"""Luma samples: where the crop has less room for the mouth, the frame passes."""

_SMALLEST_GAP = 0.3
"""Luma samples that the inner lips are kept apart, so that noise cannot bring the lower one above the upper one."""


@dataclass(frozen=True, slots=True)
class Source:
    """A frame whose mouth is shown, or a part of it. Places are in luma samples.

    Attributes:
        frame: the exemplar, with crop and landmarks.
        found: [53, 2] places of its mouth points in its own picture.
        surround: [12, 2] places in the frame to be made for its `SURROUND_POINTS`.
        weight: how much of it is shown, 0 to 1; those of a mouth's sources add up to 1.
        gains: [3] by what its planes are multiplied; None for 1. What is then too bright, the colour match takes away.
    """

    frame: MouthFrame
    found: NDArray[np.floating]
    surround: NDArray[np.floating]
    weight: float = 1.0
    gains: NDArray[np.floating] | None = None


def render(
    frame: MouthFrame,
    target: NDArray[np.floating],
    sources: Sequence[Source],
    size: float,
    darkness: float = 0.0,
    note: str = "",
) -> Patch | None:
    """Render the new mouth of a frame.

    Args:
        frame: the frame, with crop and landmarks.
        target: [53, 2] requested places of its mouth points, in luma samples of the picture.
        sources: the exemplars whose mouths are used. All are warped onto the same points, so that the lips of several
            lie on each other.
        size: inter-ocular distance in luma samples.
        darkness: 0 to 1, strength of a plain dark interior drawn between the lips.
        note: `Patch.note` of the result.

    Returns:
        The patch, or None when there is no room for one in the crop.
    """
    assert frame.crop is not None and frame.landmarks is not None
    crop = frame.crop
    own = frame.landmarks[list(MOUTH), :2].astype(np.float64)
    target = _apart(np.asarray(target, np.float64))
    region = _around(np.concatenate([own, target]), _MARGIN * size, crop)
    pulled = target.copy()
    pulled[len(LIPS) :] = own[len(LIPS) :] + _JAW_PULL * (target - own)[len(LIPS) :]
    hull = _mouth_hull(pulled, frame.landmarks, size)
    feather = max(1, round(_FEATHER * size))
    inner = _around(hull, 1.25 * feather + 4.0, crop, inside=region)  # as far as the soft edge reaches
    if min(inner.width, inner.height) < _SMALLEST_SIDE:
        return None

    out = own[_BESIDE_JAW] - own[: len(LIPS)].mean(0)
    beside = own[_BESIDE_JAW] + _BESIDE * size * out / np.linalg.norm(out, axis=1, keepdims=True)
    still = np.concatenate([frame.landmarks[list(_STILL), :2], beside])
    followed = still.copy()
    followed[: len(_STILL)] += carried_along(_STILL, pulled - own)
    skin = list(_SKIN_ROWS)
    base_field = bend(
        region,
        _BASE_CELL * size,
        np.concatenate([pulled[skin], followed]),
        np.concatenate([own[skin], still]),
        follow=False,
        border=_BORDER * size,
    )
    base = _read(crop, base_field, region)

    soft, near = (
        _filled(outline, inner, feather) for outline in (hull, _mouth_hull(pulled, frame.landmarks, size, 0.6))
    )
    seam = np.asarray((near > 0.02) & (near < 0.6))

    mouths = [_moved_mouth(source, frame, pulled, inner, size) for source in sources]
    edge, guide = Seam.of(seam), crop.format.brightness
    there = base[guide][_within(inner, region, crop, guide)]
    detail = edge.detail(there)
    mouths = [as_soft(mouth, detail, edge, crop.format) for mouth in mouths]
    shares = [np.float32(source.weight) for source in sources]
    of_guide = [edge.offset(mouth[guide], there) for mouth in mouths]
    skins = [(share, mouth[guide], offset) for share, mouth, offset in zip(shares, mouths, of_guide, strict=True)]
    corner = [inner.x, inner.y]
    lips = pulled[: len(OUTER_LIP)] - corner

    def left() -> NDArray[np.float64]:
        return left_behind(own, pulled, base_field, size) - corner

    weight = soft = kept_where_fitting(soft, near, skins, there, crop.format.peak, lips, left, size)
    for plane, there in enumerate(base):
        part = there[_within(inner, region, crop, plane)]
        if part.shape != weight.shape:
            weight, edge = plane_mask(soft, crop.format, plane), Seam.of(_thinned(seam, part.shape))
        added = of_guide if plane == guide else [edge.offset(mouth[plane], part) for mouth in mouths]
        offset = np.zeros(3, np.float32)
        shown = -part
        for share, mouth, one in zip(shares, mouths, added, strict=True):
            offset += share * one
            shown += mouth[plane] if len(mouths) == 1 else share * mouth[plane]
        shown += ramp(offset, part.shape)
        shown *= weight
        part += shown
    if darkness > 0:
        darken_interior(base, crop, region, target, size, darkness)

    mask = _moved(base_field, region)
    about_mouth = mask[_within(inner, region, crop, 0)]
    np.maximum(about_mouth, soft, out=about_mouth)
    _fade_edges(mask, max(2.0, 0.08 * size))
    return Patch(region, tuple(to_samples(plane, crop.format) for plane in base), mask, note)


def _moved_mouth(
    source: Source,
    frame: MouthFrame,
    target: NDArray[np.float64],
    inner: Region,
    size: float,
) -> list[NDArray[np.float32]]:
    """Return the planes of a region of the frame, read from an exemplar whose mouth is warped onto the target."""
    exemplar = source.frame
    assert exemplar.crop is not None and exemplar.landmarks is not None and frame.landmarks is not None
    nose, rows = list(NOSE), [*range(len(LIPS)), *_CHIN_ROWS]
    # What is only crossed over to is drawn on the coarser grid.
    cell = _MOUTH_CELL if source.weight > 0.5 else _BASE_CELL
    field = bend(
        inner,
        cell * size,
        np.concatenate([target[rows], frame.landmarks[nose, :2], source.surround]),
        np.concatenate(
            [
                _apart(np.asarray(source.found, np.float64))[rows],
                exemplar.landmarks[nose, :2],
                exemplar.landmarks[list(SURROUND_POINTS), :2],
            ]
        ),
        follow=True,
    )
    planes = _read(exemplar.crop, field, inner)
    if source.gains is None:
        return planes
    return [np.float32(gain) * plane for plane, gain in zip(planes, source.gains, strict=False)]


def _read(crop: Crop, field: Field, region: Region) -> list[NDArray[np.float32]]:
    """Return the planes of a region as float32, each sample read from a crop at the place that a map gives."""
    planes: list[NDArray[np.float32]] = []
    for plane in range(crop.format.planes):
        if plane < 2 or crop.format.subsampling(plane) != crop.format.subsampling(plane - 1):
            local = replace(field, source=in_plane(field.source, crop, plane))
            if any(crop.format.subsampling(plane)):
                places = local.at(*sample_sites(region, crop.format, plane, crop.chroma_location))
            else:
                places = local.each(region)
        planes.append(sample(crop, plane, places))
    return planes


def _apart(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mouth points [40 or more, 2] with the inner lips at least `_SMALLEST_GAP` apart."""
    points = points.copy()
    lower, upper = slice(21, 30), slice(31, 40)
    missing = np.maximum(_SMALLEST_GAP - (points[lower, 1] - points[upper, 1]), 0.0)
    points[lower, 1] += 0.5 * missing
    points[upper, 1] -= 0.5 * missing
    return points


def _around(points: NDArray[np.float64], margin: float, crop: Crop, inside: Region | None = None) -> Region:
    """Return the aligned region about points, inside the crop or another aligned region."""
    outer = inside or crop.region
    low, high = np.floor(points.min(0) - margin).astype(int), np.ceil(points.max(0) + margin).astype(int) + 1
    region = Region(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
    region = region.aligned(crop.format, outer.right, outer.bottom)
    x, y = max(region.x, outer.x), max(region.y, outer.y)
    return Region(x, y, max(region.right - x, 0), max(region.bottom - y, 0))


def _within(inner: Region, region: Region, crop: Crop, plane: int) -> tuple[slice, slice]:
    """Return the rows and columns of a plane of a region that an inner region covers."""
    return Region(inner.x - region.x, inner.y - region.y, inner.width, inner.height).slices(crop.format, plane)


def _filled(hull: NDArray[np.float64], inner: Region, feather: int) -> NDArray[np.float32]:
    """Return how much of each luma sample of a region [h, w] lies inside a convex hull [k, 2], with a soft edge."""
    # Drawn and blurred small, since an edge so soft has no detail: a few samples to the feather.
    scale = max(1, feather // 4)
    height, width = -(-inner.height // scale), -(-inner.width // scale)
    outline = (hull - [inner.x, inner.y] + 0.5) * np.array([width / inner.width, height / inner.height]) - 0.5
    solid = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(solid, np.rint(outline * 16).astype(np.int32), (1.0,), cv2.LINE_8, 4)
    kernel = 2 * max(1, round(feather / scale)) + 1
    soft = cv2.GaussianBlur(solid, (kernel, kernel), 0)
    return np.asarray(cv2.resize(soft, (inner.width, inner.height), interpolation=cv2.INTER_LINEAR), np.float32)


def _mouth_hull(
    target: NDArray[np.float64], face: NDArray[np.floating], size: float, depth: float = 1.0
) -> NDArray[np.float64]:
    """Return the convex hull [k, 2] of the lips with the skin that they pull along, down to a share of the chin."""
    outline = target[: len(OUTER_LIP)]
    arm = outline - outline.mean(0)
    grown = outline.mean(0) + 1.25 * arm + 0.03 * size * np.sign(arm)
    middle = target[: len(LIPS)].mean(0)
    chin = middle + depth * _CHIN_DEPTH * (target[list(_CHIN_ROWS)] - middle)
    grown = np.concatenate([grown, face[list(_FOLDS), :2], chin])
    return np.asarray(cv2.convexHull(grown.astype(np.float32))[:, 0], np.float64)


def _thinned(seam: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return every second sample of a seam [h, w], or every one, as a plane of that shape is subsampled."""
    return seam[:: seam.shape[0] // shape[0], :: seam.shape[1] // shape[1]]


def _moved(field: Field, region: Region) -> NDArray[np.float32]:
    """Return how visibly a map moves each luma sample of a region: [h, w], 0 up to 0.05 samples, 1 from 0.35."""
    apart = field.source - np.stack(np.meshgrid(field.xs, field.ys), -1)
    distance = np.sqrt(apart[..., 0] ** 2 + apart[..., 1] ** 2)
    visible = np.clip((distance - np.float32(0.05)) / np.float32(0.3), 0.0, 1.0)
    return enlarged(visible, field.xs, field.ys, region).copy()


def _fade_edges(mask: NDArray[np.float32], width: float) -> None:
    """Multiply a mask [h, w] in place by a smoothstep from 0 on its border to 1 `width` samples inside."""
    for axis in (0, 1):
        count = mask.shape[axis]
        inside = np.minimum(np.arange(count), np.arange(count)[::-1]).astype(np.float32)
        step = np.clip(inside / width, 0.0, 1.0)
        window = step * step * (3 - 2 * step)
        mask *= window[:, None] if axis == 0 else window[None]
