"""Measures of a window's frames: mouth shapes without the head pose, and the brightness of the mouths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH_POINTS
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.look import LIGHT, Conditions
from vs_lipsync.mouth.measures import APPEARANCE, KnownMeasures, measures_of
from vs_lipsync.mouth.placement import Placement

__all__ = ["Footage"]


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
    def of(cls, frames: Sequence[MouthFrame], known: KnownMeasures | None = None) -> "Footage":
        """Measure the frames of a window, but for those that are known."""
        count = len(frames)
        usable = np.zeros(count, bool)
        shapes = np.zeros((count, MOUTH_POINTS, 3))
        angles = np.zeros((count, 3))
        appearance = np.zeros((count, APPEARANCE))
        light, detail = np.zeros((count, LIGHT)), np.zeros(count)
        placements: list[Placement | None] = [None] * count
        for i, measures in enumerate(map(known or measures_of, frames)):
            if measures is None:
                continue
            usable[i] = True
            placements[i], shapes[i], appearance[i] = measures.placement, measures.shape, measures.appearance
            angles[i] = measures.placement.pose.angles
            light[i], detail[i] = measures.light, measures.sharpness
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
