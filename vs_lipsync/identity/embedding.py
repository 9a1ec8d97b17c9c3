"""Who a face is: 128 numbers of a crop, close to each other for one person and far apart for two."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import LEFT_EYE, RIGHT_EYE, Pose, inter_ocular
from vs_lipsync.identity.face_net import NUMBERS, SIDE, FaceNet
from vs_lipsync.planes.image import Crop
from vs_lipsync.planes.rgb import to_rgb
from vs_lipsync.workers import map_on_workers

__all__ = ["chip", "distance", "embed", "quality"]

_SHAPE: Final = np.array([(0.1352, 0.2207), (0.3537, 0.2307), (0.6353, 0.2344), (0.8448, 0.2291), (0.4949, 0.6113)])
"""Where dlib's chips have the corners of the eyes, from left to right, and the base of the nose: x, y in 0..1 of the
chip without its padding. dlib's own (`dlib/image_transforms/interpolation.h`, get_face_chip_details) are those of its
five-point shape predictor; these are where the landmark net's points lie in such chips, the mean over 51 clips."""

_POINTS: Final = (*LEFT_EYE, *RIGHT_EYE, 2)
"""The same points of the face mesh."""

_PADDING: Final = 0.25
"""Room on each side of a chip, in sizes of what it is without."""

_LEAST_UNIT: Final = 14.0
"""Pixels between the eyes below which a face could be anybody's."""

_LARGE_UNIT: Final = 40.0
"""Pixels between the eyes from which a chip is not enlarged by more than 1.4: it is as good as it gets."""

_MAX_TURN: Final = 50.0
"""Degrees of yaw or pitch beyond which a face is not compared: as far as the landmark net sees heads turned, which it
flattens. On the trial footage faces of more than 40 were still closer to the same person's from the front (0.36 to
0.50) than to anybody else's (0.54 and more)."""

_LEAST_PRESENCE: Final = 6.0
"""The landmark net's logit below which a face is not compared. Of 466 faces of the trial footage those from 8 to 10
were 0.42 and less from the same person's and 0.53 and more from anybody else's; 7 lay below that."""


def quality(face: Face) -> float:
    """Return how well a face shows who it is: 1 for a large, frontal one, 0 for one that is not to be compared.

    It depends on the landmarks alone, in luma samples, so that the best face of many is found without their pixels.
    """
    unit = float(inter_ocular(face.landmarks))
    yaw, pitch, _ = Pose.of(face.landmarks).angles
    turn = max(abs(yaw), abs(pitch)) / _MAX_TURN
    if unit < _LEAST_UNIT or turn >= 1 or face.presence < _LEAST_PRESENCE:
        return 0.0
    return min(unit / _LARGE_UNIT, 1.0) * (1.0 - turn**2)


def chip(crop: Crop, landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut out a face as the net was trained with: [150, 150, 3] RGB, turned level.

    Args:
        crop: the face and some room around it; what lies outside repeats its border.
        landmarks: [468, 3] in luma samples of the picture.
    """
    seen = landmarks[list(_POINTS), :2] - (crop.region.x, crop.region.y)
    wanted = (_SHAPE + _PADDING) / (1 + 2 * _PADDING) * SIDE
    matrix = _similarity(seen.astype(np.float64), wanted)
    rgb = (np.clip(to_rgb(crop), 0, 1) * 255).astype(np.uint8)
    shrink = int(1 / np.hypot(matrix[0, 0], matrix[0, 1]))
    if shrink >= 2:  # the warp's bilinear taps would alias
        height, width = (max(1, side // shrink) for side in rgb.shape[:2])
        rgb = np.asarray(
            cv2.resize(rgb[: height * shrink, : width * shrink], (width, height), interpolation=cv2.INTER_AREA)
        )
        matrix = _similarity((seen + 0.5) / shrink - 0.5, wanted)
    return np.asarray(cv2.warpAffine(rgb, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def embed(chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Return the numbers [n, 128] of faces cut out by `chip`; the distance of two faces is Euclidean."""
    made = map_on_workers(lambda one: _net()(one[None]), chips)
    return np.concatenate(made) if made else np.empty((0, NUMBERS), np.float32)


def distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return how far apart two faces' numbers are: to about 0.5 for one person, from about 0.6 for two."""
    return float(np.linalg.norm(np.asarray(a, np.float64) - b))


@cache
def _net() -> FaceNet:
    return FaceNet()


def _similarity(points: NDArray[np.floating], onto: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the matrix [2, 3] that turns, scales and moves points [n, 2] onto others in least squares."""
    centre, origin = points.mean(0), onto.mean(0)
    a, b = (points - centre) @ (1, 1j), (onto - origin) @ (1, 1j)
    factor = (a.conj() @ b) / (a.conj() @ a).real
    linear = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.hstack([linear, (origin - linear @ centre)[:, None]])
