"""What `vs-lipsync dub` does once its options are read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path

import click
import vapoursynth as vs

from vs_lipsync import lipsync, lipsync_plan
from vs_lipsync.cli.encoder_options import EncoderOptions
from vs_lipsync.cli.errors import JobError, one_line
from vs_lipsync.cli.ffmpeg import ffmpeg_version
from vs_lipsync.cli.footage import Footage
from vs_lipsync.cli.hdr import has_dolby_vision, with_static_metadata
from vs_lipsync.cli.mux import Kept, Sound
from vs_lipsync.cli.outcome import outcome_of
from vs_lipsync.cli.position import Position, format_time
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.ranges import Outcome, Range, merge, summary
from vs_lipsync.cli.recording import Recording
from vs_lipsync.cli.resume import of_file
from vs_lipsync.cli.sign import Signature
from vs_lipsync.cli.span import span_of
from vs_lipsync.cli.streams import contents_of, dub_language
from vs_lipsync.cli.y4m import encodable
from vs_lipsync.target import click_in
from vs_lipsync.version import __version__

__all__ = ["Target", "Voice", "print_plan", "write"]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a dub is put into mouths.

    Attributes:
        offset: seconds after the clip's start at which the dub starts.
        strength: of the movement of the mouth.
        model: what makes the mouths, as `lipsync` names it.
        device: where a checkpoint runs.
        plan: the clip's plan file, if there is one.
        target: who is to speak, as `lipsync` takes it; None for the main face of each shot.
    """

    offset: float
    strength: float
    model: str
    device: str
    plan: Path | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The file to write.

    Attributes:
        path: its place; the extension tells the container.
        encoder: FFmpeg's options.
        language: ISO 639-2 code of the dub's language; empty if it is not given.
        replace_audio: whether the input's sound is left out.
        provenance: whether the file says that it was re-voiced.
        overwrite: whether a file that is there may be replaced.
        resume: whether to go on with what an earlier run has left.
        segment: seconds of a piece of the job, at least; 0 for one piece.
        credentials: certificate and key to sign the file with; None for no signature.
    """

    path: Path
    encoder: EncoderOptions
    language: str = ""
    replace_audio: bool = False
    provenance: bool = True
    overwrite: bool = False
    resume: bool = True
    segment: float = 30.0
    credentials: tuple[Path, Path] | None = None


def write(
    source: Path, audio: Path, voice: Voice, start: Position | None, end: Position | None, target: Target
) -> None:
    """Dub a range of a clip and write it to a file.

    Args:
        source: the clip.
        audio: the dub.
        voice: how the dub is put into mouths.
        start: first frame to write; None for the clip's first.
        end: first frame no longer to write; None for the clip's end.
        target: the file to write.

    Raises:
        JobError: it cannot be done.
        click.BadParameter: there is no such range in the clip.
    """
    signature = Signature(*target.credentials) if target.credentials else None
    footage = Footage.open(source)
    _tell(footage.note)
    clip = footage.clip
    first, stop = span_of(clip.num_frames, clip.fps, start, end)
    contents = contents_of(source, target.path.suffix.lower(), replace_audio=target.replace_audio)
    for left_out in contents.notes:
        _tell(left_out)
    with clip.get_frame(first) as frame:
        hdr, whole = with_static_metadata(target.encoder.video, target.encoder.video_codec, frame.props)
        if not whole or has_dolby_vision(frame.props):
            _tell("the picture's HDR10 or Dolby Vision metadata is left out: this encoder is not given it")
    options = replace(target.encoder, video=tuple(hdr))
    try:
        dubbed = lipsync(clip, str(audio), **asdict(voice))
        dubbed, note = encodable(dubbed[first:stop])
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    _tell(note)

    is_range = (first, stop) != (0, clip.num_frames)
    kept = Kept(contents, footage.start + first / clip.fps, is_range)
    language = target.language or dub_language(audio)
    sound = Sound(audio, Fraction(voice.offset) - first / clip.fps, language)
    made_of = {
        "version of vs-lipsync": __version__,
        "version of FFmpeg": ffmpeg_version(),
        "input": of_file(source),
        "dub": of_file(audio),
        "target": _of_target(voice.target),
        "offset": repr(voice.offset),
        "strength": repr(voice.strength),
        "model": _of_model(voice.model),
        "device": voice.device,
        "plan": of_file(voice.plan) if voice.plan else "none",
        "range": f"frames {first} to {stop}, {clip.fps} a second",
        "encoder": repr(options.video),
        "length of pieces": repr(target.segment),
    }
    model = voice.model if target.provenance else None
    recording = Recording(dubbed, clip[first:stop], sound, kept, options, model, target.segment, signature)
    counts = recording.write(target.path, made_of, overwrite=target.overwrite, resume=target.resume)
    _tell(f"{target.path}: {summary(counts)}")


def _of_target(target: str | None) -> str:
    """Describe who is to speak."""
    if target is None:
        return "main face"
    return target if click_in(target) else of_file(Path(target))


def _of_model(model: str) -> str:
    """Describe a model; a checkpoint by its file, if it is named by its path."""
    path = Path(model.partition(":")[2])
    return f"{model}, {of_file(path)}" if path.is_file() else model


def print_plan(
    source: Path,
    audio: Path,
    who: str | None,
    offset: float,
    plan_file: Path | None,
    start: Position | None,
    end: Position | None,
) -> None:
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
        plan = lipsync_plan(clip, str(audio), target=who, offset=offset, plan=plan_file)
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
