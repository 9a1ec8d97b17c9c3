"""The small pictures that the page shows, of shots and of faces, as JPEG."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["face_picture", "shot_picture"]

SHOT_HEIGHT: Final = 96
"""Pixels; the width keeps the picture's shape."""

FACE_SIDE: Final = 72
"""Pixels of a face's picture, which is square."""

FACE_ROOM: Final = 1.25
"""Side of the square that is cut out, in longer sides of the face's box."""

QUALITY: Final = 72
"""Of the JPEGs, 0 to 100: some 3 kB a shot and 2 kB a face."""


def shot_picture(picture: NDArray[np.uint8]) -> bytes:
    """Shrink an RGB picture [height, width, 3]."""
    width = max(1, round(picture.shape[1] * SHOT_HEIGHT / picture.shape[0]))
    return _jpeg(np.asarray(cv2.resize(picture, (width, SHOT_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8))


def face_picture(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> bytes:
    """Cut a face out of an RGB picture, whose border is repeated where the cut-out leaves it.

    Args:
        picture: [height, width, 3].
        box: [4] left, top, right and bottom of the face, in pixels of the picture.
    """
    centre, side = (box[:2] + box[2:]) / 2, FACE_ROOM * float((box[2:] - box[:2]).max())
    scale = FACE_SIDE / max(side, 1.0)
    matrix = np.array([[scale, 0, FACE_SIDE / 2 - scale * centre[0]], [0, scale, FACE_SIDE / 2 - scale * centre[1]]])
    cut = cv2.warpAffine(picture, matrix, (FACE_SIDE, FACE_SIDE), borderMode=cv2.BORDER_REPLICATE)
    return _jpeg(np.asarray(cut, np.uint8))


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not ok:
        raise RuntimeError("OpenCV cannot write a JPEG")
    return data.tobytes()
