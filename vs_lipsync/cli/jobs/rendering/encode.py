"""Writing the frames of a clip with FFmpeg: in pieces that are joined later, or in one go."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import vapoursynth as vs

from vs_lipsync.cli.jobs.rendering.folder import JobFolder, Piece, part_in
from vs_lipsync.cli.jobs.rendering.pieces import Cutter
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

__all__ = ["PieceWriter", "keep", "record", "require_room", "send"]

_UNSPECIFIED = 2  # in H.273's tables

_IN_ONE_GO = "write the pictures in one go with --piece 0"


class PieceWriter:
    """Writes pieces of a clip, in any order; those that follow one another without a break in what is in flight."""

    def __init__(
        self, sending: Sending, folder: Path, cutter: Cutter | None, say: Callable[[str], None] = notify
    ) -> None:
        """Write pieces.

        Args:
            sending: the frames, with the filter's props, and how they go to the encoder.
            folder: where their files go.
            cutter: where they end; None for a single one.
            say: is told what the user should know.
        """
        self._sending = sending
        self._folder = folder
        self._cutter = cutter
        self._say = say
        self._changes = Changes()
        self._following: tuple[int, int, vs.VideoFrame] | None = None  # a piece's number, its first frame's, that frame
        self._frames: Iterator[tuple[int, vs.VideoFrame]] = iter(())

    def write(self, number: int, done: Callable[[Outcome], None]) -> Piece:
        """Write a piece.

        Args:
            number: which one.
            done: called with what happened to each frame that has been sent to the encoder.

        Returns:
            The piece, whose file is whole but has the name of one that is not.

        Raises:
            JobError: a frame cannot be made, FFmpeg fails, or the encoder changes what it should keep.
        """
        try:
            return self._write(number, done)
        except vs.Error as error:
            raise JobError(one_line(error)) from error

    def _write(self, number: int, done: Callable[[Outcome], None]) -> Piece:
        sending, cutter = self._sending, self._cutter
        with sending.source.get_frame(0) as first:  # pieces that say different things cannot be joined
            said, colour = (sending.input(first), sending.output(first)), colour_options(first)
            self._changes.look(0, first)
        begun, frame = self._opening(number)
        # NUT holds any codec, and times as they are, but nothing beside the packets; files are known by how they begin.
        part = part_in(self._folder, ".nut")
        container = "matroska" if sending.video.alpha_beside else "nut"
        outcomes: list[Outcome] = []
        sent: list[SentFrame] = []
        command = [*said[0], "-an", *said[1], "-f", container, "-y", f"file:{part}"]
        with Ffmpeg(command) as ffmpeg:
            outcomes.append(_write(sending, ffmpeg, frame, sent, done))
            for n, frame in self._frames:
                if cutter is not None and cutter.begins(number + 1, n):
                    self._following = number + 1, n, frame
                    break
                outcomes.append(_write(sending, ffmpeg, frame, sent, done))
            ffmpeg.finish()
        count, extradata_hash, has_colour = _look_at(part)
        if cutter is not None and count != len(outcomes):
            raise JobError(f"with these encoder options {len(outcomes)} frames become {count}; {_IN_ONE_GO}")
        for note in sending.check(part, sent):
            if begun == 0:
                self._say(note)
        if has_colour or sending.is_filtered:  # filters may have changed the colours
            colour = []
        if sending.plan.tag is not None:
            colour = with_range(colour, sending.plan.tag)
        ranges = tuple(merge(outcomes, begun))
        return Piece(number, part, begun, begun + len(outcomes), ranges, extradata_hash, tuple(colour))

    def _opening(self, number: int) -> tuple[int, vs.VideoFrame]:
        """Return the number of a piece's first frame, and that frame; `_frames` goes on with the one behind it."""
        following, self._following = self._following, None
        if following is not None and following[0] == number:
            return following[1:]
        clip = self._sending.video.clip
        begun = self._cutter.begin(number) if self._cutter is not None else 0
        # Keeps as many requests in flight as the core has threads, also from one piece to the next.
        self._frames = self._watched(enumerate(clip[begun:].frames(close=True), begun))
        return next(self._frames)

    def _watched(self, frames: Iterator[tuple[int, vs.VideoFrame]]) -> Iterator[tuple[int, vs.VideoFrame]]:
        """Yield numbered frames, and tell of what they say otherwise than the first one."""
        for number, frame in frames:
            if (change := self._changes.look(number, frame)) is not None:
                self._say(change)
            yield number, frame


def record(
    sending: Sending,
    job: JobFolder,
    cutter: Cutter | None,
    done: Callable[[Outcome], None],
) -> None:
    """Write the pieces that a job does not have yet.

    Args:
        sending: the frames, with the filter's props, and how they go to the encoder.
        job: where the pieces go.
        cutter: where they end; None for a single one.
        done: called with what happened to each frame that has been sent to the encoder.

    Raises:
        JobError: a frame cannot be made, FFmpeg fails, the disk is full, or the encoder changes what it should keep.
    """
    writer = PieceWriter(sending, job.path, cutter)
    for number in job.missing(cutter.count if cutter is not None else 1):
        require_room(job)
        keep(job, writer.write(number, done))


def require_room(job: JobFolder, pieces: int = 1) -> None:
    """Make sure that so many more pieces fit on the disk, as far as those that are done tell; JobError if not."""
    require_space(job.path, pieces * max((piece.size for piece in job.pieces), default=0))


def keep(job: JobFolder, piece: Piece) -> None:
    """Add a piece to a job; JobError if it cannot be joined with the others as if they had been encoded at once."""
    if job.pieces and job.pieces[0].extradata_hash != piece.extradata_hash:
        raise JobError(f"with these encoder options the pieces of the job cannot be joined; {_IN_ONE_GO}")
    job.keep(piece)


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
    changes = Changes()
    try:
        with clip.get_frame(0) as first:
            command = arguments(sending.input(first), sending.output(first))
        with Ffmpeg(command) as ffmpeg:
            for number, frame in enumerate(clip.frames(close=True)):
                notify(changes.look(number, frame))
                _write(sending, ffmpeg, frame, sent, done)
            ffmpeg.finish()
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    for note in sending.check(written, sent):
        notify(note)


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
