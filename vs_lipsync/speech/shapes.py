"""The space of lip motions: what the numbers of a motion net mean."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH_POINTS, mouth_opening

__all__ = ["OPENINGS", "Shapes", "parts_of_openings"]

OPENINGS: Final = (0.0, 0.02, 0.05, 0.1, 0.2)
"""Openings beyond the closed mouth, in inter-ocular units, between which `Shapes.bias` is linear."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """The space of lip motions, and how far to go in it.

    A net says `points = mean + (components * deviation) @ basis`. It errs to the safe side: it moves the mouth more
    slowly and opens it less far than people do, and seldom shuts it. So what is fast in its opening is strengthened by
    `sharpness`; an opening up to `rest`, and up to `closing` more the surer the net is that lips touch, becomes none;
    and what is above is multiplied by `gain`, along `direction`, and so is all else that the mouth does. What is then
    still off on average in mouths that are equally far open, such as closed lips that lie too low, is taken away.

    Attributes:
        mean: [159] mean displacement of the 53 points from the closed mouth, inter-ocular units.
        basis: [components, 159] principal directions, orthonormal.
        deviation: [components] standard deviation along each.
        direction: [159] how the points go when the mouth opens by 1, except sideways: a mouth that closes would become
            narrow as well.
        bias: [5, 159] what is off at the openings `OPENINGS`; it has no opening of its own.
        rest: opening that a net asks for at the least, inter-ocular units.
        closing: opening that it asks for beyond that where it says that lips touch, inter-ocular units.
        sharpness: how many times the difference between an opening and the mean around it is added once more.
        gain: real opening for each unit of the net's.
        spread: standard deviation of the mouth opening of the model's motion while people speak.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    deviation: NDArray[np.float32]
    direction: NDArray[np.float32]
    bias: NDArray[np.float32]
    rest: float = 0.0
    closing: float = 0.0
    sharpness: float = 0.0
    gain: float = 1.0
    spread: float = 0.0

    def displacement(self, codes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the displacement [n, 53, 3] that a net asks for with its numbers [n, components], as it is."""
        moved = self.mean + (codes * self.deviation) @ self.basis
        return np.asarray(moved, np.float32).reshape(-1, MOUTH_POINTS, 3)

    def points(self, codes: NDArray[np.float32], touching: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the displacement of the points [n, 53, 3] for a net's numbers in n consecutive frames.

        Args:
            codes: [n, components] motion in standard deviations of each component.
            touching: [n] probability of the lips touching.
        """
        moved = self.displacement(codes)
        predicted = np.asarray(mouth_opening(moved), np.float32)
        opened = self._opened(predicted, touching)
        moved = moved.reshape(len(codes), -1) + (opened - predicted)[:, None] * self.direction
        bias = parts_of_openings(np.float32(self.gain) * opened) @ self.bias
        return np.asarray(np.float32(self.gain) * moved - bias, np.float32).reshape(-1, MOUTH_POINTS, 3)

    def opening(self, codes: NDArray[np.float32], touching: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mouth opening [n] of `points`, without making them."""
        of_mean = mouth_opening(self.mean.reshape(MOUTH_POINTS, 3))
        of_each = mouth_opening(self.basis.reshape(-1, MOUTH_POINTS, 3)) * self.deviation
        predicted = np.asarray(of_mean + codes @ of_each, np.float32)
        return np.asarray(np.float32(self.gain) * self._opened(predicted, touching), np.float32)

    def _opened(self, predicted: NDArray[np.float32], touching: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the openings [n], before any gain, for those that a net asks for [n].

        The mean around a frame is of it and its neighbours, weighted 1, 2, 1.
        """
        padded = np.pad(predicted, 1, mode="edge")
        around = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
        sharpened = predicted + np.float32(self.sharpness) * (predicted - around)
        least = np.float32(self.rest) + np.float32(self.closing) * touching
        return np.asarray(np.maximum(sharpened - least, 0), np.float32)


def parts_of_openings(openings: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return how much [n, 5] of each of `OPENINGS` is in openings [n]: at most two neighbours, 1 together."""
    nodes = np.eye(len(OPENINGS), dtype=np.float32)
    return np.stack([np.interp(openings, OPENINGS, node) for node in nodes], 1).astype(np.float32)
