"""A person, known by how the face looks, and the file that keeps one."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from vs_lipsync.errors import SpeakerError
from vs_lipsync.files import first_fault, read_small, write_text
from vs_lipsync.identity.face_net import NUMBERS

__all__ = ["Speaker"]

_MODEL: Final = "dlib_face_recognition_resnet_model_v1"
_MOST_BYTES: Final = 1 << 20
_MOST_FACES: Final = 64


type _Number = Annotated[float, Field(gt=-100, lt=100, allow_inf_nan=False)]
type _Face = Annotated[list[_Number], Field(min_length=NUMBERS, max_length=NUMBERS)]


class _Stored(BaseModel):
    """The file that keeps a person."""

    model_config = ConfigDict(strict=True, extra="forbid")

    kind: Literal["vs_lipsync speaker"]
    version: Literal[1]
    name: str = ""
    model: Literal["dlib_face_recognition_resnet_model_v1"]
    embeddings: Annotated[list[_Face], Field(min_length=1, max_length=_MOST_FACES)]

    @field_validator("version", "model", "embeddings", mode="wrap")
    @classmethod
    def _in_words(cls, value: object, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        """Say what to do about a file of another program, and where the numbers of a face are wrong."""
        try:
            return check(value)
        except ValidationError as error:
            if info.field_name == "version":
                raise ValueError(f"it is of version {value!r:.60}; this program reads version 1") from error
            if info.field_name == "model":
                raise ValueError(f"it was made with another net than {_MODEL}; save the speaker anew") from error
            place = error.errors(include_url=False, include_input=False)[0]["loc"]
            if place:
                raise ValueError(f"face {place[0]} of the embeddings is not a list of {NUMBERS} numbers") from error
            raise ValueError(f"embeddings must be a list of 1 to {_MOST_FACES} faces") from error


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
        stored = _Stored(kind="vs_lipsync speaker", version=1, name=self.name, model=_MODEL, embeddings=faces)
        rows = ",\n    ".join(json.dumps(face) for face in faces)
        head = json.dumps(stored.model_dump(exclude={"embeddings"}), ensure_ascii=False, indent=2)[:-2]
        write_text(Path(path), f'{head},\n  "embeddings": [\n    {rows}\n  ]\n}}\n')

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file that `save` wrote.

        Raises:
            SpeakerError: it cannot be read, or is not such a file.
        """
        path = Path(path)
        try:
            data = read_small(path, _MOST_BYTES)
        except OSError as error:
            raise SpeakerError(f"cannot read {path}: {error.strerror or error}") from error
        try:
            stored = _Stored.model_validate_json(data)
        except ValidationError as error:
            raise SpeakerError(f"{path} is not a saved speaker: {first_fault(error)}") from error
        return cls(np.array(stored.embeddings, np.float32), stored.name)
