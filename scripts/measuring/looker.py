"""A mouth as the landmark net sees it in several crops of one picture."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face_landmarker import FaceLandmarker, around
from vs_lipsync.faces.landmarks import MOUTH, mouth_opening, mouth_width
from vs_lipsync.mouth.placement import Placement
from vs_lipsync.planes.image import Crop
from vs_lipsync.planes.rgb import to_rgb

__all__ = ["Looker"]


class Looker:
    """The landmark net in several crops of one picture."""

    def __init__(self, crops: int) -> None:
        self._landmarker = FaceLandmarker()
        self._shifts = np.random.default_rng(0).uniform(-1, 1, (crops, 3)) if crops > 1 else np.zeros((1, 3))

    def mouth(self, crop: Crop, landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the opening and the width [2] of the mouth in a cut-out, near known landmarks."""
        shapes = self._shapes(crop, landmarks)
        return np.array([np.mean(mouth_opening(shapes)), np.mean(mouth_width(shapes))])

    def shape(self, crop: Crop, landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the mouth [53, 3] in a cut-out in the pose-free frame, near known landmarks."""
        return np.asarray(self._shapes(crop, landmarks).mean(0), np.float64)

    def _shapes(self, crop: Crop, landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the mouth in each crop [n, 53, 3]."""
        rgb = np.clip(np.rint(255 * to_rgb(crop)), 0, 255).astype(np.uint8)
        origin = np.array([crop.region.x, crop.region.y, 0], np.float32)
        points, presence = self._landmarker(rgb, around(landmarks - origin, 1.0))
        there = around(points, presence)
        seen = []
        for x, y, size in self._shifts:
            moved = replace(there, centre=there.centre + np.float32(0.02 * there.size) * np.array([x, y], np.float32),
                            size=there.size * (1 + 0.03 * size))  # fmt: skip
            points, _ = self._landmarker(rgb, moved)
            seen.append(Placement.of(points).remove(points[list(MOUTH)]))
        return np.array(seen)
