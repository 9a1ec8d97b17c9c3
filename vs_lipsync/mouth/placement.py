"""Where a mouth sits on a face."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import Pose

__all__ = ["NOSE", "Placement"]

NOSE = (1, 2, 98, 327)
"""Tip and base of the nose: near the mouth, and hardly moved by speech."""


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
        return cls(pose, pose.remove(face[list(NOSE)]).mean(0))

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
