"""The frames of a window as mouth shapes: what the generators compare, choose from and warp."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.landmarks import LIPS, MOUTH, POINTS, Pose
from vs_lipsync.mouth.base import MouthFrame

__all__ = ["Footage", "Placement"]

_NOSE = (1, 2, 98, 327)
"""Tip and base of the nose: near the mouth, and hardly moved by speech."""

_SMALLEST_EYE_DISTANCE = 10.0
"""Luma samples between the eyes below which a face is left alone: its lips are then a few samples high."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the mouth sits on a face: the pose of the head, and in the pose-free frame the nose as the origin.

    The pose comes from the upper half of the face; carried down to the mouth, its small errors of pitch move the lips
    up and down by more than their own width. Measured from the nose, the upper lip strays half as far.

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
        placements: where the mouths sit, None where not usable.
    """

    frames: Sequence[MouthFrame]
    usable: NDArray[np.bool_]
    shots: NDArray[np.int64]
    shapes: NDArray[np.float64]
    angles: NDArray[np.float64]
    placements: Sequence[Placement | None]

    @classmethod
    def of(cls, frames: Sequence[MouthFrame]) -> "Footage":
        """Take the pose out of every usable frame of a window."""
        count = len(frames)
        usable = np.zeros(count, bool)
        shapes = np.zeros((count, len(MOUTH), 3))
        angles = np.zeros((count, 3))
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
            placements[i] = placement
        shots = np.array([frame.shot for frame in frames], np.int64)
        return cls(frames, usable, shots, shapes, angles, placements)


def _worth_posing(frame: MouthFrame) -> bool:
    """Whether a frame has a crop and sound landmarks with the lips inside the crop."""
    if frame.crop is None or frame.landmarks is None:
        return False
    if frame.landmarks.shape != (POINTS, 3) or not np.isfinite(frame.landmarks).all():
        return False
    region, lips = frame.crop.region, frame.landmarks[list(LIPS), :2]
    low, high = lips.min(0), lips.max(0)
    inside = low[0] > region.x and low[1] > region.y and high[0] < region.right - 1 and high[1] < region.bottom - 1
    return bool(inside and np.ptp(frame.landmarks[:, :2], axis=0).min() > 0)
