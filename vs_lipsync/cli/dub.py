"""`vs-lipsync dub`: a clip and a dub in, a re-voiced file out."""

import shlex
from pathlib import Path

import click

from vs_lipsync.cli.options import (
    AUDIO,
    DEVICE,
    END,
    INPUT,
    MODEL,
    OFFSET,
    OVERWRITE,
    START,
    STRENGTH,
    check_output,
)
from vs_lipsync.cli.position import Position

__all__ = ["dub"]


@click.command()
@INPUT
@AUDIO
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write.")
@OFFSET
@STRENGTH
@MODEL
@DEVICE
@START
@END
@click.option(
    "--encoder-args",
    metavar="OPTIONS",
    default="-c:v libx264 -crf 16",
    show_default=True,
    help="FFmpeg options for the output file.",
)
@OVERWRITE
@click.option("--dry-run", is_flag=True, help="Write nothing; print which frames would be dubbed, which not, and why.")
def dub(
    source: Path,
    audio: Path,
    output: Path | None,
    offset: float,
    strength: float,
    model: str,
    device: str,
    start: Position | None,
    end: Position | None,
    encoder_args: str,
    overwrite: bool,
    dry_run: bool,
) -> None:
    """Make the person in INPUT speak another sound.

    Frames without the speaker's face stay as they are. The output has the dub as its only sound.
    """
    if model != "warp" and strength != 1.0:
        raise click.UsageError("--strength is for the model warp; Wav2Lip moves the lips as it was trained to")
    if dry_run:
        from vs_lipsync.cli import job

        job.print_plan(source, audio, offset, start, end)
        return
    if output is None:
        raise click.UsageError("say where to write with -o, or ask for a --dry-run")
    if not output.suffix:
        raise click.UsageError(f"{output} needs an extension that says what kind of file to write, such as .mp4")
    check_output(output, overwrite, source, audio)
    try:
        encoder = shlex.split(encoder_args)
    except ValueError as error:
        raise click.BadParameter(str(error).lower(), param_hint="--encoder-args") from error
    from vs_lipsync.cli import job  # VapourSynth, torch and the rest take seconds to load

    job.write(source, audio, output, job.Voice(offset, strength, model, device), start, end, encoder)
