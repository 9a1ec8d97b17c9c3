"""A person, known by how the face looks, and the file that keeps one."""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import SpeakerError
from vs_lipsync.files import read_small
from vs_lipsync.identity.dlib_resnet import NUMBERS

__all__ = ["Speaker"]

_KIND: Final = "vs_lipsync speaker"
_MODEL: Final = "dlib_face_recognition_resnet_model_v1"
_VERSION: Final = 1
_MOST_FACES: Final = 64
_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """A person.

    Attributes:
        embeddings: [n, 128] numbers of n faces of the person, n at least 1, as `embedding.embed` makes them.
        name: what the user calls the person; may be empty.
    """

    embeddings: NDArray[np.float32]
    name: str = ""

    @property
    def centre(self) -> NDArray[np.float32]:
        """[128] the mean of the embeddings, from which distances are taken."""
        return np.asarray(self.embeddings.mean(0), np.float32)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the person to a JSON file, which holds no picture."""
        faces = [[round(float(number), 6) for number in face] for face in self.embeddings]
        stored = {
            "kind": _KIND,
            "version": _VERSION,
            "name": self.name,
            "model": _MODEL,
        }
        rows = ",\n    ".join(json.dumps(face) for face in faces)
        head = json.dumps(stored, ensure_ascii=False, indent=2)[:-2]
        Path(path).write_text(f'{head},\n  "embeddings": [\n    {rows}\n  ]\n}}\n', encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file that `save` wrote.

        Raises:
            SpeakerError: it cannot be read, or is not such a file.
        """
        path = Path(path)
        try:
            stored = json.loads(read_small(path, _MOST_BYTES))
        except OSError as error:
            raise SpeakerError(f"cannot read {path}: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:
            raise SpeakerError(f"{path} is not a saved speaker: it is not JSON") from error
        return cls._of(stored, path)

    @classmethod
    def _of(cls, stored: object, path: Path) -> Self:
        if not isinstance(stored, dict) or stored.get("kind") != _KIND:
            raise SpeakerError(f'{path} is not a saved speaker: it lacks "kind": "{_KIND}"')
        if stored.get("version") != _VERSION:
            raise SpeakerError(f"{path} is of version {stored.get('version')!r}; this program reads version {_VERSION}")
        if stored.get("model") != _MODEL:
            raise SpeakerError(f"{path} was made with another net than {_MODEL}; save the speaker anew")
        name, faces = stored.get("name", ""), stored.get("embeddings")
        if not isinstance(name, str):
            raise SpeakerError(f"{path}: the name is not a text")
        if not isinstance(faces, list) or not 1 <= len(faces) <= _MOST_FACES:
            raise SpeakerError(f"{path}: embeddings must be a list of 1 to {_MOST_FACES} faces")
        for index, face in enumerate(faces):
            if not isinstance(face, list) or len(face) != NUMBERS or not all(_is_number(number) for number in face):
                raise SpeakerError(f"{path}: face {index} of the embeddings is not a list of {NUMBERS} numbers")
        return cls(np.array(faces, np.float32), name)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 100
