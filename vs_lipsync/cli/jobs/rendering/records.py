"""What a job's folder says of the job and of its pieces: small JSON files with a schema."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vs_lipsync.files import read_small

__all__ = ["JobRecord", "PieceRecord"]

_MOST_BYTES = 64 << 20

type _Frame = Annotated[int, Field(ge=0, le=1 << 40)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read a record; None if there is none that makes sense."""
        try:
            return cls.model_validate_json(read_small(path, _MOST_BYTES))
        except (OSError, ValidationError):
            return None


class JobRecord(_Record):
    """What a job is made of.

    Attributes:
        layout: number of the way in which a folder is laid out; one of another layout is another job's.
        inputs: all that its pictures depend on, in words, by what it is.
    """

    layout: Literal[3] = 3
    inputs: dict[str, str]

    @classmethod
    def of(cls, inputs: Mapping[str, str]) -> Self:
        """Describe a job. Names of files that are no text, which JSON could not hold, have their bytes written out."""
        return cls(inputs={name: text.encode("utf-8", "backslashreplace").decode() for name, text in inputs.items()})


class PieceRecord(_Record):
    """A piece that is whole.

    Attributes:
        first: number of its first frame in the job.
        stop: number of the first frame behind it.
        bytes: size of its file.
        extradata_hash: SHA-256 of the codec's extradata.
        colour: FFmpeg options that tag its samples.
        ranges: [first, last, action, reason] of frames that were treated alike.
    """

    first: _Frame
    stop: _Frame
    bytes: _Frame
    extradata_hash: str
    colour: tuple[str, ...]
    ranges: tuple[tuple[_Frame, _Frame, str, str], ...]
