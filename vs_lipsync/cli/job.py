"""What `vs-lipsync dub` does once its options are read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import click
import vapoursynth as vs

from vs_lipsync import lipsync, lipsync_plan
from vs_lipsync.cli.encode import Sound, encode
from vs_lipsync.cli.errors import JobError, one_line
from vs_lipsync.cli.footage import Footage
from vs_lipsync.cli.outcome import outcome_of
from vs_lipsync.cli.position import Position, format_time
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.ranges import Outcome, Range, merge, summary
from vs_lipsync.cli.span import span_of
from vs_lipsync.cli.y4m import encodable

__all__ = ["Voice", "print_plan", "write"]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a dub is put into mouths.

    Attributes:
        offset: seconds after the clip's start at which the dub starts.
        strength: of the movement of the mouth.
        model: what makes the mouths, as `lipsync` names it.
        device: where a checkpoint runs.
    """

    offset: float
    strength: float
    model: str
    device: str


def write(
    source: Path,
    audio: Path,
    output: Path,
    voice: Voice,
    start: Position | None,
    end: Position | None,
    encoder: list[str],
) -> None:
    """Dub a range of a clip and write it to a file.

    Args:
        source: the clip.
        audio: the dub.
        output: the file to write or replace.
        voice: how the dub is put into mouths.
        start: first frame to write; None for the clip's first.
        end: first frame no longer to write; None for the clip's end.
        encoder: FFmpeg options for the output.

    Raises:
        JobError: it cannot be done.
        click.BadParameter: there is no such range in the clip.
    """
    footage = Footage.open(source)
    _tell(footage.note)
    clip = footage.clip
    first, stop = span_of(clip.num_frames, clip.fps, start, end)
    try:
        dubbed = lipsync(clip, str(audio), **asdict(voice))
        dubbed, note = encodable(dubbed[first:stop])
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    _tell(note)
    sound = Sound(audio, Fraction(voice.offset) - first / clip.fps)
    counts: Counter[Outcome] = Counter()
    with progress("dubbing", stop - first) as advance:

        def done(frame: vs.VideoFrame) -> None:
            counts[outcome_of(frame)] += 1
            advance()

        encode(dubbed, sound, output, encoder, done)
    _tell(f"{output}: {summary(counts)}")


def print_plan(source: Path, audio: Path, offset: float, start: Position | None, end: Position | None) -> None:
    """Print the ranges of frames that are treated alike; arguments and errors as for `write`."""
    footage = Footage.open(source)
    _tell(footage.note)
    clip = footage.clip
    first, stop = span_of(clip.num_frames, clip.fps, start, end)
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


def _tell(message: str | None) -> None:
    if message:
        click.echo(message, err=True)
