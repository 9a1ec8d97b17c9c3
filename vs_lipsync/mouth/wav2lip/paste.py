"""Blends the network's mouth into the footage: region, colour, texture and grain."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import JAW, LEFT_EYE, LIPS, RIGHT_EYE
from vs_lipsync.mouth.base import Patch
from vs_lipsync.mouth.wav2lip.crop import FaceBox
from vs_lipsync.mouth.wav2lip.network import FACE_SIZE, FIRST_ROW
from vs_lipsync.planes.image import Crop, Region
from vs_lipsync.planes.rgb import add_rgb, cut, to_rgb

__all__ = ["paste"]

_UPPER_EDGE: Final = (205, 98, 2, 327, 425)
"""Cheeks and the base of the nose: where the new part of the face ends above."""

# Lengths in distances between the eyes, as seen.
_CHIN_ROOM: Final = 0.10  # below the jaw, for a mouth that opens wider than the old one
_FEATHER: Final = 0.06  # standard deviation of the mask's edge
_LIP_ROOM: Final = 0.12  # around the lips, where colour is not compared: a mouth may open or close

_EDGE: Final = (
    6.0  # samples of the network's face over which the mask fades towards the border of what the network made
)
_COLOUR_SPREAD: Final = 8.0  # of 96: how far colour is averaged when it is matched
_GAMMA: Final = 2.2  # near enough to linear light for a ratio of two colours that are almost equal
_GAINS: Final = (0.5, 2.0)
_OUTLIER: Final = 0.3  # natural logarithm of a ratio of light that is too far from the usual one to be a cast of colour
_SAME, _CHANGED = 0.03, 0.10  # difference of the faces up to which they are alike, and from which they are not
_GRAIN_SIZE: Final = 1.2  # samples: what is finer is grain
_GRAIN_LIMIT: Final = 2.5  # standard deviations: what is stronger is an edge, not grain


def paste(
    crop: Crop,
    landmarks: NDArray[np.float32],
    box: FaceBox,
    old: NDArray[np.float32],
    new: NDArray[np.float32],
) -> Patch | None:
    """Make the patch that turns the old mouth into the new one.

    The network's picture is 96 samples wide and has neither the texture nor the grain of the footage. So the new face
    is compared with the old one at that size. Where they are alike the footage stays as it is. Where they differ their
    difference is added to the footage; detail of the old face is taken out, since it would show through, and only its
    grain is kept.

    Args:
        crop: the face in the clip's own format.
        landmarks: [468, 3] its points, in luma samples of the picture.
        box: the part of the picture that the network was given.
        old: [96, 96, 3] the face in the box, RGB, 0..1.
        new: [96, 96, 3] the network's face, RGB, 0..1.

    Returns:
        A patch inside the crop; None where no part of the mouth lies in it.
    """
    points = landmarks[:, :2].astype(np.float64)
    eyes = float(np.linalg.norm(points[list(RIGHT_EYE)].mean(0) - points[list(LEFT_EYE)].mean(0)))
    outline = _outline(points, eyes)
    spread = max(_FEATHER * eyes, 0.5)
    region = _region(outline, 3 * spread, crop)
    if region.width == 0 or region.height == 0:
        return None
    matrix = box.matrix_from(region)
    mask = _mask(outline, spread, region, matrix)
    if not mask.any():
        return None
    part = cut(crop, region)
    rgb = to_rgb(part)
    in_face = points @ box.matrix[:, :2].T + box.matrix[:, 2]
    eyes_in_face = eyes * FACE_SIZE / box.width
    matched = _match_colour(new, old, _skin(in_face, eyes_in_face))
    difference = matched - old
    kept = _alike(difference)

    detail = rgb - _enlarge(old, matrix, region)
    new_part = np.clip(1.0 - _enlarge(kept, matrix, region), 0.0, 1.0)[..., None]
    lips = _hull_mask(points[list(LIPS)], region) > 0
    grain = _grain(rgb, (mask > 0) & ~lips)
    change = new_part * (_enlarge(difference, matrix, region) - detail + grain)
    # Only the network's picture is held to 0..1; what the footage has beyond black and white stays.
    changed = np.clip(rgb + change, np.minimum(rgb, 0.0), np.maximum(rgb, 1.0))
    return Patch(region, add_rgb(part, np.where(mask[..., None] > 0, changed - rgb, np.float32(0))), mask)


def _outline(points: NDArray[np.float64], eyes: float) -> NDArray[np.float64]:
    """Return the polygon [n, 2] of the mouth and jaw, with room below the jaw."""
    jaw, above = points[list(JAW)], points[list(_UPPER_EDGE)]
    middle = above.mean(0)
    down = jaw[len(jaw) // 2] - middle
    down /= max(float(np.linalg.norm(down)), 1e-6)
    # Most room under the chin, none where the jaw meets the cheeks.
    lower = np.clip((jaw - jaw[[0, -1]].mean(0)) @ down / max(eyes, 1e-6), 0.0, 1.0)
    hull = cv2.convexHull(np.r_[jaw + np.outer(lower, down) * _CHIN_ROOM * eyes, above].astype(np.float32))
    return np.asarray(hull[:, 0], np.float64)


def _region(outline: NDArray[np.float64], margin: float, crop: Crop) -> Region:
    low, high = np.floor(outline.min(0) - margin).astype(int), np.ceil(outline.max(0) + margin).astype(int) + 1
    low = np.maximum(low, (crop.region.x, crop.region.y))
    high = np.minimum(high, (crop.region.right, crop.region.bottom))
    size = np.maximum(high - low, 0)
    grown = Region(int(low[0]), int(low[1]), int(size[0]), int(size[1]))
    return grown.aligned(crop.format, crop.region.right, crop.region.bottom)


def _hull_mask(points: NDArray[np.float64], region: Region, margin: int = 0) -> NDArray[np.float32]:
    """Draw the convex hull of points [n, 2] into a region grown by a margin: [h, w] in 0..1."""
    mask = np.zeros((region.height + 2 * margin, region.width + 2 * margin), np.float32)
    hull = cv2.convexHull(points.astype(np.float32))[:, 0] - (region.x - margin, region.y - margin)
    cv2.fillConvexPoly(mask, np.round(hull * 16).astype(np.int32), 1.0, cv2.LINE_8, 4)
    return mask


def _mask(
    outline: NDArray[np.float64], spread: float, region: Region, matrix: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the mask [h, w] of the patch, 0..1: the outline with a soft edge, inside what the network made."""
    # Drawn beyond the region, so that where the picture ends the mask does not fade.
    margin = int(np.ceil(3 * spread))
    soft = cv2.GaussianBlur(_hull_mask(outline, region, margin), (2 * margin + 1, 2 * margin + 1), spread)
    mask = soft[margin : margin + region.height, margin : margin + region.width]
    columns = matrix[0, 0] * np.arange(region.width) + matrix[0, 2]
    rows = matrix[1, 0] * np.arange(region.width) + matrix[1, 2]
    across = columns[None] + matrix[0, 1] * np.arange(region.height)[:, None]
    down = rows[None] + matrix[1, 1] * np.arange(region.height)[:, None]
    last = FACE_SIZE - 1
    inside = np.minimum(np.minimum(across, last - across), np.minimum(down - FIRST_ROW, last - down))
    return np.asarray(mask * np.clip(inside / _EDGE, 0.0, 1.0), np.float32)


def _enlarge(face: NDArray[np.float32], matrix: NDArray[np.float64], region: Region) -> NDArray[np.float32]:
    """Return the network's face [96, 96] or [96, 96, c] resampled to the luma samples of a region."""
    step = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))  # samples of the face per luma sample
    if step > 1:  # a face smaller than the network's: average what falls on one sample
        face = np.asarray(cv2.GaussianBlur(face, (0, 0), 0.5 * np.sqrt(step * step - 1) + 1e-3), np.float32)
    size = (region.width, region.height)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(face, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _skin(points: NDArray[np.float64], eyes: float) -> NDArray[np.float32]:
    """Return a mask [96, 96], 0..1, of the skin whose colour can be compared: the lower face without the mouth."""
    whole = Region(0, 0, FACE_SIZE, FACE_SIZE)
    skin = _hull_mask(points[[*JAW, *_UPPER_EDGE]], whole)
    room = int(np.ceil(_LIP_ROOM * eyes))
    mouth = cv2.dilate(_hull_mask(points[list(LIPS)], whole), np.ones((2 * room + 1, 2 * room + 1), np.uint8))
    return np.asarray(skin * (1.0 - mouth), np.float32)


def _match_colour(new: NDArray[np.float32], old: NDArray[np.float32], skin: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `new` [96, 96, 3] with the skin colours of `old`, by slowly varying factors in linear light."""
    if not skin.any():
        return new
    new_light, old_light = (np.clip(face, 0.0, 1.0) ** np.float32(_GAMMA) for face in (new, old))
    # Skin that the network has moved, or that was covered by the old mouth, says nothing of its colours.
    ratio = np.log((old_light.sum(-1) + 0.01) / (new_light.sum(-1) + 0.01))
    unusual = (ratio - np.median(ratio[skin > 0])) / _OUTLIER
    weight = (skin * np.exp(-0.5 * unusual * unusual))[..., None]
    # A trace of the mean keeps the ratio steady where it is dark or no skin is near.
    trace = np.float32(1e-3)
    means = [trace * (face * weight).sum((0, 1)) / weight.sum() + trace**2 for face in (old_light, new_light)]
    blurred = [cv2.GaussianBlur(face * weight, (0, 0), _COLOUR_SPREAD) for face in (old_light, new_light)]
    gain = np.clip((blurred[0] + means[0]) / (blurred[1] + means[1]), *_GAINS)
    return np.asarray((new_light * gain) ** np.float32(1 / _GAMMA), np.float32)


def _alike(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how alike [96, 96] two faces are around each point: 1 alike, 0 not."""
    size = cv2.GaussianBlur(np.abs(difference).max(-1), (0, 0), 1.0)
    t = np.clip((_CHANGED - size) / (_CHANGED - _SAME), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _grain(rgb: NDArray[np.float32], skin: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the grain [h, w, 3] of a picture: its finest band, where that is no stronger than on skin."""
    fine = rgb - cv2.GaussianBlur(rgb, (0, 0), _GRAIN_SIZE)
    if not skin.any():
        return np.zeros_like(fine)
    # The median of absolute values is 0.6745 of the standard deviation, and blind to the few edges.
    limit = _GRAIN_LIMIT / 0.6745 * np.median(np.abs(fine[skin]), axis=0)
    # Stronger detail fades out instead of being cut off: what is left of the old lips would be seen as a line.
    fade = np.clip(2.0 - np.abs(fine) / np.maximum(limit, 1e-6), 0.0, 1.0)
    return np.asarray(fine * fade, np.float32)
