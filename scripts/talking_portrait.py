"""Move the mouth of a portrait that smiles with its teeth showing: footage of a speaker, made from a still.

The picture is taken apart like a puppet: the upper lip and what is above it, the lower lip and the jaw below it, and
the teeth, which stay where they are, over a dark interior. The lips are moved over it and laid together again.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from vs_lipsync.faces.blazeface import Detection, short_range
from vs_lipsync.faces.face_landmarker import FaceLandmarker, around
from vs_lipsync.faces.landmarks import INNER_LIP, JAW

__all__ = ["SCALE", "TalkingPortrait"]

SCALE = 4
"""The picture is enlarged by this, so that edges can move by fractions of its own samples."""

_DARK = (52.0, 22.0, 22.0)  # inside of a mouth, RGB

type Picture = NDArray[np.uint8]
type Field = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A part of the picture that moves as one.

    Attributes:
        mask: [height, width] in 0..1: what belongs to it, in the still picture.
        closing: [height, width] how far down each of its samples goes when the lips meet.
        opening: the same for each pixel that the jaw drops.
    """

    mask: Field
    closing: Field
    opening: Field


class TalkingPortrait:
    """A portrait whose mouth can be opened and closed."""

    def __init__(self, picture: Picture) -> None:
        """Find the face and take it apart.

        Args:
            picture: [height, width, 3] RGB, of one person who smiles with lips apart, looking at the camera.
        """
        size = (picture.shape[1] * SCALE, picture.shape[0] * SCALE)
        self._whole = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        face = max(short_range()(picture), key=lambda found: found.size)
        centre, side = face.centre * SCALE, face.size * SCALE
        left, top = (max(int(value - 0.8 * side), 0) for value in centre)
        right, bottom = (int(value + 0.8 * side) for value in centre)
        self._where = (slice(top, bottom), slice(left, right))
        self._picture = np.ascontiguousarray(self._whole[self._where])
        size = (self._picture.shape[1], self._picture.shape[0])
        landmarker = FaceLandmarker()
        rough = Detection(centre - (left, top), side, face.score, face.eyes * SCALE - (left, top))
        points, _ = landmarker(self._picture, around(*landmarker(self._picture, rough)))
        self._middle, self._bottom = points[13, :2].astype(float), float(points[list(JAW), 1].max())
        self._x, self._y = np.meshgrid(
            np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32), indexing="xy"
        )
        lower, upper = points[list(INNER_LIP[:11]), :2], points[[*INNER_LIP[:1], *INNER_LIP[11:], INNER_LIP[10]], :2]
        self._upper_edge, self._lower_edge = self._edge(upper), self._edge(lower)
        self._gap = np.maximum(self._lower_edge - self._upper_edge, 0.0)
        self._half_width = float(lower[-1, 0] - lower[0, 0]) / 2
        self._layers = (self._lip_above(), self._lip_below())

    def render(self, opening: float, narrowing: float) -> Picture:
        """Return the picture, SCALE times as large, with another mouth.

        Args:
            opening: 0 lips closed, 1 as in the picture, 2 twice as far open.
            narrowing: by which part the mouth is less wide than in the picture; 0 to about 0.15.
        """
        out = self._interior(opening)
        for layer in self._layers:
            amount = max(1.0 - opening, 0.0) * layer.closing
            amount = amount + max(opening - 1.0, 0.0) * float(self._gap.max()) * layer.opening
            source_y = self._y - amount
            for _ in range(4):  # the field says where samples go; this finds where they come from
                moved = cv2.remap(amount, self._x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                source_y = self._y - moved
            samples = cv2.remap(self._picture, self._x, source_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            mask = cv2.remap(layer.mask, self._x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            out += mask[..., None] * (samples - out)
        from_middle = self._x - np.float32(self._middle[0])
        reach = np.exp(
            -((from_middle / (1.6 * self._half_width)) ** 2)
            - ((self._y - np.float32(self._middle[1])) / (0.9 * self._half_width)) ** 2
        )
        wider = self._x + np.float32(narrowing) * from_middle * reach
        final = cv2.remap(out, wider, self._y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        whole = self._whole.copy()
        whole[self._where] = np.clip(final + 0.5, 0, 255)
        return whole

    def _edge(self, contour: NDArray[np.floating]) -> Field:
        """Return the height [1, width] of a lip's inner edge over every column; level beyond the corners."""
        order = np.argsort(contour[:, 0])
        curve = PchipInterpolator(contour[order, 0], contour[order, 1])
        return np.asarray(curve(np.clip(self._x[:1], contour[:, 0].min(), contour[:, 0].max())), np.float32)

    def _lip_above(self) -> _Layer:
        depth = self._upper_edge - self._y  # above the edge
        near = 1 - _step(0.0, 0.5 * self._half_width, depth)
        share = (0.4 * self._gap + _overlap(self._gap)) * near
        lifted = -0.12 * self._gap / self._gap.max() * near
        beyond_corners = np.asarray(self._gap == 0, np.float32)  # there the layers meet and nothing is between them
        return _Layer(np.maximum(_step(-1.5, 1.5, depth), beyond_corners), share, lifted)

    def _lip_below(self) -> _Layer:
        depth = self._y - self._lower_edge
        to_chin = self._bottom - float(self._lower_edge.max())
        near = 1 - _step(0.0, 0.8 * to_chin, depth)
        share = -(0.6 * self._gap + _overlap(self._gap)) * near
        # The jaw takes its whole breadth along, and the neck gives way below it.
        from_middle = np.abs(self._x - np.float32(self._middle[0])) / np.float32(self._half_width)
        jaw = (1 - _step(0.6, 1.7, from_middle)) * (1 - _step(0.7 * to_chin, 1.9 * to_chin, depth))
        lip = self._gap / self._gap.max()
        weight = _step(0.0, 0.7 * to_chin, depth)
        return _Layer(_step(-1.5, 1.5, depth), share, (1 - weight) * lip * jaw + weight * 0.8 * jaw)

    def _interior(self, opening: float) -> NDArray[np.float32]:
        """Return the teeth of the picture over a dark ground [height, width, 3]."""
        inside = np.maximum(self._y, self._upper_edge + 3.0)
        teeth = cv2.remap(self._picture, self._x, inside, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        below = _step(-3.0, 3.0, self._y - self._lower_edge)[..., None]
        # Less light falls between lips that are close, and what does is red from them.
        shade = 1 - max(1 - opening, 0.0) * np.asarray((0.25, 0.4, 0.42), np.float32)
        dark = np.asarray(_DARK, np.float32)
        return np.asarray((teeth + below * (dark - teeth)) * shade, np.float32)


def _overlap(gap: Field) -> Field:
    """Return how far closed lips press into each other [1, width]; nothing of the teeth may shine through."""
    return np.asarray(3.0 * np.minimum(gap / 6.0, 1.0))


def _step(start: float, end: float, values: Field) -> Field:
    """Return a smooth step from 0 at `start` to 1 at `end`."""
    way = np.clip((values - start) / (end - start), 0.0, 1.0)
    return np.asarray(way * way * (3 - 2 * way), np.float32)
