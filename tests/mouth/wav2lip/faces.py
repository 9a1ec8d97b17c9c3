"""Synthetic faces: landmarks, and pictures of known content around them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import JAW, LIPS, canonical_face
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.planes.image import Crop, Region, SampleFormat
from vs_lipsync.planes.rgb import add_rgb

FORMATS = {
    "YUV420P8": SampleFormat("yuv", np.dtype(np.uint8), 8, 1, 1),
    "YUV420P10": SampleFormat("yuv", np.dtype(np.uint16), 10, 1, 1),
    "YUV422P12": SampleFormat("yuv", np.dtype(np.uint16), 12, 1, 0),
    "YUV444P16": SampleFormat("yuv", np.dtype(np.uint16), 16),
    "YUV444PS": SampleFormat("yuv", np.dtype(np.float32), 32),
    "YUV420PH": SampleFormat("yuv", np.dtype(np.float16), 16, 1, 1),
    "RGB24": SampleFormat("rgb", np.dtype(np.uint8), 8),
    "RGB48": SampleFormat("rgb", np.dtype(np.uint16), 16),
    "RGBS": SampleFormat("rgb", np.dtype(np.float32), 32),
    "GRAY8": SampleFormat("gray", np.dtype(np.uint8), 8),
    "GRAY16": SampleFormat("gray", np.dtype(np.uint16), 16),
}


def landmarks(x: float, y: float, eyes: float, roll: float = 0.0, opening: float = 0.0) -> NDArray[np.float32]:
    """The average face [468, 3] with the middle of its eyes at (x, y), which are `eyes` apart.

    Args:
        x: column.
        y: row.
        eyes: luma samples.
        roll: radians, clockwise.
        opening: by which the lower lip and the chin are lower, in distances between the eyes.
    """
    face = canonical_face().astype(np.float64)
    face[np.isnan(face).any(1)] = 0.0  # not averaged: inside the face, where they do no harm
    lower = [i for i in LIPS if face[i, 1] > face[list(LIPS), 1].mean()]
    face[[*lower, *JAW[3:-3]], 1] += opening
    cos, sin = np.cos(roll), np.sin(roll)
    face[:, :2] = face[:, :2] @ np.array([[cos, sin], [-sin, cos]])
    return (face * eyes + [x, y, 0]).astype(np.float32)


def scenery(region: Region, seed: int = 0, grain: float = 0.01) -> NDArray[np.float32]:
    """A picture [h, w, 3] of soft, skin-like colours with grain; the same place of the picture looks the same."""
    draw = np.random.default_rng(seed)
    soft = cv2.resize(draw.random((9, 9, 3)).astype(np.float32), (1000, 1000), interpolation=cv2.INTER_CUBIC)
    noise = draw.normal(0, grain, (1000, 1000, 1)).astype(np.float32)
    whole = np.array([0.6, 0.45, 0.38], np.float32) + 0.15 * (soft - 0.5) + noise
    return np.asarray(whole[region.y : region.bottom, region.x : region.right], np.float32)


def crop(region: Region, name: str = "YUV420P8", rgb: NDArray[np.float32] | None = None, seed: int = 0) -> Crop:
    """A crop in a format that shows `scenery`, or another picture."""
    form = FORMATS[name]
    size = (region.height, region.width)
    neutral = 0.0 if form.dtype.kind == "f" else float(1 << (form.bits - 1))
    black = 0.0 if form.dtype.kind == "f" or form.family == "rgb" else float(16 << (form.bits - 8))
    planes = []
    for plane in range(form.planes):
        shift_x, shift_y = form.subsampling(plane)
        value = neutral if plane and form.family == "yuv" else black
        planes.append(np.full((size[0] >> shift_y, size[1] >> shift_x), value, form.dtype))
    empty = Crop(region, tuple(planes), form, 0, 1, form.family == "rgb")
    return Crop(region, add_rgb(empty, scenery(region, seed) if rgb is None else rgb), form, 0, 1, empty.full_range)


def frame(
    number: int, points: NDArray[np.float32] | None, shot: int = 0, name: str = "YUV420P8", seed: int = 0
) -> MouthFrame:
    """A frame with a face, and all around it in the crop; without one when there are no points."""
    if points is None:
        return MouthFrame(number, shot, None, None)
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    margin = 0.35 * (high - low)
    left, top = (max(0, int(v) // 4 * 4) for v in low - margin)
    right, bottom = (int(v) // 4 * 4 for v in high + margin)
    region = Region(left, top, right - left, bottom - top)
    return MouthFrame(number, shot, crop(region, name, seed=seed), points)
