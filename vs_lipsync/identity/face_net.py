"""dlib's face recognition net: 128 numbers that tell one person from another.

Davis King's ResNet (`dlib_face_recognition_resnet_model_v1`, 2017, public domain), 99.38 % on Labeled Faces in the Wild
at a distance of 0.6. dlib computes it in some 160 ms on a CPU as its wheels are built, and would be one more library to
install; ONNX Runtime, which is here anyway, in a tenth of that, and to the same numbers.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.weights.onnx import reproducible_session
from vs_lipsync.weights.shipped import shipped_model

__all__ = ["NUMBERS", "SIDE", "FaceNet"]

SIDE: Final = 150
"""The net looks at SIDE × SIDE pixels."""

NUMBERS: Final = 128
"""Numbers that stand for a face."""

_MEAN: Final = np.array((122.782, 117.001, 104.298), np.float32)
"""What the net takes off red, green and blue (`dlib/dnn/input.h`, input_rgb_image_sized)."""


class FaceNet:
    """The net. May be used from several threads, each of which computes on its own."""

    def __init__(self) -> None:
        self._session = reproducible_session(shipped_model("face_recognition"))

    def __call__(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the numbers [n, 128] of faces [n, 150, 150, 3], RGB, cut out by `embedding.chip`."""
        faces = np.ascontiguousarray(((chips - _MEAN) / np.float32(256)).transpose(0, 3, 1, 2))
        (embeddings,) = self._session.run(("embeddings",), {"faces": faces})
        return embeddings
