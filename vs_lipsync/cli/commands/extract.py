"""`vs-lipsync extract`: segments of a clip as files."""

import re
import shlex
from pathlib import Path
from typing import Any

import click

from vs_lipsync.cli.exclude_option import RangeType
from vs_lipsync.cli.options import INPUT, OVERWRITE, PLAN, source_options
from vs_lipsync.cli.voice_options import SPEAKER, voice_options
from vs_lipsync.errors import one_line
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.lossless import LOSSLESS, LOSSLESS_FLOAT
from vs_lipsync.timing.position import Position

__all__ = ["extract"]


class ScenesType(click.ParamType[tuple[int, int | None]]):
    """A scene, several in a row, or all."""

    name = "N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int | None]:
        """Read the first and the last number; None for the clip's last scene."""
        if isinstance(value, tuple):
            return value
        if value == "all":
            return 1, None
        found = re.fullmatch(r"([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?", str(value), re.ASCII)
        if found is None or int(found[2] or found[1]) < int(found[1]):
            self.fail(f"{value!r} is not a scene such as 3, scenes such as 3-5, or all", param, ctx)
        return int(found[1]), int(found[2] or found[1])


@click.command()
@INPUT
@click.option("--faces/--no-faces", "faces", default=None, help="All ranges that show a face, or those that do not.")
@SPEAKER
@click.option(
    "--range",
    "spans",
    type=RangeType(),
    multiple=True,
    help="Frames A to B, both included; or from time A to time B. Several can be given.",
)
@click.option(
    "--scene",
    "scenes",
    type=ScenesType(),
    multiple=True,
    help="Shot N, the first being 1; or N-M, or all. Several too.",
)
@click.option(
    "--output", "-o", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The folder to write to."
)
@voice_options()
@PLAN
@source_options
@click.option(
    "--encoder-args",
    metavar="OPTIONS",
    default=None,
    show_default=f"{LOSSLESS}; of floating-point numbers {LOSSLESS_FLOAT}",
    help="FFmpeg options for the pictures, and for the sound, which is FLAC or PCM.",
)
@OVERWRITE
def extract(
    source: Path,
    faces: bool | None,
    speaker: str | None,
    spans: tuple[tuple[Position, Position], ...],
    scenes: tuple[tuple[int, int | None], ...],
    voice: dict[str, Any],
    output: Path,
    plan: Path | None,
    opening: dict[str, Any],
    encoder_args: str | None,
    overwrite: bool,
) -> None:
    """Write segments of INPUT to files, exact to the frame and to the sample, and list them in segments.csv.

    The files are lossless. Joined in order, those of all scenes, or those with and without faces, are INPUT again.
    """
    if sum((faces is not None, speaker is not None, bool(spans), bool(scenes))) != 1:
        raise click.UsageError("say which segments with one of --faces, --no-faces, --speaker, --range and --scene")
    if voice["target"] is not None and voice["dub"] is None:
        raise click.UsageError("--target is for a dub; give one with --audio, or take --speaker")
    if output.exists() and not output.is_dir():
        raise click.UsageError(f"{output} is not a folder")
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {output.absolute().parent}")
    if (output / "segments.csv").exists() and not overwrite:
        raise click.UsageError(f"{output} has a segments.csv already; give another folder, or --overwrite")
    try:
        encoder = None if encoder_args is None else shlex.split(encoder_args)
        EncoderOptions.parse(encoder or ())
    except ValueError as error:
        raise click.BadParameter(one_line(error), param_hint="--encoder-args") from error
    from vs_lipsync.cli.jobs import extract as extraction  # VapourSynth and the rest take seconds to load
    from vs_lipsync.cli.jobs.dub import voice_of

    choice = extraction.SegmentChoice(faces, speaker, spans, scenes)
    if voice["target"] is None:
        voice["target"] = speaker
    opened = extraction.SourceOptions(**opening)
    extraction.write(source, choice, voice_of(voice, source), plan, output, encoder, opened)
