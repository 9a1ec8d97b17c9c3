"""Options that several commands have, and what is asked of an output file."""

import math
import os
from pathlib import Path

import click

from vs_lipsync.cli.position import Position, parse_position

__all__ = [
    "AUDIO",
    "DEVICE",
    "END",
    "INPUT",
    "MODEL",
    "OFFSET",
    "OVERWRITE",
    "PLAN",
    "START",
    "STRENGTH",
    "check_output",
]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

INPUT = click.argument("source", metavar="INPUT", type=_FILE)
AUDIO = click.option(
    "--audio",
    "-a",
    metavar="DUB",
    required=True,
    type=_FILE,
    help="The new sound: a file of any kind that FFmpeg reads; a video's sound too.",
)
STRENGTH = click.option(
    "--strength",
    metavar="NUMBER",
    type=click.FloatRange(0.0, 2.0),
    default=1.0,
    show_default=True,
    help="How far the mouth moves: 0 not at all, 1 as the speaker does.",
)


def _finite(ctx: click.Context, param: click.Parameter, value: float) -> float:
    if not math.isfinite(value):
        raise click.BadParameter("it must be a number of seconds", ctx, param)
    return value


OFFSET = click.option(
    "--offset",
    metavar="SECONDS",
    type=float,
    callback=_finite,
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
    type=_FILE,
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
    if any(os.path.samefile(output, source) for source in inputs):
        raise click.UsageError(f"{output} is one of the inputs")
    if not overwrite:
        raise click.UsageError(f"{output} exists; give another name, or --overwrite")
