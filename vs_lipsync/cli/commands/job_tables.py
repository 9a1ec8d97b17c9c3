"""Lists of jobs for `vs-lipsync batch`: each job is a table of the options of `vs-lipsync dub`, named as there."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from vs_lipsync.cli.commands.dub import dub
from vs_lipsync.cli.commands.option_table import OptionTable, TableError, name_of
from vs_lipsync.cli.commands.project import Project, is_project
from vs_lipsync.cli.jobs.batch.listed import ListedJob
from vs_lipsync.errors import JobFileError
from vs_lipsync.files import read_small_text
from vs_lipsync.settings.toml_text import TomlError, document_of, lines_of_tables

__all__ = ["read_folder", "read_jobs"]

_KEY: Final = "jobs"
_MOST_BYTES: Final = 64 << 20
_DEFAULTS: Final = "defaults"
_OPTIONS: Final = OptionTable(
    dub, ("bed", "bed_gain", "cast", "dry_run", "help", "stem", "stem_gain", "workers"), "see vs-lipsync dub --help"
)
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
    if is_project(document):
        yield {"input": path.name}, {}
        return
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

    options = _OPTIONS.options
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
            _OPTIONS.check(checked, required=("input",))
        elif unknown := [name for name in checked if name not in options]:
            raise fault(_OPTIONS.unknown(unknown[0]))
        elif "input" not in checked:
            raise fault("input is not given")
    except TableError as error:
        raise fault(str(error), error.name) from error
    return _parsed(path.parent, checked, outputs, fault)


def _parsed(folder: Path, values: Mapping[str, Any], outputs: Path, fault: Any) -> ListedJob:  # noqa: ANN401 - a function
    """Return a job whose values have the right types, if `dub` takes them too."""
    source = folder / str(values["input"])
    suffix = source.suffix if source.suffix.lower() in _KEPT else ".mkv"
    words = _OPTIONS.words({name: one for name, one in values.items() if name not in ("input", "output")}, folder)
    output = folder / values["output"] if "output" in values else outputs / f"{source.stem}{suffix}"
    ends = ["--", str(source.absolute())]
    try:
        context = dub.make_context("dub", [*words.arguments, *ends])
    except click.ClickException as error:
        raise fault(error.format_message(), name_of(getattr(error, "param", None))) from error
    project = context.obj
    files = [source, *words.files]
    if isinstance(project, Project):
        files += project.files
        if "output" not in values and context.params["output"] is not None:
            output = context.params["output"]
    clip = project.clip if isinstance(project, Project) else source
    arguments = (*words.arguments, f"--output={output.absolute()}", *ends)
    return ListedJob(source.name, clip.absolute(), output.absolute(), arguments, tuple(files))


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
