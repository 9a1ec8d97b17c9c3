"""Project files: a clip, who speaks what in it, and how, in a file of TOML for `vs-lipsync dub` and `batch`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import click
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from vs_lipsync.cli.commands.option_table import OptionTable, TableError, Words
from vs_lipsync.cli.exclude_option import RangeType
from vs_lipsync.errors import CastError, ProjectError, ZoneError
from vs_lipsync.files import first_fault, read_small_text
from vs_lipsync.settings.cast import CastMember
from vs_lipsync.settings.member_table import member_from
from vs_lipsync.settings.toml_text import TomlError, document_of, lines_of_table, lines_of_tables
from vs_lipsync.settings.zone_file import ZoneFile
from vs_lipsync.settings.zone_table import zone_from
from vs_lipsync.settings.zones import Zone

__all__ = ["Project", "is_project", "read_project"]

_MOST_BYTES: Final = 16 << 20

_OF_THE_OUTPUT: Final = (
    "encoder_args", "language", "no_provenance", "no_resume", "overwrite", "piece", "replace_audio", "sign_cert",
    "sign_key", "smart",
)  # fmt: skip
"""Options of `dub` that stand in the table [output]; its file is `file`."""

_LEFT_OUT: Final = ("cast", "dry_run", "exclude", "help", "input", "output", "stem", "workers", "zones")
"""Options of `dub` that have places of their own in a project, or none."""

_ADVICE: Final = "see vs-lipsync dub --help"


class _Document(BaseModel):
    """A project file; what its tables may hold is checked afterwards, one by one, for their lines to be told.

    Attributes:
        version: of this form.
        clip: the footage.
        stems: what people speak who are to be found out.
        cast: who speaks what.
        people: who is known by name, and speaks nothing.
        zones: ranges with settings of their own, for everybody.
        exclude: ranges that are left alone.
        settings: options of `dub`.
        output: the file to write, and options of `dub` for it.
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    version: Literal[1]
    clip: Annotated[StrictStr, Field(min_length=1)]
    stems: list[Annotated[StrictStr, Field(min_length=1)]] = []
    cast: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    zones: list[dict[str, Any]] = []
    exclude: list[StrictStr] = []
    settings: dict[str, Any] = {}
    output: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Project:
    """A project file that was read.

    Attributes:
        path: of the file.
        clip: the footage.
        arguments: all that `dub` has options for.
        files: all files that it names.
        cast: people, with settings of their own.
        gains: dB by which the dub of each is louder.
        zones: ranges for everybody; None for none.
    """

    path: Path
    clip: Path
    arguments: tuple[str, ...]
    files: tuple[Path, ...]
    cast: tuple[CastMember, ...] = ()
    gains: tuple[float, ...] = ()
    zones: ZoneFile | None = None


def is_project(document: Mapping[str, object]) -> bool:
    """Tell whether a file of TOML is meant for a project and not for a list of jobs."""
    return "clip" in document and "jobs" not in document


def read_project(path: Path, command: click.Command) -> Project:
    """Read a project file. Files are relative to its folder.

    Args:
        path: the file.
        command: `dub`.

    Raises:
        ProjectError: it cannot be read, or there is something in it that is no setting, or a file that is not there.
    """
    try:
        text = read_small_text(path, _MOST_BYTES)
        document = document_of(text)
    except TomlError as error:
        raise ProjectError(error.located(path)) from error
    except OSError as error:
        raise ProjectError(f"cannot read {path}: {error.strerror}") from error
    reader = _Reader(path, text, command)
    try:
        known = _Document.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])  # perhaps misspelt
        name = str(fault["loc"][0]) if fault["loc"] else ""
        if fault["type"] == "extra_forbidden":
            near = get_close_matches(name, _Document.model_fields, 1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(_Document.model_fields)}"
            raise reader.error(f"there is no setting {name!r:.60}; {advice}", name) from error
        if name == "version" and fault["type"] != "missing":
            raise reader.error(f"version {document['version']!r:.20} is not known; this one reads 1", name) from error
        said = "is not given" if fault["type"] == "missing" else None
        raise reader.error(f"{name} {said}" if said else first_fault(error), name) from error
    return reader.project(known)


@dataclass(slots=True)
class _Reader:
    """Reads the tables of one file, and tells the lines of what is wrong."""

    path: Path
    text: str
    command: click.Command
    files: list[Path] = field(default_factory=list)

    def project(self, document: _Document) -> Project:
        """Return the project that a sound document describes."""
        clip = self._file(document.clip, "clip")
        if clip.suffix.lower() == ".toml":
            raise self.error("the clip is a project file", "clip")
        arguments = [*self._options(document), *self._output(document)]
        if document.stems:
            if document.cast:
                raise self.error("stems are for people who are to be found out: leave the cast out, or them", "stems")
            stems = [self._file(stem, "stems") for stem in document.stems]
            arguments += ["--cast=auto", *(f"--stem={stem.absolute()}" for stem in stems)]
        for span in document.exclude:
            try:
                RangeType().convert(span, None, None)
            except click.ClickException as error:
                raise self.error(f"exclude: {error.message}", "exclude") from error
            arguments.append(f"--exclude={span}")
        members = self._members("cast", document.cast)
        for number, (member, _) in enumerate(self._members("people", document.people), 1):
            if member.dub is not None:
                lines = lines_of_tables(self.text, "people", len(document.people)) or [{}] * len(document.people)
                said = f"people {number}: {member.title} has a dub; who speaks belongs into [[cast]]"
                raise self.error(said, "dub", lines[number - 1])
        return Project(
            self.path,
            clip,
            tuple(arguments),
            (self.path, *self.files),
            tuple(member for member, _ in members),
            tuple(gain for _, gain in members),
            self._zones(document),
        )

    def error(self, message: str, name: str = "", lines: Mapping[str, int] | None = None) -> ProjectError:
        """Return what is wrong with a name, with its line in front where it is known."""
        lines = lines_of_table(self.text, None) if lines is None else lines
        line = lines.get(name, lines.get(""))
        if line is None and name:
            line = lines_of_table(self.text, name).get("")
        return ProjectError(f"{self.path}{f', line {line}' if line else ''}: {message}")

    def _options(self, document: _Document) -> list[str]:
        for name in document.settings:
            if name in _OF_THE_OUTPUT:
                lines = lines_of_table(self.text, "settings")
                raise self.error(f"{name} belongs into the table [output]", name, lines)
        table = OptionTable(self.command, (*_LEFT_OUT, *_OF_THE_OUTPUT), _ADVICE)
        return self._words(table, document.settings, "settings").arguments

    def _output(self, document: _Document) -> list[str]:
        values = dict(document.output)
        file = values.pop("file", None)
        if file is not None and (not isinstance(file, str) or not file):
            raise self.error("file must be the name of a file", "file", lines_of_table(self.text, "output"))
        others = [name_ for name_ in _names(self.command) if name_ not in _OF_THE_OUTPUT]
        words = self._words(OptionTable(self.command, others, _ADVICE), values, "output")
        written = [] if file is None else [f"--output={(self.path.parent / file).absolute()}"]
        return [*words.arguments, *written]

    def _words(self, table: OptionTable, values: Mapping[str, Any], name: str) -> Words:
        lines = lines_of_table(self.text, name)
        try:
            table.check(values)
        except TableError as error:
            raise self.error(f"{name}: {error}", error.name, lines) from error
        words = table.words(values, self.path.parent)
        for option, value in values.items():
            one = table.words({option: value}, self.path.parent)
            if not all(file.is_file() for file in one.files):
                raise self.error(f"{name}: there is no file {value!r:.200}", option, lines)
            try:
                click.Command(self.command.name, params=[table.options[option]]).make_context("dub", one.arguments)
            except click.ClickException as error:
                raise self.error(f"{name}: {error.format_message()}", option, lines) from error
        self.files += words.files
        return words

    def _members(self, kind: str, tables: Sequence[dict[str, Any]]) -> list[tuple[CastMember, float]]:
        """Return the people of a list, and the gains of their dubs in dB."""
        lines = lines_of_tables(self.text, kind, len(tables)) or [{} for _ in tables]
        count = sum(len(table["zones"]) for table in tables if isinstance(table.get("zones"), list))
        of_zones = lines_of_tables(self.text, f"{kind}.zones", count) or [{} for _ in range(count)]
        found, begun = [], 0
        for number, (table, known) in enumerate(zip(tables, lines, strict=True), 1):
            rest = dict(table)
            zones = rest.pop("zones", [])
            if not isinstance(zones, list):
                raise self.error(f"{kind} {number}: zones must be tables [[{kind}.zones]]", "zones", known)
            own = [self._zone(zone, at, of_zones[begun + at - 1]) for at, zone in enumerate(zones, 1)]
            begun += len(zones)
            try:
                member, gain = member_from(rest, number, self.path.parent, kind)
            except CastError as error:
                raise self.error(str(error), error.setting, known) from error
            for value in (member.target, member.dub):
                if isinstance(value, str | Path) and Path(value).is_file():
                    self.files.append(Path(value))
            found.append((replace(member, zones=tuple(own)), gain))
        return found

    def _zones(self, document: _Document) -> ZoneFile | None:
        tables = document.zones
        lines = lines_of_tables(self.text, "zones", len(tables)) or [{} for _ in tables]
        zones = [self._zone(table, n, known) for n, (table, known) in enumerate(zip(tables, lines, strict=True), 1)]
        return ZoneFile(self.path, zones, lines) if zones else None

    def _zone(self, table: object, number: int, lines: Mapping[str, int]) -> Zone:
        try:
            zone = zone_from(table, number, self.path.parent)
        except ZoneError as error:
            raise self.error(str(error), error.setting, lines) from error
        if isinstance(zone.dub, Path):
            self.files.append(zone.dub)
        return zone

    def _file(self, name: str, setting: str) -> Path:
        path = self.path.parent / name
        if "\0" in name or not path.is_file():
            raise self.error(f"{setting}: there is no file {name!r:.200}", setting)
        self.files.append(path)
        return path


def _names(command: click.Command) -> list[str]:
    return list(OptionTable(command, (), "").options)
