"""A person of a cast as a project file has it, checked by a model that is made of the fields of `CastMember`."""

import difflib
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model

from vs_lipsync.errors import CastError
from vs_lipsync.settings.cast import CastMember
from vs_lipsync.settings.zone_table import setting_field

__all__ = ["LEAST_GAIN", "MOST_GAIN", "member_from"]

LEAST_GAIN: Final = -60.0
MOST_GAIN: Final = 20.0
"""dB by which a sound may be louder."""

_OWN: Final = ("who", "name", "gain")
_SHARED: Final = tuple(field.name for field in fields(CastMember) if field.name not in ("target", "zones", "name"))
_NAMES: Final = (*_OWN, *_SHARED)


def _name(value: object) -> object:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("name must be a text of one line")
    return value


def _gain(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not LEAST_GAIN <= value <= MOST_GAIN:
        raise ValueError(f"gain must be from {LEAST_GAIN:g} to {MOST_GAIN:g} dB, not {value!r:.60}")
    return float(value)


_fields: dict[str, Any] = {name: setting_field(name) for name in _SHARED}
_fields["who"] = (setting_field("target")[0], ...)
_fields["name"] = (Annotated[str, BeforeValidator(_name)], "")
_fields["gain"] = (Annotated[float, BeforeValidator(_gain)], 0.0)
_MemberTable: type[BaseModel] = create_model(
    "MemberTable", __config__=ConfigDict(extra="forbid", strict=True), **_fields
)


def member_from(table: dict[str, object], number: int, folder: Path, kind: str = "cast") -> tuple[CastMember, float]:
    """Return the person that a table of a project file describes, but for zones, and the gain of the dub in dB.

    Args:
        table: names and values, as TOML has them.
        number: which person of the file it is, the first being 1.
        folder: the folder of the file, which the files that it names are relative to.
        kind: the list that it stands in, for what is said of it.

    Raises:
        CastError: there is something in it that is no setting of a person, or nobody.
    """
    try:
        model = _MemberTable.model_validate(table, context=folder)
    except ValidationError as error:
        faults = {str(fault["loc"][0]): fault for fault in reversed(error.errors(include_url=False))}
        name = next((name for name in table if name in faults), next(iter(faults)))  # the first one in the file
        fault = faults[name]
        if fault["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, _NAMES, 1)
            said = f"there is no setting {name!r:.60}; "
            said += f"did you mean {near[0]}?" if near else f"there are {', '.join(_NAMES)} and zones"
        else:
            said = "who is not given" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, ")
        raise CastError(f"{kind} {number}: {said}", number, name) from error
    given = {name: value for name in model.model_fields_set if (value := getattr(model, name)) is not None}
    who, gain = given.pop("who"), given.pop("gain", 0.0)
    return CastMember(who, **given), gain
