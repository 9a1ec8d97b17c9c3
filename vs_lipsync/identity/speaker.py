"""A person, known by how the face looks, and the file that keeps one."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import SpeakerError
from vs_lipsync.files import first_fault, read_small, write_text

__all__ = ["Speaker"]

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
        from vs_lipsync.identity.speaker_file import MODEL, SpeakerFile  # Pydantic is slow to load: not for all

        faces = [[round(float(number), 6) for number in face] for face in self.embeddings]
        stored = SpeakerFile(kind="vs_lipsync speaker", version=1, name=self.name, model=MODEL, embeddings=faces)
        rows = ",\n    ".join(json.dumps(face) for face in faces)
        head = json.dumps(stored.model_dump(exclude={"embeddings"}), ensure_ascii=False, indent=2)[:-2]
        write_text(Path(path), f'{head},\n  "embeddings": [\n    {rows}\n  ]\n}}\n')

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file that `save` wrote.

        Raises:
            SpeakerError: it cannot be read, or is not such a file.
        """
        from pydantic import ValidationError

        from vs_lipsync.identity.speaker_file import SpeakerFile

        path = Path(path)
        try:
            data = read_small(path, _MOST_BYTES)
        except OSError as error:
            raise SpeakerError(f"cannot read {path}: {error.strerror or error}") from error
        try:
            stored = SpeakerFile.model_validate_json(data)
        except ValidationError as error:
            raise SpeakerError(f"{path} is not a saved speaker: {first_fault(error)}") from error
        return cls(np.array(stored.embeddings, np.float32), stored.name)
