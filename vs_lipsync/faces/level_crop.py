"""Square cut-outs of a picture about a face, turned until its eyes are level: what nets look at."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["LevelCrop"]


@dataclass(frozen=True, slots=True)
class LevelCrop:
    """A cut-out, and how its places lie in the picture.

    Attributes:
        rgb: [side, side, 3] uint8.
        matrix: [2, 3] from pixels of the shrunk picture to those of the cut-out.
        shrink: whole number by which the picture was shrunk.
        origin: [2] pixel of the picture at which the shrunk part begins.
    """

    rgb: NDArray[np.uint8]
    matrix: NDArray[np.float64]
    shrink: int
    origin: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        rgb: NDArray[np.uint8],
        centre: NDArray[np.floating],
        size: float,
        eyes: NDArray[np.floating],
        side: int,
        *,
        alias: float = 4.0,
    ) -> Self:
        """Cut out a square.

        Args:
            rgb: [height, width, 3] the picture.
            centre: [2] middle of the square in pixels of the picture.
            size: side of the square in pixels of the picture.
            eyes: [2, 2] middles of the left and the right eye.
            side: side of the cut-out in its own pixels.
            alias: times that the square is as large as the cut-out from which on it is shrunk by a whole number before
                it is turned, to between half of this and this: the warp's bilinear taps would alias.
        """
        across = eyes[1] - eyes[0]
        angle = float(np.degrees(np.arctan2(across[1], across[0])))
        shrink = int(size / side * 2 / alias)
        if shrink >= 2:
            rgb, origin = _shrunk(rgb, centre, size, shrink)
        else:
            shrink, origin = 1, np.zeros(2)
        to_small = (np.asarray(centre, np.float64) - origin + 0.5) / shrink - 0.5
        scale = side * shrink / size
        matrix = np.asarray(cv2.getRotationMatrix2D((float(to_small[0]), float(to_small[1])), angle, scale), np.float64)
        matrix[:, 2] += (side - 1) / 2 - to_small
        return cls(np.asarray(cv2.warpAffine(rgb, matrix, (side, side)), np.uint8), matrix, shrink, origin)

    def inside(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Take points [..., 2] of the picture to pixels of the cut-out."""
        small = (np.asarray(points, np.float64) - self.origin + 0.5) / self.shrink - 0.5
        return small @ self.matrix[:, :2].T + self.matrix[:, 2]

    def outside(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Take points [..., 2] of the cut-out to pixels of the picture."""
        back = cv2.invertAffineTransform(self.matrix)
        return np.asarray(((points @ back[:, :2].T + back[:, 2]) + 0.5) * self.shrink - 0.5 + self.origin, np.float64)


def _shrunk(
    rgb: NDArray[np.uint8], centre: NDArray[np.floating], side: float, shrink: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Cut out what a turned crop can reach, shrunk by a whole number: the picture and its first pixel's corner."""
    reach = side * 0.75
    size = np.array([rgb.shape[1], rgb.shape[0]])
    low = np.clip(np.floor(centre - reach), 0, np.maximum(size - shrink, 0)).astype(int)
    high = np.minimum(np.ceil(centre + reach), size).astype(int)
    high = np.maximum(low + (high - low) // shrink * shrink, low + shrink)
    part = rgb[low[1] : high[1], low[0] : high[0]]
    smaller = cv2.resize(
        part, (part.shape[1] // shrink or 1, part.shape[0] // shrink or 1), interpolation=cv2.INTER_AREA
    )
    return np.asarray(smaller, np.uint8), low.astype(np.float64)
