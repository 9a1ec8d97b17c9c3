"""How a face looks beside the shape of its mouth: light, colour and sharpness, by which exemplars fit or not."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.planes.image import Crop
from vs_lipsync.planes.resample import readable

__all__ = ["LIGHT", "MOST_ENLARGED", "SCALES", "Conditions", "distances", "gains_of", "light_of", "sharpness_of"]

_SKIN = np.array([205, 425, 206, 426, 216, 436, 212, 432, 164, 200])
"""Points of the face on skin about the mouth: cheeks, folds, under the nose, chin."""

_LIP_POINTS = np.array([MOUTH[row] for row in (35, 33, 37, 25, 23, 27, 15, 13, 17, 5, 3, 7)])
"""Points of the face on the inner edges of the upper and the lower lip, then those on the outer edges beside them."""

_PATCH = np.array([(x, y) for y in (-0.03, 0.0, 0.03) for x in (-0.03, 0.0, 0.03)], np.float32)
"""Where samples are read about a place, in inter-ocular distances."""

LIGHT = 3 * (len(_SKIN) + len(_LIP_POINTS) // 2)
"""Number of values that describe light and colour."""

_LITTLE_CONTRAST = 0.01
"""Root mean square of light (0..1) up to which a plane says little of contrast."""

_SAME_LIGHT, _OTHER_LIGHT = 1.1, 1.25
"""Factors of contrast: up to the first, light is taken to be the same, and from the second on to be another. Within a
clip, where it is the same, 0.8 to 1.2 were found in five speakers, with a standard deviation of 0.03 to 0.1."""

_MOST_GAIN = 2.0

_SHARPNESS_POINTS = (50, 280, 6, 164)
"""Points about the nose and the cheeks, which speech hardly changes: the box in which sharpness is measured."""


SCALES = (-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0)
"""Binary logarithms of factors by which a mouth from other footage is enlarged, for which its detail is measured."""

MOST_ENLARGED = 1.0
"""The same of the greatest factor by which it may be: twice as large, it is as soft as one that was out of focus."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a mouth from another frame has to fit beside the shape asked for, in each of n frames.

    Attributes:
        angles: [n, 3] yaw, pitch and roll of the head in degrees.
        light: [n, LIGHT] from `light_of`.
        sharpness: [n] from `sharpness_of`.
        size: [n] binary logarithm of the inter-ocular distance in luma samples; None where there is no `detail`.
        detail: [n, k] sharpness when enlarged by each of `SCALES`; None where it is `sharpness` at any scale.
        elsewhere: [n] whether the frame is of other footage; None for none.
        gains: [n, 3] by what mouths of other footage are multiplied, plane by plane, to fit; None without such.
    """

    angles: NDArray[np.float64]
    light: NDArray[np.float64]
    sharpness: NDArray[np.float64]
    size: NDArray[np.float64] | None = None
    detail: NDArray[np.float64] | None = None
    elsewhere: NDArray[np.bool_] | None = None
    gains: NDArray[np.float64] | None = None

    def enlargement(self, here: "Conditions") -> NDArray[np.float64]:
        """Return by what factor these frames [m] are enlarged to fit others [n]: binary logarithms [n, m]."""
        assert self.size is not None and here.size is not None
        return np.asarray(here.size[:, None] - self.size[None], np.float64)

    def sharpness_for(self, here: "Conditions") -> NDArray[np.float64]:
        """Return how sharp these frames [m] are when they are enlarged to fit others [n]: [n, m]."""
        if self.detail is None:
            return self.sharpness[None]
        at = np.interp(self.enlargement(here), SCALES, np.arange(len(SCALES)))
        low = np.minimum(at.astype(np.int64), len(SCALES) - 2)
        columns = np.arange(len(self.detail))[None]
        one, other = self.detail[columns, low], self.detail[columns, low + 1]
        return np.asarray(one + (at - low) * (other - one), np.float64)

    def light_apart(self, here: "Conditions") -> NDArray[np.float64]:
        """Return the distance of light and colour between others [n] and these frames [m]: [n, m]."""
        apart = distances(here.light, self.light)
        if self.elsewhere is not None and self.elsewhere.any() and here.gains is not None:
            rows = np.flatnonzero(self.elsewhere)
            for at, gain in enumerate(here.gains):
                moved = (self.light[rows].reshape(len(rows), -1, 3) * gain).reshape(len(rows), -1)
                apart[at, rows] = np.sqrt(((moved - here.light[at]) ** 2).sum(1))
        return apart


def distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Euclidean distances [n, m] between vectors [n, k] and [m, k]."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)), np.float64)


def gains_of(light: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the factors [3] by which the contrast between skin and lips is greater, plane by plane.

    They are found in least squares, near 1 in planes that show little of it, and 1 where the light may be the same.

    Args:
        light: [LIGHT] from `light_of`, or a mean of several.
        other: [LIGHT] that of which the contrast is multiplied.
    """
    a, b = light.reshape(-1, 3), other.reshape(-1, 3)
    least = len(a) * _LITTLE_CONTRAST**2
    told = np.log(((a * b).sum(0) + least).clip(least) / ((b * b).sum(0) + least))
    low, high = np.log(_SAME_LIGHT), np.log(_OTHER_LIGHT)
    told *= np.clip((np.abs(told) - low) / (high - low), 0.0, 1.0)
    return np.asarray(np.clip(np.exp(told), 1 / _MOST_GAIN, _MOST_GAIN), np.float64)


def light_of(frame: MouthFrame, size: float) -> NDArray[np.float64]:
    """Return how light and colour differ over skin and lips [LIGHT], in parts of the range of the samples.

    A plane (a + b x + c y) over the skin is taken out of each plane of the picture, as the colour match of the renderer
    makes up for it: what is left shows where an exemplar would not fit. Gray has no colour: 0.

    Args:
        frame: with crop and landmarks.
        size: inter-ocular distance in luma samples.
    """
    assert frame.crop is not None and frame.landmarks is not None
    crop, edges = frame.crop, frame.landmarks[_LIP_POINTS, :2]
    lips = (edges[: len(edges) // 2] + edges[len(edges) // 2 :]) / 2
    places = np.concatenate([frame.landmarks[_SKIN, :2], lips])
    at = places[:, None] + _PATCH[None] * np.float32(size)
    values = np.zeros((len(places), 3))
    for plane in range(crop.format.planes):
        values[:, plane] = _read(crop, plane, at).mean(1) / crop.format.peak
    terms = np.ones((len(places), 3))
    terms[:, 1:] = (places - places.mean(0)) / size
    skin = terms[: len(_SKIN)]
    across = np.linalg.solve(skin.T @ skin, skin.T @ values[: len(_SKIN)])
    return np.asarray(values - terms @ across, np.float64).ravel()


def sharpness_of(frame: MouthFrame) -> float:
    """Return the logarithm of the finest detail about the nose and the cheeks, relative to the range of the samples.

    Args:
        frame: with crop and landmarks.
    """
    assert frame.crop is not None and frame.landmarks is not None
    crop = frame.crop
    points = frame.landmarks[list(_SHARPNESS_POINTS), :2] - [crop.region.x, crop.region.y]
    low, high = np.maximum(points.min(0), 0).astype(int), points.max(0).astype(int) + 1
    luma = crop.luma[low[1] : high[1], low[0] : high[0]]
    if min(luma.shape) < 3:
        return 0.0
    detail = cv2.Laplacian(np.asarray(luma, np.float32), cv2.CV_32F)
    return float(np.log(np.abs(detail).mean() / crop.format.peak + 1e-3))


def _read(crop: Crop, plane: int, at: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return samples of a plane at places [..., 2] of the picture, in luma samples."""
    shift_x, shift_y = crop.format.subsampling(plane)
    x = (at[..., 0] - np.float32(crop.region.x)) / np.float32(1 << shift_x)
    y = (at[..., 1] - np.float32(crop.region.y)) / np.float32(1 << shift_y)
    return np.asarray(
        cv2.remap(readable(crop.planes[plane]), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float64
    )
