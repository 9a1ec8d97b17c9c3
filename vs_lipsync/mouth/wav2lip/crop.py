"""Where the network looks: a face detector's box, from landmarks, and the picture inside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LEFT_EYE, POINTS, RIGHT_EYE
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.wav2lip.network import FACE_SIZE
from vs_lipsync.planes.image import Region

__all__ = ["FaceBox", "boxes_of", "read_face"]

SMALLEST_FACE: Final = 16.0
"""Luma samples across the box below which a face is left alone."""

_GROW: Final = (-0.003, 0.092, -0.003, -0.025)
"""What to add to the landmarks' rectangle (left, top, right, bottom) to get a detector's box, in its width or height.

Found in two steps: what another net's points, FaceMesh's, need to give the boxes of CenterFace, which like S3FD learned
those of WIDER FACE (458 frames of eleven clips, median IoU 0.92), and what these points need to give the same boxes (51
clips, median of the clips' medians, left and right alike; median IoU 0.95, and 0.95 on clips left out of the fit). The
forehead above the uppermost point is what is missing most.
"""

_PAD_BELOW: Final = 0.05
"""What is added below for the chin, in heights of the box: the published 10 pixels, for a face 200 pixels high."""

_SMOOTH: Final = 2
"""Frames before and behind that a box is averaged with: the published window of five, but centred, and in one shot."""


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A rectangle in the picture, which may be turned.

    Attributes:
        x: column of its middle, in luma samples (whole numbers are centres of samples).
        y: row of its middle.
        width: in luma samples.
        height: in luma samples.
        angle: radians by which it is turned, clockwise as seen.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Affine map [2, 3] from columns and rows of the picture to those of the network's face."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        scale = np.array([FACE_SIZE / self.width, FACE_SIZE / self.height])
        linear = np.array([[cos, sin], [-sin, cos]]) * scale[:, None]
        # The box runs from edge to edge of the face's samples, whose centres are whole numbers.
        return np.asarray(np.c_[linear, (FACE_SIZE - 1) / 2 - linear @ np.array([self.x, self.y])], np.float64)

    def matrix_from(self, region: Region) -> NDArray[np.float64]:
        """Affine map [2, 3] from columns and rows of a region of the picture to those of the network's face."""
        matrix = self.matrix
        matrix[:, 2] += matrix[:, :2] @ np.array([region.x, region.y])
        return matrix

    @property
    def region(self) -> Region:
        """The smallest upright rectangle of whole samples around it."""
        cos, sin = abs(np.cos(self.angle)), abs(np.sin(self.angle))
        half_x = (self.width * cos + self.height * sin) / 2
        half_y = (self.width * sin + self.height * cos) / 2
        left, top = int(np.floor(self.x - half_x)), int(np.floor(self.y - half_y))
        right, bottom = int(np.ceil(self.x + half_x)) + 1, int(np.ceil(self.y + half_y)) + 1
        return Region(left, top, right - left, bottom - top)


def boxes_of(window: Sequence[MouthFrame], *, level: bool = True) -> list[FaceBox | None]:
    """Return the box of every frame of a window: averaged over five frames around it, of its own shot alone.

    Args:
        window: consecutive frames.
        level: turn the boxes so that the eyes are level.

    Returns:
        A box for each frame; None where there are no landmarks, or they are of no use.
    """
    raw = [_box(frame, level=level) for frame in window]
    smooth: list[FaceBox | None] = []
    for i, (frame, box) in enumerate(zip(window, raw, strict=True)):
        if box is None:
            smooth.append(None)
            continue
        near = range(max(0, i - _SMOOTH), min(len(window), i + _SMOOTH + 1))
        rows = [row for j in near if (row := raw[j]) is not None and window[j].shot == frame.shot]
        values = np.array([(row.x, row.y, row.width, row.height) for row in rows]).mean(0)
        # Differences of angles, not angles: these may lie on both sides of half a turn.
        turns = [np.remainder(row.angle - box.angle + np.pi, 2 * np.pi) - np.pi for row in rows]
        x, y, width, height = values.tolist()
        smooth.append(FaceBox(x, y, width, height, box.angle + float(np.mean(turns))))
    return smooth


def _box(frame: MouthFrame, *, level: bool) -> FaceBox | None:
    points = frame.landmarks
    if frame.crop is None or points is None or points.shape != (POINTS, 3) or not np.isfinite(points).all():
        return None
    flat = points[:, :2].astype(np.float64)
    across = flat[list(RIGHT_EYE)].mean(0) - flat[list(LEFT_EYE)].mean(0)
    angle = float(np.arctan2(across[1], across[0])) if level else 0.0
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    turned = flat @ turn.T
    low, high = turned.min(0), turned.max(0)
    size = high - low
    low, high = low - size * _GROW[:2], high + size * _GROW[2:]
    high[1] += _PAD_BELOW * (high[1] - low[1])
    width, height = high - low
    if min(width, height) < SMALLEST_FACE:
        return None
    x, y = (low + high) / 2 @ turn
    return FaceBox(float(x), float(y), float(width), float(height), angle)


def read_face(rgb: NDArray[np.float32], region: Region, box: FaceBox) -> NDArray[np.float32]:
    """Read what is inside a box.

    Args:
        rgb: [height, width, 3] picture of a region.
        region: where in the whole picture it is; beyond it, its edge is repeated.
        box: in luma samples of the whole picture.

    Returns:
        [96, 96, 3].
    """
    matrix = box.matrix_from(region)
    # Averaged first where several samples go into one: the interpolation that follows would skip some.
    step = min(box.width, box.height) / FACE_SIZE
    shrink = max(1, int(step))
    if shrink > 1:
        height, width = (size // shrink for size in rgb.shape[:2])
        whole = rgb[: height * shrink, : width * shrink]
        rgb = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.float32)
        matrix[:, 2] += matrix[:, :2] @ np.full(2, (shrink - 1) / 2)
        matrix[:, :2] *= shrink
    if step > shrink:  # what a whole factor has left
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.5 * np.sqrt((step / shrink) ** 2 - 1) + 1e-3), np.float32)
    size = (FACE_SIZE, FACE_SIZE)
    face = cv2.warpAffine(rgb, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(face, np.float32)
