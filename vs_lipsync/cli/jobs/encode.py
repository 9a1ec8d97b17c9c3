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
from vs_lipsync.media.encoding.changes import Changes
from vs_lipsync.media.encoding.colour import colour_options
from vs_lipsync.media.encoding.sample_range import with_range
from vs_lipsync.media.encoding.sending import Sending
from vs_lipsync.media.encoding.written import FIRST_FRAMES, SentFrame
from vs_lipsync.media.ffmpeg import Ffmpeg
from vs_lipsync.plan.outcomes import Outcome, merge

__all__ = ["list_of_pieces", "record", "send"]

_UNSPECIFIED = 2  # in H.273's tables

type Numbered = tuple[int, vs.VideoFrame]


def record(
    sending: Sending,
    job: JobFolder,
    cutter: PieceCutter | None,
    done: Callable[[Outcome], None],
) -> None:
    """Write the frames of a clip that a job does not have yet, piece by piece.

    Args:
        sending: the frames, with the filter's props, and how they go to the encoder.
        job: where the pieces go.
        cutter: where they end; None for a single one.
        done: called with what happened to each frame that has been sent to the encoder.

    Raises:
        JobError: a frame cannot be made, FFmpeg fails, the disk is full, or the encoder changes what it should keep.
    """
    clip = sending.video.clip
    if job.frames == clip.num_frames:
        return
    try:
        # Keeps as many requests in flight as the core has threads, also from one piece to the next.
        frames = _watched(clip, job.frames)
        opening = next(frames, None)
        with clip.get_frame(0) as first:  # pieces that say different things cannot be joined
            said = sending.input(first), sending.output(first), colour_options(first)
        while opening is not None:
            opening = _record_piece(sending, said, opening, frames, job, cutter, done)
    except vs.Error as error:
        raise JobError(one_line(error)) from error


def _watched(clip: vs.VideoNode, first: int) -> Iterator[Numbered]:
    """Yield the frames of a clip from a number on, and tell of what they say otherwise than the clip's first one."""
    changes = Changes()
    if first:
        with clip.get_frame(0) as frame:
            changes.look(0, frame)
    for number, frame in enumerate(clip[first:].frames(close=True), first):
        notify(changes.look(number, frame))
        yield number, frame


def _record_piece(
    sending: Sending,
    said: tuple[list[str], list[str], list[str]],
    opening: Numbered,
    frames: Iterator[Numbered],
    job: JobFolder,
    cutter: PieceCutter | None,
    done: Callable[[Outcome], None],
) -> Numbered | None:
    """Write a piece that starts with a frame, and return the frame that starts the next one, if there is one.

    `said` are FFmpeg's options for what is sent, for what is written, and for its colours.
    """
    require_space(job.path, max((piece.size for piece in job.pieces), default=0))
    begun, frame = opening
    colour = said[2]
    # NUT holds any codec, and times as they are, but nothing beside the packets; files are known by their beginnings.
    part = job.part(".nut")
    container = "matroska" if sending.video.alpha_beside else "nut"
    outcomes: list[Outcome] = []
    sent: list[SentFrame] = []
    following = None
    command = [*said[0], "-an", *said[1], "-f", container, "-y", f"file:{part}"]
    with Ffmpeg(command) as ffmpeg:
        outcomes.append(_write(sending, ffmpeg, frame, sent, done))
        for n, frame in frames:
            if cutter is not None and cutter.begins_piece(n, begun):
                following = n, frame
                break
            outcomes.append(_write(sending, ffmpeg, frame, sent, done))
        ffmpeg.finish()
    count, extradata_hash, has_colour = _look_at(part)
    if cutter is not None:
        _check_joinable(count, len(outcomes), extradata_hash, job.pieces)
    if begun == 0:
        for note in sending.check(part, sent):
            notify(note)
    if has_colour or sending.is_filtered:  # filters may have changed the colours
        colour = []
    if sending.plan.tag is not None:
        colour = with_range(colour, sending.plan.tag)
    job.keep(part, begun + len(outcomes), list(merge(outcomes, begun)), extradata_hash, colour)
    return following


def _write(
    sending: Sending,
    ffmpeg: Ffmpeg,
    frame: vs.VideoFrame,
    sent: list[SentFrame],
    done: Callable[[Outcome], None],
) -> Outcome:
    """Send a frame, keep what the first ones are, and return what happened to it."""
    sending.send(ffmpeg, frame)
    if len(sent) < FIRST_FRAMES:
        sent.append(sending.sent_frame(frame))
    outcome = outcome_of(frame)
    done(outcome)
    return outcome


def send(
    sending: Sending,
    arguments: Callable[[Sequence[str], Sequence[str]], Sequence[str]],
    written: Path,
    done: Callable[[Outcome], None],
) -> None:
    """Run one FFmpeg over all frames of a clip.

    Args:
        sending: as for `record`.
        arguments: returns FFmpeg's arguments for its input options of the pictures, and the output options for them.
        written: the file that they say.
        done: as for `record`.

    Raises:
        JobError: a frame cannot be made, FFmpeg fails, or the encoder changes what it should keep.
    """
    clip = sending.video.clip
    sent: list[SentFrame] = []
    try:
        with clip.get_frame(0) as first:
            command = arguments(sending.input(first), sending.output(first))
        with Ffmpeg(command) as ffmpeg:
            for _, frame in _watched(clip, 0):
                _write(sending, ffmpeg, frame, sent, done)
            ffmpeg.finish()
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    for note in sending.check(written, sent):
        notify(note)


def list_of_pieces(pieces: Sequence[Piece], fps: Fraction) -> str:
    """Return the list of pieces that FFmpeg's concat demuxer reads, to lie beside them."""
    lines = ["ffconcat version 1.0"]
    for piece in pieces:
        # Rounded where pieces meet, not their lengths, whose errors would add up.
        begun, ended = (round(frame / fps * 1_000_000) for frame in (piece.first, piece.stop))
        lines += [f"file {piece.path.name}", f"duration {(ended - begun) / 1_000_000:.6f}"]
    return "\n".join([*lines, ""])


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
