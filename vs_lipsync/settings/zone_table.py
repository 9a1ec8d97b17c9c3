"""A zone as a zone file has it: names and values, checked by a model that is made of the fields of `Zone`."""

import datetime
import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo, create_model

from vs_lipsync.errors import ZoneError
from vs_lipsync.settings.target import is_file_name
from vs_lipsync.settings.voice import voice_settings
from vs_lipsync.settings.zones import Zone, check_own
from vs_lipsync.timing.seconds import is_number

__all__ = ["setting_field", "zone_from"]

_NAMES: Final = tuple(field.name for field in fields(Zone))
_MOST: Final = 1 << 63  # no number of a zone is anywhere near


def _file(value: object, info: ValidationInfo) -> Path:
    """Return a file that is named relative to the folder of the zone file."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{info.field_name} must be the name of a file")
    path = _folder(info) / value
    if "\0" in value or not path.is_file():
        raise ValueError(f"there is no file {value!r:.200}")
    return path


def _target(value: object, info: ValidationInfo) -> object:
    """Return a target whose file is absolute."""
    if isinstance(value, list):
        if len(value) != 3 or not all(is_number(number) and math.isfinite(number) for number in value):
            raise ValueError(f"target must be a place in the clip as [frame, x, y], not {value!r:.60}")
        return tuple(value)
    if isinstance(value, str):
        return str(_file(value, info).absolute()) if is_file_name(value) else value
    raise ValueError(f"target must be a text, or a place in the clip as [frame, x, y], not {value!r:.60}")


def _name(value: object, info: ValidationInfo) -> object:
    """Return a name; a checkpoint that is a file beside the zone file as its absolute path."""
    if isinstance(value, str):
        kind, _, checkpoint = value.partition(":")
        if checkpoint and "\0" not in checkpoint and (_folder(info) / checkpoint).is_file():
            return f"{kind}:{(_folder(info) / checkpoint).absolute()}"  # or else a name in the model store
    return value


def _place(value: object) -> object:
    """Return a place; TOML has times of its own."""
    return value.isoformat() if isinstance(value, datetime.time) else value


def _folder(info: ValidationInfo) -> Path:
    assert isinstance(info.context, Path)
    return info.context


_OF_A_VOICE: Final[Mapping[str, object]] = {
    "file": Annotated[Path, BeforeValidator(_file)],
    "number": int | float,
    "choice": str,
    "name": Annotated[str, BeforeValidator(_name)],
    "target": Annotated[str | tuple[int | float, ...], BeforeValidator(_target)],
}
"""Types of the settings that a zone has in common with a voice, by `Setting.kind`."""

_OWN: Final[Mapping[str, object]] = {
    "start": Annotated[int | float | str, BeforeValidator(_place)],
    "stop": Annotated[int | float | str, BeforeValidator(_place)],
    "scene": int,
    "action": str,
}
"""Types of those that only zones have."""


def _checked(name: str, value: object) -> object:
    """Refuse a value that `lipsync` refuses too, and says so in the same words."""
    if isinstance(value, int) and abs(value) >= _MOST:
        raise ValueError(f"{name} is far too large")
    if name in _OWN:
        check_own(name, _place(value))
    elif (setting := voice_settings()[name]).kind in ("number", "choice", "name"):
        setting.check(name, value)
    return value


def _unless_none(check: Callable[[object], object], value: object) -> object:
    return None if value is None else check(value)


def setting_field(name: str) -> tuple[object, None]:
    """Return type and default of a field of the model. None, which only JSON has, is as if it were not given."""
    kind = _OWN[name] if name in _OWN else _OF_A_VOICE[voice_settings()[name].kind]
    return Annotated[kind | None, BeforeValidator(partial(_unless_none, partial(_checked, name)))], None  # type: ignore[operator]


_fields: dict[str, Any] = {name: setting_field(name) for name in _NAMES}
_ZoneTable: type[BaseModel] = create_model("ZoneTable", __config__=ConfigDict(extra="forbid", strict=True), **_fields)


def zone_from(table: object, number: int, folder: Path) -> Zone:
    """Return the zone that a table of a zone file describes.

    Args:
        table: names and values, as TOML or JSON has them.
        number: which zone of the file it is, the first being 1.
        folder: the folder of the file, which the files that it names are relative to.

    Raises:
        ZoneError: it is no table, or there is something in it that is no setting of a zone.
    """
    if not isinstance(table, dict):
        raise ZoneError(f"zone {number} must have names and values", number)
    try:
        model = _ZoneTable.model_validate(table, context=folder)
    except ValidationError as error:
        faults = {fault["loc"][0]: fault for fault in reversed(error.errors(include_url=False))}
        name = next(name for name in table if name in faults)  # the first one in the file
        fault = faults[name]
        if fault["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, _NAMES, 1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(_NAMES)}"
            said = f"there is no setting {name!r:.60}; {advice}"
        else:
            said = fault["msg"].removeprefix("Value error, ")
        raise ZoneError(f"zone {number}: {said}", number, name) from error
    given = {name: value for name in model.model_fields_set if (value := getattr(model, name)) is not None}
    return Zone(**given)
