"""What is measured of each frame of the footage: the mouth without the head's pose, and how it looks."""

from dataclasses import dataclass
from threading import Lock
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS, MOUTH, POINTS
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.look import light_of, sharpness_of
from vs_lipsync.mouth.placement import Placement
from vs_lipsync.planes.resample import readable

__all__ = ["APPEARANCE", "KnownMeasures", "Measures", "measures_of"]

_APPEARANCE_ROWS = np.array([-0.4, 0.1, 0.3, 0.5, 0.7, 0.9, 1.4], np.float32)
"""Heights at which brightness is read, 0 being the inner edge of the upper lip and 1 that of the lower one; others than
0..1 lie on the lips, in units of the gap or of a tenth of the inter-ocular distance, whichever is more."""

APPEARANCE: Final = 9 * len(_APPEARANCE_ROWS)
"""Number of values that describe the appearance of a mouth."""

_SMALLEST_EYE_DISTANCE = 10.0
"""Luma samples between the eyes up to which a face is not dubbed: its lips are then a few samples high."""

KEPT: Final = 512
"""Frames whose measures are kept: those of three windows, in which each frame lies."""


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of one frame.

    Attributes:
        placement: where the mouth sits.
        shape: [53, 3] the mouth (layout `MOUTH`) in the pose-free frame about the nose.
        appearance: [APPEARANCE] brightness 0..1 at places between and on the lips.
        light: [LIGHT] how light and colour differ over skin and lips, see `look.light_of`.
        sharpness: logarithm of the finest detail about the nose, see `look.sharpness_of`.
    """

    placement: Placement
    shape: NDArray[np.float64]
    appearance: NDArray[np.float64]
    light: NDArray[np.float64]
    sharpness: float


class KnownMeasures:
    """Measures of the frames of one clip, each of which lies in the windows of several chunks. Safe among threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[tuple[int, bytes], Measures | None] = {}

    def __call__(self, frame: MouthFrame) -> Measures | None:
        """Return the measures of a frame; those with the same number show the same picture."""
        # Near the ends of a window, landmarks are smoothed over fewer frames.
        key = frame.number, b"" if frame.landmarks is None else frame.landmarks.tobytes()
        with self._lock:
            known = key in self._known
            measures = self._known.pop(key, None)
        if not known:
            measures = measures_of(frame)
        with self._lock:
            self._known[key] = measures  # as the latest
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return measures


def measures_of(frame: MouthFrame) -> Measures | None:
    """Return the measures of a frame; None if it shows no face that can be worked on."""
    if not _worth_posing(frame):
        return None
    assert frame.landmarks is not None
    # Not of several frames at once, with which the last bits would depend on how many there are.
    placement = Placement.of(frame.landmarks)
    if not placement.size > _SMALLEST_EYE_DISTANCE:
        return None
    shape, appearance = placement.remove(frame.landmarks[list(MOUTH)]), _appearance(frame, placement.size)
    return Measures(placement, shape, appearance, light_of(frame, placement.size), sharpness_of(frame))


def _appearance(frame: MouthFrame, size: float) -> NDArray[np.float64]:
    """Return the brightness [63] of a mouth, 0..1, at places that move with the lips: see `_APPEARANCE_ROWS`."""
    assert frame.crop is not None and frame.landmarks is not None
    crop = frame.crop
    points = frame.landmarks[list(MOUTH), :2] - np.array([crop.region.x, crop.region.y], np.float32)
    lower, upper = points[21:30], points[31:40]
    middle, half = (lower + upper) / 2, (lower - upper) / 2
    away = np.maximum(np.abs(half[:, 1]), 0.05 * size)
    at = _APPEARANCE_ROWS[:, None] * 2 - 1
    x = middle[:, 0] + at * half[:, 0]
    y = middle[:, 1] + at * np.where(np.abs(at) > 1, away, half[:, 1])
    read = cv2.remap(readable(crop.luma), x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(read, np.float64).ravel() / crop.format.peak


def _worth_posing(frame: MouthFrame) -> bool:
    """Return whether a frame has a crop, finite landmarks [468, 3], and the lips inside the crop."""
    if frame.crop is None or frame.landmarks is None:
        return False
    if frame.landmarks.shape != (POINTS, 3) or not np.isfinite(frame.landmarks).all():
        return False
    region, lips = frame.crop.region, frame.landmarks[list(LIPS), :2]
    low, high = lips.min(0), lips.max(0)
    inside = low[0] > region.x and low[1] > region.y and high[0] < region.right - 1 and high[1] < region.bottom - 1
    return bool(inside and np.ptp(frame.landmarks[:, :2], axis=0).min() > 0)
