"""Lists of jobs for `vs-lipsync batch`: each job is a table of the options of `vs-lipsync dub`, named as there."""

import csv
import difflib
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError, create_model

from vs_lipsync.cli.commands.dub import dub
from vs_lipsync.cli.jobs.batch.listed import ListedJob
from vs_lipsync.errors import JobFileError
from vs_lipsync.files import read_small_text
from vs_lipsync.settings.target import is_file_name
from vs_lipsync.settings.toml_text import TomlError, document_of, lines_of_tables

__all__ = ["read_folder", "read_jobs"]

_KEY: Final = "jobs"
_MOST_BYTES: Final = 64 << 20
_DEFAULTS: Final = "defaults"
_LEFT_OUT: Final = ("bed", "bed_gain", "cast", "dry_run", "help", "stem", "stem_gain", "workers")
_PICTURES: Final = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".mxf")
_SOUNDS: Final = (".wav", ".w64", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".srt", ".vtt")
_KEPT: Final = (".mp4", ".m4v", ".mov", ".mkv", ".webm")
"""Extensions of inputs whose outputs have the same; those of others are Matroska files."""

_YES: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_jobs(path: Path, outputs: Path | None) -> list[ListedJob]:
    """Read a list of jobs. Files are relative to the folder of the list.

    Args:
        path: a .toml file with a table `[[jobs]]` for each, and perhaps one `[defaults]` for what all have in common;
            or a .csv file whose first row has the names of the settings, and each other row a job.
        outputs: folder of the outputs of jobs that do not say theirs; None for `dubbed` in the folder of the list.

    Raises:
        JobFileError: it cannot be read, or there is something in it that is no option of `dub`.
    """
    kind = path.suffix.lower()
    if kind not in (".toml", ".csv"):
        raise JobFileError(f"{path} must be a .toml or .csv file, or a folder")
    try:
        text = read_small_text(path, _MOST_BYTES)
    except OSError as error:
        raise JobFileError(f"cannot read {path}: {error.strerror}") from error
    rows = list(_from_toml(path, text) if kind == ".toml" else _from_csv(path, text))
    if not rows:
        raise JobFileError(f"{path} has no job")
    folder = outputs if outputs is not None else path.parent / "dubbed"
    return _distinct([_table(path, number, *row, folder) for number, row in enumerate(rows, 1)])


def read_folder(path: Path, outputs: Path | None) -> tuple[list[ListedJob], list[str]]:
    """Make a job of each picture file of a folder that has a sound file of the same name beside it.

    Args:
        path: the folder.
        outputs: folder of the outputs; None for `dubbed` in the folder.

    Returns:
        The jobs, in the order of their names, and what the user should know: which pictures have no sound.

    Raises:
        JobFileError: there is none, or a name has two sounds or two pictures.
    """
    jobs: list[ListedJob] = []
    notes: list[str] = []
    files = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
    for clip in (one for one in files if one.suffix.lower() in _PICTURES):
        sounds = [one for one in files if one.stem == clip.stem and one.suffix.lower() in _SOUNDS]
        if len(sounds) > 1:
            raise JobFileError(f"{path}: {clip.name} has two dubs, {sounds[0].name} and {sounds[1].name}")
        if not sounds:
            notes.append(f"{clip}: there is no sound of that name beside it")
            continue
        values = {"input": clip.name, "audio": sounds[0].name}
        jobs.append(_table(path / "x", len(jobs) + 1, values, {}, outputs or path / "dubbed"))
    if not jobs:
        raise JobFileError(f"{path} has no picture with a sound of the same name, such as film.mp4 and film.wav")
    return _distinct(jobs), notes


def _from_toml(path: Path, text: str) -> Iterator[tuple[dict[str, object], Mapping[str, int]]]:
    """Yield values of each job, and the lines of their names."""
    try:
        document = document_of(text)
    except TomlError as error:
        raise JobFileError(error.located(path)) from error
    tables, common = document.pop(_KEY, None), document.pop(_DEFAULTS, {})
    if not isinstance(tables, list) or not isinstance(common, dict) or document:
        raise JobFileError(f"{path} must have a list of [[{_KEY}]], perhaps a table [{_DEFAULTS}], and nothing else")
    lines = lines_of_tables(text, _KEY, len(tables)) or [{} for _ in tables]
    for table, known in zip(tables, lines, strict=True):
        if not isinstance(table, dict):
            raise JobFileError(f"{path}: a job must have names and values")
        yield {**common, **table}, known


def _from_csv(path: Path, text: str) -> Iterator[tuple[dict[str, object], Mapping[str, int]]]:
    """The same; empty cells are settings that are not given."""
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        for row in reader:
            if any(cell.strip() for cell in row):
                if len(row) > len(names):
                    raise JobFileError(f"{path}, line {reader.line_num}: there are more cells than names above them")
                cells = zip(names, row, strict=False)
                yield {name: cell.strip() for name, cell in cells if cell.strip()}, {"": reader.line_num}
    except csv.Error as error:
        raise JobFileError(f"{path}, line {reader.line_num}: {error}") from error


@cache
def _options() -> Mapping[str, click.Parameter]:
    """Return the options of `dub` by the names that they have in a list, and its argument."""
    found: dict[str, click.Parameter] = {}
    for parameter in dub.params:
        if isinstance(parameter, click.Option):
            if _name_of(parameter) not in _LEFT_OUT:
                found[_name_of(parameter)] = parameter
        else:
            found["input"] = parameter
    return found


def _name_of(parameter: click.Parameter | None) -> str:
    """Return what a parameter of `dub` is called in a list; nothing for none."""
    if parameter is None:
        return ""
    return (
        max(parameter.opts, key=len).lstrip("-").replace("-", "_") if isinstance(parameter, click.Option) else "input"
    )


@cache
def _model() -> type[BaseModel]:
    """Return the model of a job."""
    fields: dict[str, Any] = {}
    for name, option in _options().items():
        kind: object = StrictStr
        if isinstance(option, click.Option) and option.is_flag:
            kind = StrictBool
        elif isinstance(option.type, click.types.IntParamType):
            kind = StrictInt
        elif isinstance(option.type, click.types.FloatParamType):
            kind = StrictInt | StrictFloat
        elif name in ("start", "end"):
            kind = StrictInt | StrictStr
        fields[name] = (kind, ...) if name == "input" else (kind | None, None)  # type: ignore[operator]
    return create_model("JobTable", __config__=ConfigDict(extra="forbid"), **fields)


def _table(path: Path, number: int, values: Mapping[str, object], lines: Mapping[str, int], outputs: Path) -> ListedJob:
    """Check a job, by the model and then as `dub` checks its options.

    Args:
        path: the list, whose folder names are relative to.
        number: which job it is, the first being 1.
        values: of its settings, by their names.
        lines: of the names, and of the job itself under "".
        outputs: folder of outputs that are not given.
    """

    def fault(message: str, name: str = "") -> JobFileError:
        line = lines.get(name, lines.get(""))
        at = f"{path}, line {line}" if line else str(path if path.suffix else path.parent)
        return JobFileError(f"{at}: job {number}: {message}")

    options = _options()
    is_text = path.suffix.lower() == ".csv"
    checked: dict[str, Any] = dict(values)
    for name in [name for name in values if is_text and name in options]:
        option, value = options[name], str(values[name])
        if isinstance(option, click.Option) and option.is_flag:
            if value.lower() not in _YES:
                raise fault(f"{name} must be true or false, not {value!r:.60}")
            checked[name] = _YES[value.lower()]
    try:
        if not is_text:
            _model().model_validate(checked)
        elif unknown := [name for name in checked if name not in options]:
            raise fault(_unknown(unknown[0]))
        elif "input" not in checked:
            raise fault("input is not given")
    except ValidationError as error:
        faults = error.errors(include_url=False)
        details = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])  # perhaps misspelt
        name = str(details["loc"][0])
        if details["type"] == "extra_forbidden":
            raise fault(_unknown(name), name) from error
        said = "is not given" if details["type"] == "missing" else f"is {checked.get(name)!r:.60}: {details['msg']}"
        raise fault(f"{name} {said}", name) from error
    return _parsed(path.parent, checked, outputs, fault)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, _options(), 1)
    return f"there is no setting {name!r:.60}; {f'did you mean {near[0]}?' if near else 'see vs-lipsync dub --help'}"


def _parsed(folder: Path, values: Mapping[str, Any], outputs: Path, fault: Any) -> ListedJob:  # noqa: ANN401 - a function
    """Return a job whose values have the right types, if `dub` takes them too."""
    source = folder / str(values["input"])
    suffix = source.suffix if source.suffix.lower() in _KEPT else ".mkv"
    output = folder / values["output"] if "output" in values else outputs / f"{source.stem}{suffix}"
    arguments: list[str] = []
    files = [source]
    for name, value in values.items():
        option = _options()[name]
        if name in ("input", "output") or value is None:
            continue
        assert isinstance(option, click.Option)
        if option.is_flag:
            words = option.opts if value else option.secondary_opts
            arguments += words[:1]
            continue
        text = str(value)
        if option.type.name == "file" or (name == "target" and is_file_name(text)):
            files.append(folder / text)
            text = str((folder / text).absolute())
        elif name == "model" and (folder / text.partition(":")[2]).is_file():
            files.append(folder / text.partition(":")[2])
            text = f"{text.partition(':')[0]}:{files[-1].absolute()}"
        arguments.append(f"--{name.replace('_', '-')}={text}")
    arguments += [f"--output={output.absolute()}", "--", str(source.absolute())]
    try:
        dub.make_context("dub", list(arguments))
    except click.ClickException as error:
        raise fault(error.format_message(), _name_of(getattr(error, "param", None))) from error
    return ListedJob(source.name, source.absolute(), output.absolute(), tuple(arguments), tuple(files))


def _distinct(jobs: Sequence[ListedJob]) -> list[ListedJob]:
    """Refuse jobs that would write one file, or over a file that one of them reads."""
    inputs = {path.absolute() for job in jobs for path in job.files}
    seen: set[Path] = set()
    for job in jobs:
        if job.output in seen:
            raise JobFileError(f"two jobs write {job.output}; give one of them another output")
        if job.output in inputs:
            raise JobFileError(f"{job.output} is written by one job and read by one")
        seen.add(job.output)
    return list(jobs)
