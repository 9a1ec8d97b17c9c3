"""`vs-lipsync plan`: the analysis of a clip as a file, and as a page to look at."""

from pathlib import Path
from typing import Any

import click

from vs_lipsync.cli.options import INPUT, OVERWRITE, PLAN, check_output, source_options
from vs_lipsync.cli.voice_options import voice_options

__all__ = ["plan"]


@click.command()
@INPUT
@click.option(
    "--output", "-o", metavar="FILE", type=click.Path(path_type=Path), help="The plan to write: a .json file."
)
@click.option(
    "--html", "page", metavar="FILE", type=click.Path(path_type=Path), help="The page to write: a .html file."
)
@voice_options()
@PLAN
@source_options
@OVERWRITE
def plan(
    source: Path,
    output: Path | None,
    page: Path | None,
    voice: dict[str, Any],
    plan: Path | None,
    opening: dict[str, Any],
    overwrite: bool,
) -> None:
    """Analyse INPUT once and keep what was found, faces and cuts; or show it.

    dub --plan then uses the plan, as often as you like. Beside it comes a file with the extension .faces, which belongs
    to it. The plan itself may be edited. A run that was stopped goes on where it was when it is started again.

    The page shows what happens to every frame and why, of a plan that is given with --plan, or is made.
    """
    if output is None and page is None:
        raise click.UsageError("say what to write: a plan with -o, or a page with --html")
    if output is not None and plan is not None:
        raise click.UsageError("give a plan to use with --plan, or one to write with -o")
    audio: Path | None = voice["dub"]
    if audio is not None and page is None:
        raise click.UsageError("--audio is for the page; say where to write it with --html")
    if voice["target"] is not None and page is None:
        raise click.UsageError("--target is for the page; a plan says what is in the clip, whoever speaks")
    inputs = [path for path in (source, audio, plan, opening["timecodes"], voice["exemplars"]) if path is not None]
    for path, suffixes in ((output, (".json",)), (page, (".html", ".htm"))):
        if path is not None:
            if path.suffix.lower() not in suffixes:
                raise click.UsageError(f"{path} must have the extension {suffixes[0]}")
            check_output(path, overwrite, *inputs)
    from vs_lipsync.cli.jobs import plan as planning  # VapourSynth and the rest take seconds to load
    from vs_lipsync.cli.jobs.dub import voice_of

    planning.write(
        source, output, page, planning.Shown(voice_of(voice, source), plan), planning.SourceOptions(**opening)
    )
