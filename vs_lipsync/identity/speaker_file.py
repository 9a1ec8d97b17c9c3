"""The form of the file that keeps a person."""

from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from vs_lipsync.identity.face_net import NUMBERS

__all__ = ["MODEL", "SpeakerFile"]

MODEL: Final = "dlib_face_recognition_resnet_model_v1"
"""The net whose numbers the file holds."""

_MOST_FACES: Final = 64


type _Number = Annotated[float, Field(gt=-100, lt=100, allow_inf_nan=False)]
type _Face = Annotated[list[_Number], Field(min_length=NUMBERS, max_length=NUMBERS)]


class SpeakerFile(BaseModel):
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
                raise ValueError(f"it was made with another net than {MODEL}; save the speaker anew") from error
            place = error.errors(include_url=False, include_input=False)[0]["loc"]
            if place:
                raise ValueError(f"face {place[0]} of the embeddings is not a list of {NUMBERS} numbers") from error
            raise ValueError(f"embeddings must be a list of 1 to {_MOST_FACES} faces") from error
