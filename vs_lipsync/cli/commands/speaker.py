"""`vs-lipsync speaker`: keep a person that is to speak."""

from pathlib import Path
from typing import Any

import click

from vs_lipsync.cli.options import INPUT, OVERWRITE, check_output, source_options
from vs_lipsync.cli.voice_options import voice_options
from vs_lipsync.errors import JobError, one_line

__all__ = ["speaker"]


@click.command()
@INPUT
@voice_options(only=("target",), required=("target",))
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The .json file to write.")
@click.option("--name", default="", help="What to call the person; the output's name if not given.")
@source_options
@OVERWRITE
def speaker(
    source: Path, voice: dict[str, Any], output: Path, name: str, opening: dict[str, Any], overwrite: bool
) -> None:
    """Save a person whom INPUT shows, for --target.

    The file holds numbers that tell the face from others, from several frames, and no picture.
    """
    who: str = voice["target"]
    if output.suffix.lower() != ".json":
        raise click.UsageError(f"{output} needs the extension .json")
    timecodes: Path | None = opening["timecodes"]
    check_output(output, overwrite, source, *([timecodes] if timecodes else []))
    import vapoursynth as vs  # these take a while to load

    from vs_lipsync import find_speaker
    from vs_lipsync.cli.notify import notify
    from vs_lipsync.media.source import SourceClip, SourceOptions

    footage = SourceClip.open(source, SourceOptions(**opening))
    notify(footage.note)
    original = str(source) if who == "speaking" else None
    try:
        found = find_speaker(footage.clip, who, name or output.stem, original=original, timecodes=timecodes)
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    found.save(output)
    click.echo(f"{output}: {found.name}, from {len(found.embeddings)} views", err=True)
