"""What `vs-lipsync dub` does once its options are read."""

from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import vapoursynth as vs

from vs_lipsync.cli.jobs.cast_sound import dubs_of
from vs_lipsync.cli.jobs.cast_targets import check_cast
from vs_lipsync.cli.jobs.cluster.connection import connected
from vs_lipsync.cli.jobs.cluster.planning import find_on_cluster
from vs_lipsync.cli.jobs.dry_run import planned
from vs_lipsync.cli.jobs.dubbing import DubbedRange, Dubbing
from vs_lipsync.cli.jobs.pool.capacity import needed_memory
from vs_lipsync.cli.jobs.rendering.folder import describe_file
from vs_lipsync.cli.jobs.rendering.muxed_file import MuxedFile
from vs_lipsync.cli.jobs.rendering.render import RenderJob
from vs_lipsync.cli.jobs.rendering.smart import SmartRender, SmartSource
from vs_lipsync.cli.jobs.rendering.writers import Writers
from vs_lipsync.cli.jobs.sound_track import track_of
from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.span import span_of
from vs_lipsync.errors import JobError, SettingError, SmartRenderError, one_line
from vs_lipsync.graph.clip import frame_bytes
from vs_lipsync.graph.findings import Findings
from vs_lipsync.graph.prepare import Prepared
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.hdr import has_dolby_vision, with_static_metadata
from vs_lipsync.media.ffmpeg import ffmpeg_version
from vs_lipsync.media.mux import InputStreams
from vs_lipsync.media.sign import Signature
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.media.streams import contents_of, dub_language
from vs_lipsync.plan.outcomes import Outcome, summary
from vs_lipsync.settings.target import Target, is_file_name
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zone_file import read_zones
from vs_lipsync.timing.position import Position
from vs_lipsync.timing.timeline import PartOf
from vs_lipsync.version import __version__

__all__ = ["Dubbing", "OutputSettings", "SourceOptions", "read_zones", "voice_of", "write"]


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
        workers: how many processes dub; None for as many as the machine has room for; or what names a Ray cluster.
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
    with connected(target.workers) if isinstance(target.workers, str) else nullcontext() as cluster:
        return _write(source, dubbing, (start, end), target, cluster)


def _write(
    source: Path,
    dubbing: Dubbing,
    wanted: tuple[Position | None, Position | None],
    target: OutputSettings,
    cluster: Any,  # noqa: ANN401 - a module that need not be installed
) -> Counter[Outcome]:
    """Do what `write` does, by a cluster if there is one."""
    signature = Signature(*target.credentials) if target.credentials else None
    footage = SourceClip.open(source, dubbing.opening)
    notify(footage.note)
    findings = Findings() if target.smart else None  # a smart render is planned first: nothing is looked at twice
    prepared = dubbing.prepare(footage.clip, findings)
    clip, timeline = prepared.clip, prepared.timeline
    dubs = dubs_of(prepared, dubbing.sound)
    dubs.notify_remarks()
    first, stop = span_of(clip.num_frames, timeline, *wanted)
    check_cast(prepared)
    contents = contents_of(source, target.path.suffix.lower(), replace_audio=target.replace_audio, video=footage.stream)
    for left_out in contents.notes:
        notify(left_out)
    if findings is not None and cluster is not None and dubbing.plan is None:
        told = DubbedRange(source.absolute(), dubbing, first, stop).elsewhere(prepared)
        find_on_cluster(cluster, told, needed_memory(frame_bytes(clip)), findings)
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
    sound = track_of(dubs, prepared, footage, dubbing.gaps, first, stop, language)
    inputs = {
        "version of vs-lipsync": __version__,
        "version of FFmpeg": ffmpeg_version(),
        "input": describe_file(source),
        "dub": dubs.described(),
        "target": "; ".join(_describe_target(part.voice.target) for part in prepared.parts),
        "model": "; ".join(_describe_model(part.voice.model) for part in prepared.parts),
        "exemplars": "; ".join(_describe_exemplars(part.voice.exemplars) for part in prepared.parts),
        "extension": repr(dubbing.extend),
        "excluded": repr(dubbing.exclude),
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
        file = MuxedFile(
            sound=sound,
            streams=streams,
            encoder=options,
            model=", ".join(dict.fromkeys(one.voice.model for one in prepared.parts)) if target.provenance else None,
            target=", ".join(_stated_target(part.voice.target) for part in prepared.parts),
            signature=signature,
        )
        job = RenderJob(
            clip=pictures.clip,
            timeline=PartOf(timeline, first),
            varies=dubbing.opening.timecodes is not None,
            begins_shot=pictures.begins_shot,
            file=file,
            piece=target.piece,
            smart=smart,
            source=pictures.source,
            size=footage.size,
            elsewhere=lambda: dubbed.elsewhere(prepared),
            writers=Writers(_workers(target, prepared), cluster),
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


def _workers(target: OutputSettings, prepared: Prepared) -> int | None:
    """Return how many processes of this machine write pieces, where it is not a cluster that does."""
    if isinstance(target.workers, str) or (target.workers is None and _uses_network(prepared)):
        return 1
    return target.workers


def _uses_network(prepared: Prepared) -> bool:
    """Tell whether a checkpoint makes mouths, for which one process takes the whole machine, or its graphics card."""
    parts = prepared.parts
    models = [*(part.voice.model for part in parts), *(one.zone.model for part in parts for one in part.zones)]
    return any(model is not None and model != "warp" for model in models)


def _smart_render(
    footage: SourceClip, dubbing: Dubbing, prepared: Prepared, span: tuple[int, int], target: OutputSettings
) -> SmartRender | None:
    """Decide what is copied of a source, and tell the user; None if nothing can be."""
    try:
        source = SmartSource.of(footage, dubbing.opening, target.encoder, target.path.suffix.lower())
        smart = SmartRender.of(source, planned(prepared, span), span, prepared.timeline)
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
    is_file = isinstance(target, str | Path) and is_file_name(str(target))
    return describe_file(Path(str(target))) if is_file else str(target)


def _describe_exemplars(exemplars: object) -> str:
    """Describe the footage that mouths are taken from."""
    return "the clip itself" if exemplars is None else describe_file(Path(str(exemplars)))


def _stated_target(target: Target | None) -> str:
    """Return what the file says of who speaks; where a user keeps pictures is nobody's business."""
    if isinstance(target, Speaker):
        return target.name
    if isinstance(target, tuple):
        frame, x, y = target
        return f"{frame}@{x:g},{y:g}"
    text = "" if target is None else str(target)
    return Path(text).name if text and is_file_name(text) else text


def _describe_model(model: str) -> str:
    """Describe a model; a checkpoint by its file, if it is named by its path."""
    path = Path(model.partition(":")[2])
    return f"{model}, {describe_file(path)}" if path.is_file() else model
