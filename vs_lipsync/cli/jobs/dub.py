"""What `vs-lipsync dub` does once its options are read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import vapoursynth as vs

from vs_lipsync.cli.jobs.dubbing import DubbedRange, Dubbing
from vs_lipsync.cli.jobs.folder import describe_file
from vs_lipsync.cli.jobs.render import RenderJob
from vs_lipsync.cli.jobs.smart import SmartRender, SmartSource
from vs_lipsync.cli.jobs.voices import JobDubs
from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.span import span_of
from vs_lipsync.errors import JobError, SettingError, SmartRenderError, one_line
from vs_lipsync.graph.dubbing import plan_props
from vs_lipsync.graph.findings import Findings
from vs_lipsync.graph.prepare import Prepared
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.hdr import has_dolby_vision, with_static_metadata
from vs_lipsync.media.ffmpeg import ffmpeg_version
from vs_lipsync.media.mux import DubTrack, InputStreams
from vs_lipsync.media.sign import Signature
from vs_lipsync.media.soundtrack import Mix
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.media.streams import contents_of, dub_language
from vs_lipsync.plan.outcomes import Outcome, Range, merge, summary
from vs_lipsync.settings.target import Target, is_file_name
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zone_file import read_zones
from vs_lipsync.timing.position import Position, format_time
from vs_lipsync.timing.timeline import PartOf, Timeline
from vs_lipsync.version import __version__

__all__ = ["Dubbing", "OutputSettings", "SourceOptions", "print_plan", "read_zones", "voice_of", "write"]


def voice_of(options: Mapping[str, Any], source: Path) -> Voice:
    """Return the voice that the options of a command ask for.

    Args:
        options: keyword arguments of `Voice`, as `cli.options.voice_options` passes them.
        source: the clip, for targets that are told by its own sound.

    Raises:
        JobError: a setting has no such value.
    """
    try:
        return Voice(**options, original=str(source))
    except SettingError as error:
        raise JobError(str(error)) from error


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
        piece: least seconds of a piece of the job; 0 for one piece.
        credentials: certificate and key to sign the file with; None for no signature.
        workers: how many processes dub; None for as many as the machine has room for; or a Ray cluster.
        smart: whether to copy the packets of what does not change.
    """

    path: Path
    encoder: EncoderOptions
    language: str = ""
    replace_audio: bool = False
    provenance: bool = True
    overwrite: bool = False
    resume: bool = True
    piece: float = 30.0
    credentials: tuple[Path, Path] | None = None
    workers: int | str | None = 1
    smart: bool = False


def write(
    source: Path, dubbing: Dubbing, start: Position | None, end: Position | None, target: OutputSettings
) -> Counter[Outcome]:
    """Dub a range of a clip and write it to a file.

    Args:
        source: the clip.
        dubbing: who is to speak what.
        start: first frame to write; None for the clip's first.
        end: first frame no longer to write; None for the clip's end.
        target: the file to write.

    Returns:
        What happened to how many frames.

    Raises:
        JobError: it cannot be done.
        click.BadParameter: there is no such range in the clip.
    """
    voice = dubbing.voice
    signature = Signature(*target.credentials) if target.credentials else None
    footage = SourceClip.open(source, dubbing.opening)
    notify(footage.note)
    findings = Findings() if target.smart else None  # a smart render is planned first: nothing is looked at twice
    prepared = dubbing.prepare(footage.clip, findings)
    clip, timeline = prepared.clip, prepared.timeline
    dubs = JobDubs(voice, prepared.zones)
    dubs.notify_remarks()
    first, stop = span_of(clip.num_frames, timeline, start, end)
    contents = contents_of(source, target.path.suffix.lower(), replace_audio=target.replace_audio, video=footage.stream)
    for left_out in contents.notes:
        notify(left_out)
    smart = _smart_render(footage, dubbing, prepared, (first, stop), target) if target.smart else None
    try:
        dubbed = DubbedRange(source.absolute(), dubbing, first, stop, findings)
        pictures = dubbed.of(prepared)
    except vs.Error as error:
        raise JobError(one_line(error)) from error

    begin = timeline.start(first)
    is_range = (first, stop) != (0, clip.num_frames)
    streams = InputStreams(contents, footage.start + begin, is_range, footage.shifts)
    language = target.language or dub_language(dubs.files[-1])
    sound: DubTrack | Mix
    if dubs.is_mixed:
        length = timeline.start(stop) - begin
        sound = Mix(dubs.audio_clips(footage, clip.num_frames, timeline, first, dubbing.gaps), length, language)
    else:
        sound = DubTrack(dubs.files[0], Fraction(voice.offset) - begin, language)
    inputs = {
        "version of vs-lipsync": __version__,
        "version of FFmpeg": ffmpeg_version(),
        "input": describe_file(source),
        "dub": dubs.described(),
        "target": _describe_target(prepared.voice.target),
        "model": _describe_model(voice.model),
        "extension": repr(dubbing.extend),
        "plan": describe_file(dubbing.plan) if dubbing.plan else "none",
        "range": f"frames {first} to {stop}, {clip.fps} a second",
        "opening": f"{dubbing.opening}, {_describe_timecodes(dubbing.opening.timecodes)}",
        "length of pieces": repr(target.piece),
    }

    def rendered(smart: SmartRender | None, *, resume: bool) -> Counter[Outcome]:
        encoder = target.encoder if smart is None else smart.encoder
        try:
            with clip.get_frame(first) as frame:
                options, lost = _with_metadata(encoder, frame)
        except vs.Error as error:
            raise JobError(one_line(error)) from error
        notify(lost)
        job = RenderJob(
            clip=pictures.clip,
            timeline=PartOf(timeline, first),
            varies=dubbing.opening.timecodes is not None,
            begins_shot=pictures.begins_shot,
            sound=sound,
            streams=streams,
            encoder=options,
            model=voice.model if target.provenance else None,
            target=_stated_target(prepared.voice.target),
            piece=target.piece,
            signature=signature,
            smart=smart,
            source=pictures.source,
            size=footage.size,
            elsewhere=lambda: dubbed.elsewhere(prepared),
            workers=target.workers if target.workers is not None or not _uses_network(prepared) else 1,
        )
        described = inputs | {"encoder": repr(options.video)} | ({"smart render": smart.described} if smart else {})
        return job.write(target.path, described, overwrite=target.overwrite, resume=resume)

    try:
        counts = rendered(smart, resume=target.resume)
    except SmartRenderError as error:
        notify(f"{error}; what was encoded is thrown away, and all frames are encoded")
        counts = rendered(None, resume=False)
    notify(f"{target.path}: {summary(counts)}")
    return counts


def _uses_network(prepared: Prepared) -> bool:
    """Tell whether a checkpoint makes mouths, for which one process takes the whole machine, or its graphics card."""
    models = [prepared.voice.model, *(one.zone.model for one in prepared.zones)]
    return any(model is not None and model != "warp" for model in models)


def _smart_render(
    footage: SourceClip, dubbing: Dubbing, prepared: Prepared, span: tuple[int, int], target: OutputSettings
) -> SmartRender | None:
    """Decide what is copied of a source, and tell the user; None if nothing can be."""
    try:
        source = SmartSource.of(footage, dubbing.opening, target.encoder, target.path.suffix.lower())
        smart = SmartRender.of(source, _planned(prepared, span), span, prepared.timeline)
    except SmartRenderError as error:
        notify(f"{footage.path.name} is not copied in part: {error}; all frames are encoded")
        return None
    smart.announce()
    return smart


def _with_metadata(encoder: EncoderOptions, frame: vs.VideoFrame) -> tuple[EncoderOptions, str | None]:
    """Add a frame's HDR10 metadata to an encoder's options; tells what is left out."""
    video, whole = with_static_metadata(encoder.video, encoder.video_codec, frame.props)
    is_lost = not whole or has_dolby_vision(frame.props)
    lost = "the picture's HDR10 or Dolby Vision metadata is left out: this encoder is not given it" if is_lost else None
    return replace(encoder, video=tuple(video)), lost


def _describe_timecodes(path: Path | None) -> str:
    return "times of the file" if path is None else describe_file(path)


def _describe_target(target: Target | None) -> str:
    """Describe who is to speak."""
    if target is None:
        return "main face"
    return describe_file(Path(str(target))) if is_file_name(str(target)) else str(target)


def _stated_target(target: Target | None) -> str:
    """Return what the file says of who speaks; where a user keeps pictures is nobody's business."""
    text = "" if target is None else str(target)
    return Path(text).name if text and is_file_name(text) else text


def _describe_model(model: str) -> str:
    """Describe a model; a checkpoint by its file, if it is named by its path."""
    path = Path(model.partition(":")[2])
    return f"{model}, {describe_file(path)}" if path.is_file() else model


def print_plan(source: Path, dubbing: Dubbing, start: Position | None, end: Position | None) -> None:
    """Print the ranges of frames that are treated alike; arguments and errors as for `write`."""
    footage = SourceClip.open(source, dubbing.opening)
    notify(footage.note)
    prepared = dubbing.prepare(footage.clip)
    clip, timeline = prepared.clip, prepared.timeline
    JobDubs(dubbing.voice, prepared.zones).notify_remarks()
    first, stop = span_of(clip.num_frames, timeline, start, end)
    found = _planned(prepared, (first, stop))
    counts = Counter(found)
    zones = [zone for zone in prepared.zones if zone.first < stop and zone.stop > first]
    borders = [border for zone in zones for border in ((zone.first, ""), (zone.stop, f"  zone {zone.number}"))]
    begun = first
    for border, name in [*borders, (stop, "")]:
        until = min(max(border, first), stop)
        for part in merge(found[begun - first : until - first], begun):
            click.echo(_line(part, timeline) + name)
        begun = until
    notify(summary(counts))


def _planned(prepared: Prepared, span: tuple[int, int]) -> list[Outcome]:
    """Return what happens to each frame of a span, by its plan.

    Raises:
        JobError: a frame cannot be analysed.
    """
    found = []
    try:
        with progress("planning", span[1] - span[0]) as advance:
            for frame in plan_props(prepared)[span[0] : span[1]].frames(close=True):
                found.append(outcome_of(frame))
                advance()
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    return found


def _line(part: Range, timeline: Timeline) -> str:
    times = f"{format_time(timeline.start(part.first))} to {format_time(timeline.start(part.last + 1))}"
    return f"{part.first}-{part.last}  {times}  {part.outcome.action}  {part.outcome.reason}".rstrip()
