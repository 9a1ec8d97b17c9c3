"""Writing the frames of a clip with FFmpeg: in pieces that are joined later, or in one go."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import vapoursynth as vs

from vs_lipsync.cli.jobs.folder import JobFolder, Piece
from vs_lipsync.cli.jobs.pieces import PieceCutter
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError, one_line
from vs_lipsync.files import require_space
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.media.colour import colour_options, sample_range
from vs_lipsync.media.ffmpeg import Ffmpeg
from vs_lipsync.media.sample_range import RangePlan, plan_range, with_range
from vs_lipsync.media.written import SentFrame, check_written
from vs_lipsync.media.y4m import FRAME_HEADER, frame_planes, stream_header
from vs_lipsync.plan.outcomes import Outcome, merge

__all__ = ["list_of_pieces", "record", "send"]

_UNSPECIFIED = 2  # in H.273's tables

_TAGS = {"-colorspace": "colorspace", "-color_primaries": "color_primaries", "-color_trc": "color_trc"}
"""FFmpeg's options that tag samples, and what decoded frames call them."""

type Numbered = tuple[int, vs.VideoFrame]


def record(
    clip: vs.VideoNode,
    job: JobFolder,
    cutter: PieceCutter | None,
    options: Sequence[str],
    done: Callable[[Outcome], None],
    *,
    can_tag: bool = True,
) -> None:
    """Write the frames of a clip that a job does not have yet, piece by piece.

    Args:
        clip: frames of a format that y4m carries, with the filter's props, at a constant rate.
        job: where the pieces go.
        cutter: where they end; None for a single one.
        options: FFmpeg's, for the pictures.
        done: called with what happened to each frame that has been sent to the encoder.
        can_tag: whether the container says the range of samples where the codec cannot.

    Raises:
        JobError: a frame cannot be made, FFmpeg fails, the disk is full, or the encoder changes what it should keep.
    """
    if job.frames == clip.num_frames:
        return
    try:
        with clip.get_frame(0) as frame:
            plan = plan_range(clip, sample_range(frame), options, can_tag=can_tag)
        notify(plan.note)
        # Keeps as many requests in flight as the core has threads, also from one piece to the next.
        frames = enumerate(clip[job.frames :].frames(close=True), job.frames)
        opening = next(frames, None)
        while opening is not None:
            opening = _record_piece(clip, opening, frames, job, cutter, options, plan, done)
    except vs.Error as error:
        raise JobError(one_line(error)) from error


def _record_piece(
    clip: vs.VideoNode,
    opening: Numbered,
    frames: Iterator[Numbered],
    job: JobFolder,
    cutter: PieceCutter | None,
    options: Sequence[str],
    plan: RangePlan,
    done: Callable[[Outcome], None],
) -> Numbered | None:
    """Write a piece that starts with a frame, and return the frame that starts the next one, if there is one."""
    require_space(job.path, max((piece.size for piece in job.pieces), default=0))
    begun, frame = opening
    is_filtered = any(name in ("-vf", "-filter:v") for name in options)
    colour = colour_options(frame)
    sent = sent_frame(frame, plan)
    part = job.part(".nut")  # NUT holds any codec, and times as they are
    outcomes: list[Outcome] = []
    following = None
    options = [*plan.filters, *options]
    command = [*pictures_input(frame, plan), "-an", "-fps_mode", "passthrough", *options]
    command += ["-f", "nut", "-y", f"file:{part}"]
    with Ffmpeg(command) as ffmpeg:
        ffmpeg.write(stream_header(clip, frame))
        _write(ffmpeg, frame, outcomes, done)
        for n, frame in frames:
            if cutter is not None and cutter.begins_piece(n, begun):
                following = n, frame
                break
            _write(ffmpeg, frame, outcomes, done)
        ffmpeg.finish()
    count, extradata_hash, has_colour = _look_at(part)
    if cutter is not None:
        _check_joinable(count, len(outcomes), extradata_hash, job.pieces)
    if begun == 0:
        for note in check_written(part, sent, same_samples=not is_filtered and plan.note is None):
            notify(note)
    if has_colour or is_filtered:  # filters may have changed the colours
        colour = []
    if plan.tag is not None:
        colour = with_range(colour, plan.tag)
    job.keep(part, begun + len(outcomes), list(merge(outcomes, begun)), extradata_hash, colour)
    return following


def _write(ffmpeg: Ffmpeg, frame: vs.VideoFrame, outcomes: list[Outcome], done: Callable[[Outcome], None]) -> None:
    _send(ffmpeg, frame)
    outcomes.append(outcome_of(frame))
    done(outcomes[-1])


def send(
    clip: vs.VideoNode,
    arguments: Callable[[Sequence[str], Sequence[str]], Sequence[str]],
    options: Sequence[str],
    done: Callable[[Outcome], None],
) -> None:
    """Run one FFmpeg over all frames of a clip.

    Args:
        clip: as for `record`.
        arguments: returns FFmpeg's arguments for its input options of the pictures, and for filters for them.
        options: as for `record`.
        done: as for `record`.

    Raises:
        JobError: a frame cannot be made, or FFmpeg fails.
    """
    try:
        with clip.get_frame(0) as first:
            plan = plan_range(clip, sample_range(first), options, can_tag=False)
            notify(plan.note)
            command, header = arguments(pictures_input(first, plan), plan.filters), stream_header(clip, first)
        with Ffmpeg(command) as ffmpeg:
            ffmpeg.write(header)
            for frame in clip.frames(close=True):
                _send(ffmpeg, frame)
                done(outcome_of(frame))
            ffmpeg.finish()
    except vs.Error as error:
        raise JobError(one_line(error)) from error


def pictures_input(frame: vs.VideoFrame, plan: RangePlan) -> list[str]:
    """Return FFmpeg's input options for frames that are sent to it, of which this is the first."""
    return ["-f", "yuv4mpegpipe", *with_range(colour_options(frame), plan.sent), "-i", "pipe:0"]


def sent_frame(frame: vs.VideoFrame, plan: RangePlan) -> SentFrame:
    """Return what the encoder's first picture is to be compared with."""
    words = colour_options(frame)
    colours = {name: int(words[words.index(option) + 1]) for option, name in _TAGS.items() if option in words}
    if plan.tag is None and plan.sent is not None:
        colours["color_range"] = plan.sent
    return SentFrame(frame.format, [plane.copy() for plane in frame_planes(frame)], colours)


def list_of_pieces(pieces: Sequence[Piece], fps: Fraction) -> str:
    """Return the list of pieces that FFmpeg's concat demuxer reads, to lie beside them."""
    lines = ["ffconcat version 1.0"]
    for piece in pieces:
        # Rounded where pieces meet, not their lengths, whose errors would add up.
        begun, ended = (round(frame / fps * 1_000_000) for frame in (piece.first, piece.stop))
        lines += [f"file {piece.path.name}", f"duration {(ended - begun) / 1_000_000:.6f}"]
    return "\n".join([*lines, ""])


def _send(ffmpeg: Ffmpeg, frame: vs.VideoFrame) -> None:
    ffmpeg.write(FRAME_HEADER)
    for plane in frame_planes(frame):
        ffmpeg.write(plane.data)


def _look_at(part: Path) -> tuple[int, str, bool]:
    """Read a file of pictures.

    Returns:
        How many there are, the checksum of what the codec needs to know before the first one, and whether the codec
        says how their colours are meant.
    """
    try:
        with av.open(str(part)) as container:
            stream = container.streams.video[0]
            extradata_hash = hashlib.sha256(stream.codec_context.extradata or b"").hexdigest()
            codec = stream.codec_context
            has_colour = any(int(tag) != _UNSPECIFIED for tag in (codec.colorspace, codec.color_primaries))
            return sum(1 for packet in container.demux(stream) if packet.size), extradata_hash, has_colour
    except (av.FFmpegError, OSError, IndexError) as error:
        raise JobError(f"ffmpeg wrote pictures that cannot be read: {one_line(error)}") from error


def _check_joinable(count: int, sent: int, extradata_hash: str, pieces: Sequence[Piece]) -> None:
    """Refuse pieces whose join would not be what the encoder would have written at once."""
    advice = "write the pictures in one go with --piece 0"
    if count != sent:
        raise JobError(f"with these encoder options {sent} frames become {count}; {advice}")
    if pieces and pieces[0].extradata_hash != extradata_hash:
        raise JobError(f"with these encoder options the pieces of the job cannot be joined; {advice}")
