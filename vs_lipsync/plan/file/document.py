"""The part of a plan file that people read and edit: JSON with a schema."""

import json
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from vs_lipsync.errors import PlanError
from vs_lipsync.files import first_fault, read_small
from vs_lipsync.settings.target import is_file_name

__all__ = ["ClipFacts", "FacesFile", "PlanDocument", "faces_name"]

MAX_BYTES: Final = 16 << 20
"""Size of the largest plan file that is read: a cut a second for a day, and as many ranges, take a third of it."""

_LINE: Final = 100

_BESIDE: Final = re.compile(r'[^./\\:\x00-\x1f<>"|?*][^/\\:\x00-\x1f<>"|?*]{0,240}')
"""A name that means a file beside the plan on every system."""

_PLAIN: Final = re.compile(_BESIDE.pattern + r"\.faces")

type Count = Annotated[int, Field(ge=0, le=1 << 40)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ClipFacts(_Part):
    """What must be true of the clip that a plan is for.

    Attributes:
        frames: its length.
        width: in luma samples.
        height: in luma samples.
        rate: frames per second, "30000/1001", or "variable".
        format: VapourSynth's name of it, "YUV420P8".
    """

    frames: Annotated[int, Field(ge=1, le=1 << 31)]
    width: Annotated[int, Field(ge=1, le=1 << 16)]
    height: Annotated[int, Field(ge=1, le=1 << 16)]
    rate: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}/[1-9][0-9]{0,18}$|^variable$")]
    format: Annotated[str, Field(max_length=40)]

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.rate)


class FacesFile(_Part):
    """The file with the faces, beside the plan file.

    Attributes:
        file: its plain name.
        size: its bytes.
        sha256: its checksum, in hexadecimal digits.
    """

    file: str
    size: Count
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @field_validator("file")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not _PLAIN.fullmatch(name):
            raise ValueError("must be the plain name of a .faces file beside the plan")
        return name


class PlanDocument(_Part):
    """A plan: what was found in a clip, and what the user changed about it.

    Attributes:
        schema_: what kind of file this is.
        version: of the schema, and of the nets that look at the faces.
        clip: the clip it is for.
        faces: where the faces are.
        cuts: frames that begin a shot, apart from the clip's first, in any order. May be edited.
        exclude: [first, last] or [first, last, why] of ranges that are to be left alone. May be edited.
        target: who is to speak where the call does not say it: a place such as "120@640,360", "main", "speaking", or
            the plain name of a file beside the plan, a picture of the person or a saved speaker. May be edited.
        ranges: [first, last, action, reason]: what was going to happen when the plan was made. For readers only.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    schema_: Annotated[Literal["vs-lipsync-plan"], Field(alias="schema")] = "vs-lipsync-plan"
    version: Literal[3] = 3
    clip: ClipFacts
    faces: FacesFile
    cuts: tuple[Count, ...] = ()
    exclude: tuple[tuple[Count, Count] | tuple[Count, Count, str], ...] = ()
    target: str | None = None
    ranges: tuple[tuple[Count, Count, str, str], ...] = ()

    @field_validator("version", mode="before")
    @classmethod
    def _current(cls, version: object) -> object:
        if version in (1, 2):
            raise ValueError("made by an earlier version; make a new plan")
        return version

    @field_validator("target")
    @classmethod
    def _somebody(cls, target: str | None) -> str | None:
        if target is not None and is_file_name(target) and not _BESIDE.fullmatch(target):
            raise ValueError('must be a place such as "120@640,360", or the plain name of a file beside the plan')
        return target

    @model_validator(mode="after")
    def _inside_the_clip(self) -> Self:
        frames = self.clip.frames
        for index, cut in enumerate(self.cuts):
            if not 0 < cut < frames:
                raise ValueError(f"cuts[{index}] must be from 1 to {frames - 1}, not {cut}")
        for index, (first, last, *_) in enumerate(self.exclude):
            if not first <= last < frames:
                raise ValueError(f"exclude[{index}] must be [first, last] with first <= last < {frames}")
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a plan file.

        Raises:
            PlanError: it cannot be read or is not a plan; the message names the line or the key.
        """
        try:
            data = read_small(path, MAX_BYTES)
        except OSError as error:
            raise PlanError(f"cannot read {path}: {error.strerror}") from error
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise PlanError(f"{path}: {first_fault(error)}") from error

    def text(self) -> str:
        """Return the plan as a file: the same bytes for the same plan, and short lines where people edit."""
        parts = []
        for key, value in self.model_dump().items():
            if key in ("exclude", "ranges"):
                lines = [json.dumps(row, ensure_ascii=False) for row in value]
            elif key == "cuts":
                lines = list(_filled(map(str, value)))
            else:
                lines = []
            body = _bracketed(lines) if isinstance(value, tuple) else json.dumps(value, ensure_ascii=False)
            parts.append(f"  {json.dumps(key)}: {body}")
        return "{\n" + ",\n".join(parts) + "\n}\n"


def faces_name(stem: str) -> str:
    """Return the name of the faces' file of a plan; PlanError if there can be none."""
    name = f"{stem}.faces"
    if not _PLAIN.fullmatch(name):
        raise PlanError(f"{stem!r} cannot be the name of a plan: use letters, digits, dots, dashes and spaces")
    return name


def _filled(words: Iterable[str]) -> Iterator[str]:
    """Join words by commas to lines of at most _LINE characters."""
    line = ""
    for word in words:
        if line and len(line) + len(word) + 2 > _LINE:
            yield line
            line = word
        else:
            line = f"{line}, {word}" if line else word
    if line:
        yield line


def _bracketed(lines: Iterable[str]) -> str:
    inner = ",\n".join(f"    {line}" for line in lines)
    return f"[\n{inner}\n  ]" if inner else "[]"
