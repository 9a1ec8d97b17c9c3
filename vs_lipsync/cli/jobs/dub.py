"""What `vs-lipsync dub` does once its options are read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import vapoursynth as vs

from vs_lipsync import lipsync, lipsync_plan
from vs_lipsync.cli.jobs.folder import describe_file
from vs_lipsync.cli.jobs.render import RenderJob
from vs_lipsync.cli.jobs.voices import Gaps, Voices, lengthened
from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.span import span_of
from vs_lipsync.errors import JobError, SettingError, ZoneError, one_line
from vs_lipsync.graph.extend import Extension
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.media.encoder_options import EncoderOptions
from vs_lipsync.media.ffmpeg import ffmpeg_version
from vs_lipsync.media.hdr import has_dolby_vision, with_static_metadata
from vs_lipsync.media.mux import DubTrack, InputStreams
from vs_lipsync.media.sign import Signature
from vs_lipsync.media.soundtrack import Mix
from vs_lipsync.media.source import SourceClip
from vs_lipsync.media.streams import contents_of, dub_language
from vs_lipsync.media.y4m import encodable
from vs_lipsync.plan.outcomes import Outcome, Range, merge, summary
from vs_lipsync.settings.target import is_file_name
from vs_lipsync.settings.voice import Voice as FilterVoice
from vs_lipsync.settings.zone_file import ZoneFile, read_zones
from vs_lipsync.speech.dub import SilencePolicy
from vs_lipsync.timing.position import Position, format_time
from vs_lipsync.version import __version__

__all__ = ["Dubbing", "OutputSettings", "Voice", "print_plan", "read_zones", "write"]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a dub is put into mouths.

    Attributes:
        audio: the dub; None when all zones have their own.
        offset: seconds after the clip's start at which the dub starts.
        strength: of the movement of the mouth.
        model: what makes the mouths, as `lipsync` names it.
        device: where a checkpoint runs.
        plan: the clip's plan file, if there is one.
        target: who is to speak, as `lipsync` takes it; None for the main face of each shot.
        silence: what happens between the cues of a dub.
        outside: what happens before its start and after its end.
        original: the clip's own sound, for targets that are told by it.
    """

    offset: float
    strength: float
    model: str
    device: str
    plan: Path | None = None
    target: str | None = None
    silence: SilencePolicy = "close"
    outside: SilencePolicy = "pass"
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Dubbing:
    """Who is to speak what, and when.

    Attributes:
        audio: the dub; None when all zones have their own.
        voice: how it is put into mouths.
        extend: how the footage goes on when it is shorter.
        zones: ranges with settings of their own, if there are any.
        gaps: what is heard outside of them.
    """

    audio: Path | None
    voice: Voice
    extend: Extension | None = None
    zones: ZoneFile | None = None
    gaps: Gaps = "original"

    @property
    def common(self) -> FilterVoice:
        """What is the same in all zones; JobError if there is no such voice."""
        settings = asdict(self.voice)
        del settings["plan"]
        try:
            return FilterVoice(self.audio, **settings)
        except SettingError as error:
            raise JobError(str(error)) from error

    def opened(self, clip: vs.VideoNode) -> tuple[vs.VideoNode, Voices]:
        """Make the clip as long as it has to be, and find out who speaks when.

        Raises:
            JobError: a dub cannot be read, or a zone cannot be.
        """
        longer = lengthened(clip, self.common, self.extend)
        if self.voice.plan is not None and longer is not clip:
            raise JobError("a plan is of the clip as it is: --extend goes without --plan")
        return longer, Voices.of(self.common, self.zones, longer, self.voice.plan)

    def arguments(self, voices: Voices) -> dict[str, Any]:
        """Return the arguments of `lipsync` and its companions."""
        return {"dub": self.audio, "zones": voices.zones, **asdict(self.voice)}


@dataclass(frozen=True, slots=True)
class OutputSettings:
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


def write(source: Path, dubbing: Dubbing, start: Position | None, end: Position | None, target: OutputSettings) -> None:
    """Dub a range of a clip and write it to a file.

    Args:
        source: the clip.
        dubbing: who is to speak what.
        start: first frame to write; None for the clip's first.
        end: first frame no longer to write; None for the clip's end.
        target: the file to write.

    Raises:
        JobError: it cannot be done.
        click.BadParameter: there is no such range in the clip.
    """
    voice = dubbing.voice
    signature = Signature(*target.credentials) if target.credentials else None
    footage = SourceClip.open(source)
    notify(footage.note)
    clip, voices = dubbing.opened(footage.clip)
    first, stop = span_of(clip.num_frames, clip.fps, start, end)
    contents = contents_of(source, target.path.suffix.lower(), replace_audio=target.replace_audio)
    for left_out in contents.notes:
        notify(left_out)
    try:
        with clip.get_frame(first) as frame:
            hdr, whole = with_static_metadata(target.encoder.video, target.encoder.video_codec, frame.props)
            if not whole or has_dolby_vision(frame.props):
                notify("the picture's HDR10 or Dolby Vision metadata is left out: this encoder is not given it")
        options = replace(target.encoder, video=tuple(hdr))
        dubbed = lipsync(clip, **dubbing.arguments(voices))
        dubbed, note = encodable(dubbed[first:stop])
    except vs.Error as error:
        raise _told(error, dubbing.zones) from error
    notify(note)

    is_range = (first, stop) != (0, clip.num_frames)
    streams = InputStreams(contents, footage.start + first / clip.fps, is_range)
    language = target.language or dub_language(voices.files[-1])
    sound: DubTrack | Mix
    if voices.is_mixed:
        sound = Mix(voices.heard(footage, clip, first, dubbing.gaps), (stop - first) / clip.fps, language)
    else:
        sound = DubTrack(voices.files[0], Fraction(voice.offset) - first / clip.fps, language)
    inputs = {
        "version of vs-lipsync": __version__,
        "version of FFmpeg": ffmpeg_version(),
        "input": describe_file(source),
        "dub": voices.described(),
        "target": _of_target(voice.target),
        "model": _of_model(voice.model),
        "extension": repr(dubbing.extend),
        "plan": describe_file(voice.plan) if voice.plan else "none",
        "range": f"frames {first} to {stop}, {clip.fps} a second",
        "encoder": repr(options.video),
        "length of pieces": repr(target.segment),
    }
    model = voice.model if target.provenance else None
    recording = RenderJob(dubbed, clip[first:stop], sound, streams, options, model, target.segment, signature)
    counts = recording.write(target.path, inputs, overwrite=target.overwrite, resume=target.resume)
    notify(f"{target.path}: {summary(counts)}")


def _of_target(target: str | None) -> str:
    """Describe who is to speak."""
    if target is None:
        return "main face"
    return describe_file(Path(target)) if is_file_name(target) else target


def _of_model(model: str) -> str:
    """Describe a model; a checkpoint by its file, if it is named by its path."""
    path = Path(model.partition(":")[2])
    return f"{model}, {describe_file(path)}" if path.is_file() else model


def print_plan(source: Path, dubbing: Dubbing, start: Position | None, end: Position | None) -> None:
    """Print the ranges of frames that are treated alike; arguments and errors as for `write`."""
    footage = SourceClip.open(source)
    notify(footage.note)
    clip, voices = dubbing.opened(footage.clip)
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
        plan = lipsync_plan(clip, **dubbing.arguments(voices))
        found = list(outcomes(plan[first:stop]))
    except vs.Error as error:
        raise _told(error, dubbing.zones) from error
    zones = [zone for zone in voices.placed if zone.first < stop and zone.stop > first]
    borders = [border for zone in zones for border in ((zone.first, ""), (zone.stop, f"  zone {zone.number}"))]
    begun = first
    for border, name in [*borders, (stop, "")]:
        until = min(max(border, first), stop)
        for part in merge(found[begun - first : until - first], begun):
            click.echo(_line(part, clip.fps) + name)
        begun = until
    notify(summary(counts))


def _told(error: vs.Error, zones: ZoneFile | None) -> JobError:
    """Return what an error says in one line, with the place in the zone file that it is about, if there is one."""
    cause = error.__cause__
    if zones is not None and isinstance(cause, ZoneError):
        return zones.located(cause)
    return JobError(one_line(error))


def _line(part: Range, fps: Fraction) -> str:
    times = f"{format_time(part.first / fps)} to {format_time((part.last + 1) / fps)}"
    return f"{part.first}-{part.last}  {times}  {part.outcome.action}  {part.outcome.reason}".rstrip()
