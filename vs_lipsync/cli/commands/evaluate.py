"""`vs-lipsync evaluate`: how good a result is."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from vs_lipsync.cli.cast_options import CastType
from vs_lipsync.cli.options import END, FILE, OVERWRITE, START, check_output, source_options
from vs_lipsync.cli.voice_options import voice_options
from vs_lipsync.timing.position import Position

__all__ = ["evaluate"]

_PICTURES = (".svg", ".png")


@click.command()
@click.argument("original", type=FILE)
@click.argument("result", type=FILE)
@voice_options(only=("dub", "offset", "target"))
@click.option(
    "--cast",
    metavar="WHO=DUB",
    type=CastType(),
    multiple=True,
    help="One of several people and what they should speak, in place of --audio and --target; give it for each.",
)
@source_options
@START
@END
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of a table.")
@click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw PSNR and mouth opening over time: an .svg or .png. Needs matplotlib.",
)
@OVERWRITE
def evaluate(
    original: Path,
    result: Path,
    voice: dict[str, Any],
    cast: tuple[tuple[str, Path], ...],
    opening: dict[str, Any],
    start: Position | None,
    end: Position | None,
    as_json: bool,
    plot: Path | None,
    overwrite: bool,
) -> None:
    """Compare RESULT with the ORIGINAL it was made of, and its mouth with the sound.

    With --start and --end, RESULT may hold the whole of ORIGINAL or that range alone. --offset is where DUB starts, as
    it was given to dub; so are --timecodes, --video-stream and --deinterlace, where INPUT is ORIGINAL.
    """
    audio: Path | None = voice["dub"]
    if cast:
        _check_cast(cast, voice, plot)
    if plot is not None:
        if plot.suffix.lower() not in _PICTURES:
            raise click.UsageError(f"{plot} must be an .svg or a .png")
        given = [path for path in (audio, opening["timecodes"]) if path]
        check_output(plot, overwrite, original, result, *given)
        if find_spec("matplotlib") is None:
            raise click.UsageError("--plot needs matplotlib; install it with: pip install 'vs-lipsync[plot]'")
    if audio is None and not cast and voice["offset"]:
        raise click.UsageError("--offset tells where the DUB of --audio starts; the sound of RESULT needs none")
    from vs_lipsync.cli.jobs import evaluate as evaluation  # VapourSynth and the rest take seconds to load

    opened = evaluation.SourceOptions(**opening)
    if cast:
        evaluation.run_cast(original, result, cast, voice["offset"], opened, start, end, as_json=as_json)
    else:
        evaluation.run(original, result, voice, opened, start, end, as_json=as_json, plot=plot)


def _check_cast(cast: tuple[tuple[str, Path], ...], voice: dict[str, Any], plot: Path | None) -> None:
    for name, option in (("dub", "--audio"), ("target", "--target")):
        if voice[name] is not None:
            raise click.UsageError(f"give {option} or --cast, not both: --cast says who speaks what")
    if plot is not None:
        raise click.UsageError("--plot draws one person: say who with --target, and what they speak with --audio")
    named = [who for who, _ in cast]
    for who in named:
        if who == "auto":
            raise click.UsageError("say who speaks what, with --cast WHO=DUB for each person")
        if named.count(who) > 1:
            raise click.UsageError(f"--cast has {who} twice")
