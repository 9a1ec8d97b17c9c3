"""Options that several commands have beside those of a dub, and what is asked of an output file."""

import math
import os
from collections.abc import Callable, MutableMapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from vs_lipsync.timing.position import Position, parse_position

__all__ = [
    "END",
    "EXTEND",
    "FILE",
    "INPUT",
    "INPUT_OR_PIPE",
    "OVERWRITE",
    "PLAN",
    "START",
    "ZONES",
    "check_dub",
    "check_extend",
    "check_output",
    "finite",
    "source_arguments",
    "source_options",
]

type Command = Callable[..., object]


class _File(click.Path):
    """The name of a file that can be read more than once: a pipe that nobody writes to would be waited for for ever."""

    name = "file"

    def __init__(self, *, allow_dash: bool = False) -> None:
        super().__init__(exists=True, dir_okay=False, allow_dash=allow_dash, path_type=Path)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        path = super().convert(value, param, ctx)
        if self.allow_dash and value == "-":
            return path
        if not Path(os.fsdecode(path)).is_file():
            self.fail(f"{click.format_filename(value)!r} is no file but a pipe, a socket or a device", param, ctx)
        return path


FILE = _File()

INPUT = click.argument("source", metavar="INPUT", type=FILE)
INPUT_OR_PIPE = click.argument("source", metavar="INPUT", type=_File(allow_dash=True))


def finite(ctx: click.Context, param: click.Parameter, value: float) -> float:
    """Refuse what Python takes for a number but is none: ranges let NaN through."""
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number", ctx, param)
    return value


ZONES = click.option(
    "--zones",
    metavar="FILE",
    type=FILE,
    help="Ranges with dubs and settings of their own, in a .toml or .json file. Where all have a dub, it is enough.",
)
EXTEND = click.option(
    "--extend",
    type=click.Choice(["loop", "freeze"]),
    help="When the dub lasts longer than INPUT: go on with the footage back and forth, or with its last frame.",
)


def check_dub(audio: Path | None, zones: Path | None, cast: object = None) -> None:
    """Refuse to work without any dub.

    Args:
        audio: that of the whole clip.
        zones: the file of zones that may have theirs.
        cast: whether people have theirs.

    Raises:
        click.UsageError: there is none.
    """
    if audio is None and zones is None and not cast:
        raise click.UsageError(
            "give a dub with --audio, or --zones that have theirs, or a --cast of people with theirs"
        )


def check_extend(extend: str | None, timecodes: Path | None) -> None:
    """Refuse to make a clip longer whose frames have times of their own.

    Raises:
        click.UsageError: both are given.
    """
    if extend and timecodes:
        raise click.UsageError("--extend is for clips of constant rate, without --timecodes")


def _to_position(ctx: click.Context, param: click.Parameter, value: str | None) -> Position | None:
    try:
        return None if value is None else parse_position(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


START = click.option(
    "--start",
    metavar="FRAME|TIME",
    callback=_to_position,
    help="First frame to write: a frame number, or a time such as 0:01:23.500.",
)
END = click.option("--end", metavar="FRAME|TIME", callback=_to_position, help="First frame no longer to write.")
PLAN = click.option(
    "--plan",
    metavar="FILE",
    type=FILE,
    help="A plan that `vs-lipsync plan` wrote for INPUT, which is not analysed again then.",
)
TIMECODES = click.option(
    "--timecodes",
    metavar="FILE",
    type=FILE,
    help="When the frames of INPUT are shown, in format v1 or v2: a variable rate is left as it is then.",
)
VIDEO_STREAM = click.option(
    "--video-stream",
    metavar="NUMBER",
    type=click.IntRange(0, 9999),
    help="Which of INPUT's streams to take the picture from, numbered as FFmpeg does; if not given, the one with the "
    "flag default, or else the first.",
)
DEINTERLACE = click.option(
    "--deinterlace/--progressive",
    "deinterlace",
    default=None,
    help="Make whole pictures of INPUT's fields (Bwdif), or take its pictures as whole, whatever they say.",
)


def source_options(command: Command) -> Command:
    """Give a command the options that say how INPUT is opened.

    It is called with all of them in one argument, `opening`, a `dict` of keyword arguments for `SourceOptions`.
    """

    @wraps(command)
    def called(**arguments: Any) -> object:  # noqa: ANN401 - click passes what the options say
        return command(opening=source_arguments(arguments), **arguments)

    decorated: Command = called
    for option in (DEINTERLACE, VIDEO_STREAM, TIMECODES):
        decorated = option(decorated)
    return decorated


def source_arguments(arguments: MutableMapping[str, Any]) -> dict[str, Any]:
    """Take the values of `source_options` out of those of a command; returns keyword arguments for `SourceOptions`."""
    return {
        "stream": arguments.pop("video_stream"),
        "timecodes": arguments.pop("timecodes"),
        "deinterlace": arguments.pop("deinterlace"),
    }


OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace the output file if there is one.")


def check_output(output: Path, overwrite: bool, *inputs: Path) -> None:
    """Refuse an output file that cannot be written or must not be replaced.

    Raises:
        click.UsageError: its folder is missing, or there is a file already; one of the inputs is never replaced.
    """
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {output.absolute().parent}")
    if output.is_dir():
        raise click.UsageError(f"{output} is a folder")
    if not output.exists():
        return
    if any(output.samefile(source) for source in inputs):
        raise click.UsageError(f"{output} is one of the inputs")
    if not overwrite:
        raise click.UsageError(f"{output} exists; give another name, or --overwrite")
