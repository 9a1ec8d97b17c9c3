"""BlazeFace: where the faces of a picture are.

MediaPipe's two detectors, through ONNX Runtime. Full range finds small faces and is asked first;
short range was made for faces close to a camera, and finds the few that fill the picture so that full range misses
them.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.weights.onnx import reproducible_session
from vs_lipsync.weights.shipped import shipped_model

__all__ = ["Detection", "full_range", "overlap", "short_range"]

KEYPOINTS: Final = 8
"""Pairs in a box: centre, size, then the eyes, the tip of the nose, the mouth and the ears."""

OVERLAP: Final = 0.3
"""Boxes that overlap by more (intersection over union) are one face, as in MediaPipe's graph."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """Where a face is, in pixels of the picture.

    Attributes:
        centre: [2] middle of the face.
        size: the greater of its width and height.
        score: logit of the net that found it; 0 is a probability of one half.
        eyes: [2, 2] the eye at the left of the picture, then the one at the right.
        surrounded: whether frames before and behind show the face there, so that it can hardly be missing.
    """

    centre: NDArray[np.float32]
    size: float
    score: float
    eyes: NDArray[np.float32]
    surrounded: bool = False


class BlazeFace:
    """One detector. It keeps no state, and may be used from several threads."""

    def __init__(self, model: str, side: int, anchors: NDArray[np.float32], threshold: float) -> None:
        """Load a shipped model.

        Args:
            model: name of a shipped model.
            side: the net looks at side × side pixels.
            anchors: [n, 2] centres of the boxes' anchors, in 0..1.
            threshold: logit below which a box does not count.
        """
        self._session = reproducible_session(shipped_model(model))
        self._side = side
        self._anchors = anchors
        self._threshold = threshold

    def __call__(self, rgb: NDArray[np.uint8]) -> list[Detection]:
        """Return the faces of a picture [height, width, 3], the most certain first."""
        height, width = rgb.shape[:2]
        side = max(height, width)
        top, left = (side - height) // 2, (side - width) // 2
        scale = self._side / side
        small = cv2.resize(
            rgb, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
        )
        square = np.zeros((self._side, self._side, 3), np.uint8)
        y, x = round(top * scale), round(left * scale)
        small = small[: self._side - y, : self._side - x]
        square[y : y + small.shape[0], x : x + small.shape[1]] = small
        image = np.asarray(cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5, 127.5, 127.5)), np.float32)
        raw, scores = self._session.run(("boxes", "scores"), {"image": image})
        found = np.flatnonzero(scores > self._threshold)
        boxes = raw.reshape(-1, KEYPOINTS, 2)[found] / self._side
        points = boxes + self._anchors[found, None]
        points[:, 1] = boxes[:, 1]  # the size is no place
        sizes = points[:, 1].max(1) * side
        centres = points[:, 0] * side - [left, top]
        eyes = points[:, 2:4] * side - [left, top]
        corners = np.c_[centres - sizes[:, None] / 2, sizes, sizes]
        # NMSBoxes wants scores of at least 0, in Python's own numbers; it returns the most certain first.
        above = (scores[found] - self._threshold).tolist()
        kept = [int(i) for i in np.ravel(cv2.dnn.NMSBoxes(corners.tolist(), above, 0.0, OVERLAP))] if above else []
        return [
            Detection(centres[i].astype(np.float32), float(sizes[i]), float(scores[found[i]]), eyes[i])
            for i in kept
            if sizes[i] > 0
        ]


def overlap(centre: NDArray[np.floating], size: float, other: Detection) -> float:
    """Return the intersection over union of a square and a detection's."""
    shared = np.maximum((size + other.size) / 2 - np.abs(centre - other.centre), 0)
    both = float(np.minimum(shared, min(size, other.size)).prod())
    return both / (size**2 + other.size**2 - both)


def _anchors(*layers: tuple[int, int]) -> NDArray[np.float32]:
    """Return anchor centres [n, 2] of layers of (cells per side, anchors per cell)."""
    centres = [
        ((x + 0.5) / cells, (y + 0.5) / cells)
        for cells, count in layers
        for y in range(cells)
        for x in range(cells)
        for _ in range(count)
    ]
    return np.array(centres, np.float32)


def full_range() -> BlazeFace:
    """Return the detector for all but the largest faces.

    The threshold is low, a probability of 0.27: on real faces shrunk into 1280 × 720 pictures, logit 0 found 84 % of
    those 6 % of the picture wide, and logit -1 all of them, 81 % at 4 %. What it finds wrongly, the
    landmark net refuses.
    """
    return BlazeFace("face_detection_full_range", 192, _anchors((48, 1)), -1.0)


def short_range() -> BlazeFace:
    """Return the detector for faces that fill the picture."""
    return BlazeFace("face_detection_short_range", 128, _anchors((16, 2), (8, 6)), 0.0)
