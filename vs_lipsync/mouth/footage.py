"""Measures of a window's frames: mouth shapes without the head pose, and the brightness of the mouths."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LIPS, MOUTH, MOUTH_POINTS, POINTS, Pose
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.look import LIGHT, Conditions, light_of, sharpness_of
from vs_lipsync.planes.resample import readable

__all__ = ["Footage", "Placement"]

_NOSE = (1, 2, 98, 327)
"""Tip and base of the nose: near the mouth, and hardly moved by speech."""

_APPEARANCE_ROWS = np.array([-0.4, 0.1, 0.3, 0.5, 0.7, 0.9, 1.4], np.float32)
"""Heights at which brightness is read, 0 being the inner edge of the upper lip and 1 that of the lower one; others than
0..1 lie on the lips, in units of the gap or of a tenth of the inter-ocular distance, whichever is more."""

_SMALLEST_EYE_DISTANCE = 10.0
"""Luma samples between the eyes up to which a face is not dubbed: its lips are then a few samples high."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the mouth sits on a face: the pose of the head, and in the pose-free frame the nose as the origin.

    The pose is fitted to the upper half of the face; extrapolated to the mouth, its small errors of pitch move the lips
    up and down by more than their own width. Relative to the nose, the upper lip moves half as far.

    Attributes:
        pose: pose of the head.
        nose: [3] mean of the nose's points in the pose-free frame.
    """

    pose: Pose
    nose: NDArray[np.float64]

    @classmethod
    def of(cls, face: NDArray[np.floating]) -> "Placement":
        """Find the placement on a face [468, 3]."""
        pose = Pose.of(face)
        return cls(pose, pose.remove(face[list(_NOSE)]).mean(0))

    def remove(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Take points [..., 3] of the face to the pose-free frame about the nose."""
        return self.pose.remove(points) - self.nose

    def restore(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Take points [..., 3] of the pose-free frame about the nose to where the face is."""
        return self.pose.restore(points + self.nose)

    @property
    def size(self) -> float:
        """Inter-ocular distance in luma samples."""
        return 1.0 / self.pose.scale


@dataclass(frozen=True, slots=True)
class Footage:
    """The frames of a window with the head pose taken out.

    Attributes:
        frames: the window.
        usable: [n] whether the frame shows a face that can be worked on; the arrays below are 0 where not.
        shots: [n] number of the first frame of each frame's shot.
        shapes: [n, 53, 3] mouth shapes (layout `MOUTH`) in the pose-free frame about the nose.
        angles: [n, 3] yaw, pitch and roll in degrees.
        appearance: [n, 63] brightness 0..1 at places between and on the lips, by which teeth and a dark mouth differ.
        light: [n, LIGHT] how light and colour differ over skin and lips, see `look.light_of`.
        sharpness: [n] logarithm of the finest detail about the nose, see `look.sharpness_of`.
        placements: where the mouths sit, None where not usable.
        elsewhere: [n] whether the frame is of other footage.
        detail: [n, k] sharpness at several scales, see `look.Conditions`; None without frames of other footage.
        gains: [n, 3] by what mouths of other footage are multiplied to fit the frame; None without such.
    """

    frames: Sequence[MouthFrame]
    usable: NDArray[np.bool_]
    shots: NDArray[np.int64]
    shapes: NDArray[np.float64]
    angles: NDArray[np.float64]
    appearance: NDArray[np.float64]
    light: NDArray[np.float64]
    sharpness: NDArray[np.float64]
    placements: Sequence[Placement | None]
    elsewhere: NDArray[np.bool_]
    detail: NDArray[np.float64] | None = None
    gains: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, frames: Sequence[MouthFrame]) -> "Footage":
        """Measure the frames of a window."""
        count = len(frames)
        usable = np.zeros(count, bool)
        shapes = np.zeros((count, MOUTH_POINTS, 3))
        angles = np.zeros((count, 3))
        appearance = np.zeros((count, 9 * len(_APPEARANCE_ROWS)))
        light, detail = np.zeros((count, LIGHT)), np.zeros(count)
        placements: list[Placement | None] = [None] * count
        for i, frame in enumerate(frames):
            if not _worth_posing(frame):
                continue
            assert frame.landmarks is not None
            placement = Placement.of(frame.landmarks)
            if not placement.size > _SMALLEST_EYE_DISTANCE:
                continue
            usable[i] = True
            shapes[i] = placement.remove(frame.landmarks[list(MOUTH)])
            angles[i] = placement.pose.angles
            appearance[i] = _appearance(frame, placement.size)
            light[i], detail[i] = light_of(frame, placement.size), sharpness_of(frame)
            placements[i] = placement
        shots = np.array([frame.shot for frame in frames], np.int64)
        elsewhere = np.zeros(count, bool)
        return cls(frames, usable, shots, shapes, angles, appearance, light, detail, placements, elsewhere)

    @property
    def sizes(self) -> NDArray[np.float64]:
        """[n] inter-ocular distances in luma samples; 1 where not usable."""
        return np.array([1.0 if one is None else one.size for one in self.placements])

    def candidates(self, members: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the frames of which mouths may be taken: some of the clip's own, and behind them all others."""
        return np.asarray(np.r_[members, np.flatnonzero(self.elsewhere)], np.int64)

    def conditions(self, indices: NDArray[np.integer] | slice) -> Conditions:
        """Return what a mouth has to fit in some frames of the window."""
        of_frames = self.angles[indices], self.light[indices], self.sharpness[indices]
        if self.detail is None:
            return Conditions(*of_frames)
        gains = None if self.gains is None else self.gains[indices]
        size = np.log2(self.sizes[indices])
        return Conditions(*of_frames, size, self.detail[indices], self.elsewhere[indices], gains)


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
