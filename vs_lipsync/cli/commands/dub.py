"""`vs-lipsync dub`: a clip and a dub in, a re-voiced file out."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from click.core import ParameterSource

from vs_lipsync.cli.cast_options import CastChoice, cast_options, check_cast_options
from vs_lipsync.cli.commands.project_command import ProjectCommand
from vs_lipsync.cli.exclude_option import EXCLUDE, places_of
from vs_lipsync.cli.options import (
    END,
    EXTEND,
    FILE,
    INPUT_OR_PIPE,
    OVERWRITE,
    PLAN,
    START,
    ZONES,
    check_dub,
    check_extend,
    check_output,
    finite,
    source_options,
)
from vs_lipsync.cli.voice_options import voice_options
from vs_lipsync.cli.workers_option import Workers
from vs_lipsync.errors import one_line
from vs_lipsync.media.containers import ISO_MEDIA
from vs_lipsync.media.encoding.encoder_options import DEFAULT, EncoderOptions
from vs_lipsync.media.language import to_iso639_2
from vs_lipsync.timing.position import Position

if TYPE_CHECKING:
    from collections import Counter

    from vs_lipsync.cli.commands.project import Project
    from vs_lipsync.plan.outcomes import Outcome

__all__ = ["dub", "dub_as_told"]


def _to_language(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    try:
        return to_iso639_2(value) if value else ""
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


def _checked(output: Path | None, overwrite: bool, inputs: list[Path]) -> Path:
    if output is None:
        raise click.UsageError("say where to write with -o, or ask for a --dry-run")
    if not output.suffix:
        raise click.UsageError(f"{output} needs an extension that says what kind of file to write, such as .mp4")
    check_output(output, overwrite, *inputs)
    return output


_PIPE = Path("-")
_OF_FILES = "is for files; with a pipe there are the options of the dub, --zones and --progressive"


def _check_pipe(source: Path, output: Path | None, opening: Mapping[str, object]) -> None:
    """Refuse a pipe on one side alone, and options that only files have."""
    if source != _PIPE or output != _PIPE:
        raise click.UsageError("a pipe comes in and goes out: give - as INPUT, and -o - as well")
    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.name or ""
        is_given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        fits = name.startswith("voice_") or name in ("source", "output", "zones", "deinterlace")
        if is_given and not fits:
            raise click.UsageError(f"{parameter.opts[0]} {_OF_FILES}")
    if opening["deinterlace"]:
        raise click.UsageError(f"--deinterlace {_OF_FILES}")


@click.command(cls=ProjectCommand)
@INPUT_OR_PIPE
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write.")
@voice_options()
@cast_options
@ZONES
@click.option(
    "--gaps",
    type=click.Choice(["original", "silence"]),
    default="original",
    show_default=True,
    help="What is heard in the dub's track outside of the zones.",
)
@EXCLUDE
@EXTEND
@PLAN
@source_options
@START
@END
@click.option(
    "--encoder-args",
    metavar="OPTIONS",
    default=DEFAULT,
    show_default=True,
    help="FFmpeg options for the encoder, the dub and the container. HDR10's mastering display and light levels are "
    "added for libx264, libx265 and libsvtav1.",
)
@click.option(
    "--language", metavar="TAG", callback=_to_language, help="The dub's language: ISO 639, such as de or deu."
)
@click.option("--replace-audio", is_flag=True, help="Leave INPUT's own sound out.")
@click.option("--no-provenance", is_flag=True, help="Do not say in the file that it was re-voiced, and where.")
@click.option(
    "--sign-cert",
    metavar="PEM",
    type=FILE,
    help="Sign content credentials (C2PA) with this certificate chain; needs vs-lipsync[c2pa].",
)
@click.option("--sign-key", metavar="PEM", type=FILE, help="The private key that belongs to it.")
@OVERWRITE
@click.option(
    "--piece",
    metavar="SECONDS",
    type=click.FloatRange(0.0, 86400.0),
    callback=finite,
    default=30.0,
    show_default=True,
    help="Least length of the pieces in which the job is done, for it to be resumed; 0 for one piece.",
)
@click.option(
    "--workers",
    type=Workers(),
    help="How many processes work on pieces of the job side by side; if not given, one for every two processors, as "
    "far as there is memory for it, each with 500 frames at least; one with a checkpoint. Or the machines of a Ray "
    "cluster: ray for the one of this machine or of RAY_ADDRESS, else ray://HOST:PORT.",
)
@click.option("--no-resume", is_flag=True, help="Throw away what a run that was stopped has left, and start afresh.")
@click.option(
    "--smart",
    is_flag=True,
    help="Encode only groups of pictures in which a frame changes, and copy the packets of all others as they are.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; print which frames would be dubbed, which not, and why.")
def dub(
    source: Path,
    voice: dict[str, Any],
    casting: CastChoice,
    output: Path | None,
    zones: Path | None,
    gaps: Literal["original", "silence"],
    exclude: tuple[tuple[Position, Position], ...],
    extend: Literal["loop", "freeze"] | None,
    plan: Path | None,
    opening: dict[str, Any],
    start: Position | None,
    end: Position | None,
    encoder_args: str,
    language: str,
    replace_audio: bool,
    no_provenance: bool,
    sign_cert: Path | None,
    sign_key: Path | None,
    overwrite: bool,
    piece: float,
    workers: int | str | None,
    no_resume: bool,
    smart: bool,
    dry_run: bool,
) -> "Counter[Outcome] | None":
    """Make the person in INPUT speak another sound.

    Frames without the speaker's face stay as they are. The dub becomes the first sound track; INPUT's own sound,
    subtitles, chapters, attachments, covers and tags are copied.

    A job that is stopped goes on where it was when the same command is given again.

    INPUT may be a project file (.toml) that says all of this; options that are given come before those of the file.

    With - as INPUT and -o -, uncompressed pictures (YUV4MPEG2) come through a pipe and leave through one, up to three
    seconds later.
    """
    audio: Path | None = voice["dub"]
    project: Project | None = click.get_current_context().obj
    inline = project.zones if project is not None else None
    if zones is not None and inline is not None:
        raise click.UsageError("the project has zones: leave --zones out")
    check_dub(audio, zones, casting or inline)
    check_cast_options(casting, voice)
    if _PIPE in (source, output):
        _check_pipe(source, output, opening)
        from vs_lipsync.cli.jobs import dub as job
        from vs_lipsync.cli.jobs import live

        dubbing = job.Dubbing(job.voice_of(voice, source), job.read_zones(zones) if zones else None)
        live.dub(dubbing, progressive=opening["deinterlace"] is False)
        return None
    if extend and audio is None and not casting:
        raise click.UsageError("--extend is to the end of the dub that --audio gives, or of the longest of --cast")
    check_extend(extend, opening["timecodes"])
    output = (
        None
        if dry_run
        else _checked(
            output,
            overwrite,
            [
                path
                for path in (
                    *(source, audio, zones, plan, opening["timecodes"], voice["exemplars"]),
                    *(*casting.files, *_files_of(project)),
                )
                if path
            ],
        )
    )
    try:
        encoder = EncoderOptions.parse(shlex.split(encoder_args))
    except ValueError as error:
        raise click.BadParameter(one_line(error), param_hint="--encoder-args") from error
    if (sign_cert is None) != (sign_key is None):
        raise click.UsageError("--sign-cert and --sign-key belong together")
    if sign_cert is not None and output and output.suffix.lower() not in ISO_MEDIA:
        raise click.UsageError(f"only {', '.join(ISO_MEDIA)} files can be signed")
    if sign_cert is not None and no_provenance:
        raise click.UsageError("what is signed is the provenance: --no-provenance leaves nothing to sign")
    from vs_lipsync.cli.jobs import dub as job  # VapourSynth and the rest take seconds to load
    from vs_lipsync.cli.jobs.dry_run import print_plan

    dubbing = job.Dubbing(
        voice=job.voice_of(voice, source),
        zones=job.read_zones(zones) if zones else inline,
        gaps=gaps,
        extend=extend,
        plan=plan,
        opening=job.SourceOptions(**opening),
        cast=casting.members(source, voice["offset"], plan, job.SourceOptions(**opening)),
        sound=casting.sound(),
        exclude=places_of(exclude),
    )
    if output is None:
        print_plan(source, dubbing, start, end)
        return None
    target = job.OutputSettings(
        path=output,
        encoder=encoder,
        language=language,
        replace_audio=replace_audio,
        provenance=not no_provenance,
        overwrite=overwrite,
        resume=not no_resume,
        piece=piece,
        workers=workers,
        credentials=(sign_cert, sign_key) if sign_cert and sign_key else None,
        smart=smart,
    )
    return job.write(source, dubbing, start, end, target)


def _files_of(project: "Project | None") -> tuple[Path, ...]:
    return () if project is None else project.files


def dub_as_told(arguments: Sequence[str]) -> "Counter[Outcome]":
    """Do what `vs-lipsync dub` does with these arguments, and return what happened to how many frames.

    Raises:
        click.ClickException: an argument is wrong.
        LipsyncError: it cannot be done.
    """
    counts: Counter[Outcome] = dub.main(list(arguments), prog_name="vs-lipsync dub", standalone_mode=False)
    return counts
