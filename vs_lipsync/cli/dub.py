"""`vs-lipsync dub`: a clip and a dub in, a re-voiced file out."""

import shlex
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import click

from vs_lipsync.cli.errors import JobError, one_line
from vs_lipsync.cli.options import AUDIO, END, INPUT, OFFSET, OVERWRITE, START, STRENGTH, check_output
from vs_lipsync.cli.position import Position, format_time
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.ranges import Outcome, Range, merge, summary

# VapourSynth, torch and the rest take seconds to load: they are imported when a job starts, not for a wrong option.

__all__ = ["dub"]


@click.command()
@INPUT
@AUDIO
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write.")
@OFFSET
@STRENGTH
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
    start: Position | None,
    end: Position | None,
    encoder_args: str,
    overwrite: bool,
    dry_run: bool,
) -> None:
    """Make the person in INPUT speak another sound.

    Frames without the speaker's face stay as they are. The output has the dub as its only sound.
    """
    if dry_run:
        _print_plan(source, audio, offset, start, end)
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
    _write(source, audio, output, offset, strength, start, end, encoder)


def _write(
    source: Path,
    audio: Path,
    output: Path,
    offset: float,
    strength: float,
    start: Position | None,
    end: Position | None,
    encoder: list[str],
) -> None:
    import vapoursynth as vs

    from vs_lipsync import lipsync
    from vs_lipsync.cli.encode import Sound, encode
    from vs_lipsync.cli.footage import Footage
    from vs_lipsync.cli.outcome import outcome_of
    from vs_lipsync.cli.y4m import encodable

    footage = Footage.open(source)
    _tell(footage.note)
    clip = footage.clip
    first, stop = _span(clip.num_frames, clip.fps, start, end)
    try:
        dubbed = lipsync(clip, str(audio), offset=offset, strength=strength)
        dubbed, note = encodable(dubbed[first:stop])
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    _tell(note)
    sound = Sound(audio, Fraction(offset) - first / clip.fps)
    counts: Counter[Outcome] = Counter()
    with progress("dubbing", stop - first) as advance:

        def done(frame: vs.VideoFrame) -> None:
            counts[outcome_of(frame)] += 1
            advance()

        encode(dubbed, sound, output, encoder, done)
    _tell(f"{output}: {summary(counts)}")


def _print_plan(source: Path, audio: Path, offset: float, start: Position | None, end: Position | None) -> None:
    import vapoursynth as vs

    from vs_lipsync import lipsync_plan
    from vs_lipsync.cli.footage import Footage
    from vs_lipsync.cli.outcome import outcome_of

    footage = Footage.open(source)
    _tell(footage.note)
    clip = footage.clip
    first, stop = _span(clip.num_frames, clip.fps, start, end)
    counts: Counter[Outcome] = Counter()

    def outcomes(plan: vs.VideoNode) -> Iterator[Outcome]:
        with progress("planning", stop - first) as advance:
            for frame in plan.frames(close=True):
                outcome = outcome_of(frame)
                counts[outcome] += 1
                advance()
                yield outcome

    try:
        plan = lipsync_plan(clip, str(audio), offset=offset)
        ranges = list(merge(outcomes(plan[first:stop]), first))
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    for part in ranges:
        click.echo(_line(part, clip.fps))
    _tell(summary(counts))


def _line(part: Range, fps: Fraction) -> str:
    times = f"{format_time(part.first / fps)} to {format_time((part.last + 1) / fps)}"
    return f"{part.first}-{part.last}  {times}  {part.outcome.action}  {part.outcome.reason}".rstrip()


def _span(frames: int, fps: Fraction, start: Position | None, end: Position | None) -> tuple[int, int]:
    """Return the first frame of the range that was asked for, and the first behind it."""
    first = start.at(fps) if start else 0
    stop = min(end.at(fps), frames) if end else frames
    if first >= frames:
        length = f"{frames} frames long ({format_time(frames / fps)})"
        raise click.BadParameter(f"frame {first} is not in the clip, which is {length}", param_hint="--start")
    if stop <= first:
        raise click.BadParameter(f"there is no frame from {first} to {stop}", param_hint="--end")
    return first, stop


def _tell(message: str | None) -> None:
    if message:
        click.echo(message, err=True)
