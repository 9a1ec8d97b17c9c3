"""Lip motion that is known, since it is another clip's lips as the landmark net sees them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from scripts.measuring.footage import Measured
from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.mouth.request import LipMotionSamples

__all__ = ["DrivenMotion"]


@dataclass
class DrivenSamples:
    """A driver's motion at some times."""

    points: NDArray[np.float64]
    inside: NDArray[np.bool_]


class DrivenMotion:
    """The lips of another clip, over and over."""

    def __init__(self, driver: Measured) -> None:
        footage = Footage.of(driver.frames)
        shapes = footage.shapes[footage.usable]
        openings = mouth_opening(shapes)
        # A net's motion is smooth; what the landmark net sees jitters from frame to frame.
        self._points = gaussian_filter1d(shapes, 0.7, axis=0) - shapes[openings <= np.quantile(openings, 0.15)].mean(0)
        self._rate = driver.rate
        self.spread = float(openings.std())

    def at(self, times: NDArray[np.float64]) -> LipMotionSamples:
        """Return the motion."""
        position = np.maximum(times, 0) * self._rate % (len(self._points) - 1)
        low = position.astype(int)
        part = (position - low)[:, None, None]
        return DrivenSamples(self._points[low] * (1 - part) + self._points[low + 1] * part, times >= 0)
