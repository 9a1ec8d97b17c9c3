"""How much of a mouth something lies before: a hand, a microphone, a mask, food, letters."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LEFT_EYE, OUTER_LIP_AROUND, RIGHT_EYE, inter_ocular
from vs_lipsync.faces.level_crop import LevelCrop
from vs_lipsync.weights.onnx import Session, reproducible_session
from vs_lipsync.weights.shipped import shipped_model
from vs_lipsync.workers import once

__all__ = ["CELLS", "SIDE", "SPAN", "MouthCover", "crop_of_face", "mouth_cells"]

SIDE: Final = 48
"""The net looks at SIDE × SIDE pixels."""

SPAN: Final = 2.0
"""Side of what it looks at, in inter-ocular distances: from the eyes to the chin."""

CELLS: Final = 12
"""Rows and columns of cells, for each of which the net says how much of it is covered."""

_DOUBTFUL, _SURE = 0.4, 0.8
"""What the net says of a cell up to which it counts as free, and from which on as covered: faces that it has seen few
of, such as those that look down, read 0.3 all over the mouth, and a cover of a third of it reads 1 in a third."""

_WHITE: Final = 250
"""Least of red, green and blue from which a pixel is white."""

_OVEREXPOSED: Final = 0.25
"""Share of white pixels from which a face is overexposed: 0.03 at most in real clips, 0.39 in pictures of an ordinary
range that say that they are PQ."""

_UP: Final = 0.35
"""How far above the middle of the lips the middle of the crop lies, in inter-ocular distances."""

_AROUND: Final = 5
"""Pixels of the crop by which the lips' outline is dilated: a twelfth of the inter-ocular distance to each side."""

_OUTLINE: Final = np.array(OUTER_LIP_AROUND)


class MouthCover:
    """The net that tells covers from faces. May be used from several threads: they share one session."""

    def __init__(self) -> None:
        self._session = _session()

    def __call__(self, rgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> float:
        """Return how much of a mouth is covered, 0..1, as one picture tells; 0 of an overexposed face.

        Args:
            rgb: [height, width, 3].
            landmarks: [468, 3] of the face in pixels of the picture.
        """
        crop = crop_of_face(rgb, landmarks)
        if _is_overexposed(crop.rgb):
            return 0.0
        image = np.asarray(cv2.dnn.blobFromImage(crop.rgb, 1 / 255), np.float32)
        (covered,) = self._session.run(("covered",), {"image": image})
        cells = mouth_cells(crop.inside(landmarks[_OUTLINE, :2]))
        total = float(cells.sum())
        hidden = np.clip((covered.reshape(CELLS, CELLS) - _DOUBTFUL) / (_SURE - _DOUBTFUL), 0.0, 1.0)
        return float((hidden * cells).sum()) / total if total > 0 else 0.0


def _is_overexposed(face: NDArray[np.uint8]) -> bool:
    """Tell whether the upper third of a face, from the eyes to the nose, is white: lips on it are too faint to tell."""
    upper = face[: SIDE // 3]
    return float((upper.min(axis=-1) >= _WHITE).mean()) >= _OVEREXPOSED


def crop_of_face(rgb: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> LevelCrop:
    """Return what the net looks at of a face [468, 3] in a picture [height, width, 3]."""
    eyes = np.stack([landmarks[list(eye), :2].mean(0) for eye in (LEFT_EYE, RIGHT_EYE)])
    unit = float(inter_ocular(landmarks))
    across = eyes[1] - eyes[0]
    up = np.array([across[1], -across[0]]) / max(float(np.linalg.norm(across)), 1e-6)
    centre = landmarks[_OUTLINE, :2].mean(0) + _UP * unit * up
    return LevelCrop.of(rgb, centre, SPAN * unit, eyes, SIDE, alias=2.0)


def mouth_cells(outline: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return how much of each cell [CELLS, CELLS] lies on the lips or close beside them.

    Args:
        outline: [20, 2] outer contour of the lips, corner to corner and back, in pixels of the crop.
    """
    lips = np.zeros((SIDE, SIDE), np.float32)
    cv2.fillPoly(lips, [np.rint(np.asarray(outline) * 16).astype(np.int32)], (1.0,), cv2.LINE_8, 4)
    grown = cv2.dilate(lips, np.ones((_AROUND, _AROUND), np.uint8))
    return np.asarray(cv2.resize(grown, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.float32)


@once
def _session() -> Session:
    return reproducible_session(shipped_model("mouth_cover"))
