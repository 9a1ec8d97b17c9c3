"""Options that several commands have, and what is asked of an output file."""

import math
import os
from pathlib import Path

import click

from vs_lipsync.settings.target import is_file_name
from vs_lipsync.timing.position import Position, parse_position

__all__ = [
    "DEVICE",
    "DUB",
    "END",
    "EXTEND",
    "FILE",
    "INPUT",
    "MODEL",
    "OFFSET",
    "OUTSIDE",
    "OVERWRITE",
    "PLAN",
    "SILENCE",
    "SPEAKER",
    "START",
    "STRENGTH",
    "TARGET",
    "ZONES",
    "check_dub",
    "check_output",
    "finite",
]


class _File(click.Path):
    """The name of a file that can be read more than once: a pipe that nobody writes to would be waited for for ever."""

    name = "file"

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        path = super().convert(value, param, ctx)
        if not Path(os.fsdecode(path)).is_file():
            self.fail(f"{click.format_filename(value)!r} is no file but a pipe, a socket or a device", param, ctx)
        return path


FILE = _File()

INPUT = click.argument("source", metavar="INPUT", type=FILE)
DUB = click.option(
    "--audio",
    "-a",
    metavar="DUB",
    type=FILE,
    help="The new sound: a file of any kind that FFmpeg reads, a video's sound too; or an .srt or .vtt file whose "
    "texts name sound files. Not needed when all zones have their own.",
)
ZONES = click.option(
    "--zones", metavar="FILE", type=FILE, help="Ranges with dubs and settings of their own, in a .toml or .json file."
)
_QUIET = click.Choice(["close", "pass"])
SILENCE = click.option(
    "--silence",
    type=_QUIET,
    default="close",
    show_default=True,
    help="Between the cues of a dub: close the mouth, or pass the footage as it is.",
)
OUTSIDE = click.option(
    "--outside", type=_QUIET, default="pass", show_default=True, help="The same before the dub and after its end."
)
EXTEND = click.option(
    "--extend",
    type=click.Choice(["loop", "freeze"]),
    help="When the dub lasts longer than INPUT: go on with the footage back and forth, or with its last frame.",
)


def check_dub(audio: Path | None, zones: Path | None) -> None:
    """Refuse to work without any dub.

    Raises:
        click.UsageError: there is none.
    """
    if audio is None and zones is None:
        raise click.UsageError("give a dub with --audio, or --zones that have theirs")


def finite(ctx: click.Context, param: click.Parameter, value: float) -> float:
    """Refuse what Python takes for a number but is none: ranges let NaN through."""
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number", ctx, param)
    return value


def _who(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and is_file_name(value) and not Path(value).is_file():
        raise click.BadParameter(
            f"{value!r} is neither a file, nor a place such as 120@640,360, nor main, speaking or all", ctx, param
        )
    return value


TARGET = click.option(
    "--target",
    "who",
    metavar="WHO",
    callback=_who,
    help="Who is to speak: a picture of the person; one saved by `vs-lipsync speaker`; FRAME@X,Y, a point on the "
    "face in a frame, in pixels; main, who is on screen most; speaking, whose mouth follows INPUT's own sound; or all. "
    "If not given, the main face of each shot.",
)
SPEAKER = click.option(
    "--speaker",
    metavar="WHO",
    callback=_who,
    help="All ranges that show a person, given as for --target, who also speaks the dub if there is one.",
)
STRENGTH = click.option(
    "--strength",
    metavar="NUMBER",
    type=click.FloatRange(0.0, 2.0),
    callback=finite,
    default=1.0,
    show_default=True,
    help="How far the mouth moves: 0 not at all, 1 as the speaker does.",
)


OFFSET = click.option(
    "--offset",
    metavar="SECONDS",
    type=float,
    callback=finite,
    default=0.0,
    show_default=True,
    help="When the dub starts, from the start of INPUT; below 0, its beginning is left out.",
)


def _known(ctx: click.Context, param: click.Parameter, value: str) -> str:
    kind, _, path = value.partition(":")
    if value != "warp" and (kind != "wav2lip" or not path):
        raise click.BadParameter(f"there is no model {value!r}; there are warp and wav2lip:PATH", ctx, param)
    return value


MODEL = click.option(
    "--model",
    metavar="NAME",
    callback=_known,
    default="warp",
    show_default=True,
    help="What makes the mouths: warp, or wav2lip:PATH with a Wav2Lip checkpoint of yours.",
)
DEVICE = click.option(
    "--device",
    metavar="NAME",
    default="auto",
    show_default=True,
    help="Where a checkpoint runs: auto, cpu, cuda or cuda:1.",
)


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
