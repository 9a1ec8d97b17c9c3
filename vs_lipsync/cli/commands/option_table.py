"""The options of a command as names and values, such as lists of jobs and project files have them."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError, create_model

from vs_lipsync.settings.target import is_file_name

__all__ = ["OptionTable", "TableError", "Words", "name_of"]

_NOT_FILES: Final = ("original", "silence")
"""What `--bed` takes beside the name of a file."""


class TableError(ValueError):
    """What is wrong with a table of options.

    Attributes:
        name: of the setting.
    """

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class Words:
    """Options as the command line has them.

    Attributes:
        arguments: the words.
        files: the files that they name.
    """

    arguments: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class OptionTable:
    """Some of the options of a command, named as there, without dashes.

    Attributes:
        command: the command.
        left_out: names of options that a table may not have.
        advice: what to read where a name is not known, and nothing is like it.
    """

    command: click.Command
    left_out: Collection[str]
    advice: str

    @property
    def options(self) -> Mapping[str, click.Parameter]:
        """The options by the names that they have in a table, and the argument as input."""
        named = {name_of(parameter): parameter for parameter in self.command.params}
        return {name: parameter for name, parameter in named.items() if name not in self.left_out}

    def check(self, values: Mapping[str, object], *, required: Collection[str] = ()) -> None:
        """Refuse names that are no options, and values of another type.

        Args:
            values: by the names of the options.
            required: names that must be among them.

        Raises:
            TableError: something is wrong; of several names that is the first that is not known.
        """
        try:
            _model(self.command, tuple(self.options), tuple(required)).model_validate(dict(values))
        except ValidationError as error:
            faults = error.errors(include_url=False)
            fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])  # perhaps misspelt
            name = str(fault["loc"][0])
            if fault["type"] == "extra_forbidden":
                raise TableError(self.unknown(name), name) from error
            said = "is not given" if fault["type"] == "missing" else f"is {values.get(name)!r:.60}: {fault['msg']}"
            raise TableError(f"{name} {said}", name) from error

    def unknown(self, name: str) -> str:
        """Return what is said of a name that is no option."""
        near = difflib.get_close_matches(name, self.options, 1)
        return f"there is no setting {name!r:.60}; {f'did you mean {near[0]}?' if near else self.advice}"

    def words(self, values: Mapping[str, Any], folder: Path) -> Words:
        """Return values that were checked as words of the command line, in which files have their whole names.

        Args:
            values: by the names of options; None as if it were not there.
            folder: what the names of files are relative to.
        """
        words = Words()
        for name, value in values.items():
            option = self.options[name]
            assert isinstance(option, click.Option)
            if value is None:
                continue
            if option.is_flag:
                words.arguments.extend((option.opts if value else option.secondary_opts)[:1])
                continue
            text = str(value)
            kind, _, checkpoint = text.partition(":")
            if (
                option.type.name == "file"
                or (name == "target" and is_file_name(text))
                or (name == "bed" and text not in _NOT_FILES)
            ):
                words.files.append(folder / text)
                text = str((folder / text).absolute())
            elif name == "model" and (folder / checkpoint).is_file():
                words.files.append(folder / checkpoint)
                text = f"{kind}:{words.files[-1].absolute()}"
            words.arguments.append(f"--{name.replace('_', '-')}={text}")
        return words


def name_of(parameter: click.Parameter | None) -> str:
    """Return what a parameter is called in a table; nothing for none."""
    if parameter is None:
        return ""
    return (
        max(parameter.opts, key=len).lstrip("-").replace("-", "_") if isinstance(parameter, click.Option) else "input"
    )


@cache
def _model(command: click.Command, names: tuple[str, ...], required: tuple[str, ...]) -> type[BaseModel]:
    """Return the model of a table."""
    fields: dict[str, Any] = {}
    for option in command.params:
        name = name_of(option)
        if name not in names:
            continue
        kind: object = StrictStr
        if isinstance(option, click.Option) and option.is_flag:
            kind = StrictBool
        elif isinstance(option.type, click.types.IntParamType):
            kind = StrictInt
        elif isinstance(option.type, click.types.FloatParamType):
            kind = StrictInt | StrictFloat
        elif name in ("start", "end"):
            kind = StrictInt | StrictStr
        fields[name] = (kind, ...) if name in required else (kind | None, None)  # type: ignore[operator]
    return create_model("OptionTable", __config__=ConfigDict(extra="forbid"), **fields)
