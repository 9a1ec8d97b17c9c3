"""`vs-lipsync plan`: the analysis of a clip as a file."""

from pathlib import Path

import click

from vs_lipsync.cli.options import INPUT, OVERWRITE, check_output

__all__ = ["plan"]


@click.command()
@INPUT
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The plan to write: a .json file.")
@OVERWRITE
def plan(source: Path, output: Path, overwrite: bool) -> None:
    """Analyse INPUT once and keep what was found: faces and cuts.

    dub --plan then uses it, as often as you like. Beside the plan comes a file with the extension .faces, which belongs
    to it. The plan itself may be edited. A run that was stopped goes on where it was when it is started again.
    """
    if output.suffix != ".json":
        raise click.UsageError(f"{output} must have the extension .json")
    check_output(output, overwrite, source)
    from vs_lipsync.cli import planning  # VapourSynth, torch and the rest take seconds to load

    planning.write(source, output)
