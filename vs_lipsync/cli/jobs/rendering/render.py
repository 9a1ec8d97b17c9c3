"""A job from its first frame to the finished file."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import click
import vapoursynth as vs

from vs_lipsync.cli.jobs.pool.worker import PieceTask
from vs_lipsync.cli.jobs.rendering.encode import send
from vs_lipsync.cli.jobs.rendering.folder import JobFolder
from vs_lipsync.cli.jobs.rendering.muxed_file import MuxedFile
from vs_lipsync.cli.jobs.rendering.pictures import OpenPictures, Pictures
from vs_lipsync.cli.jobs.rendering.piece_list import list_pieces
from vs_lipsync.cli.jobs.rendering.pieces import Cutter, PieceCutter
from vs_lipsync.cli.jobs.rendering.smart import SmartRender
from vs_lipsync.cli.jobs.rendering.writers import ALONE, Writers
from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import JobError, SmartRenderError, one_line
from vs_lipsync.files import require_space
from vs_lipsync.graph.clip import frame_bytes
from vs_lipsync.media.containers import ISO_MEDIA, MATROSKA, RANGE_TAGGED
from vs_lipsync.media.encoding.sending import Sending
from vs_lipsync.media.ffmpeg import run_ffmpeg
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.timing.timeline import ConstantRate, Timeline

__all__ = ["RenderJob"]


@dataclass(frozen=True, slots=True)
class RenderJob:
    """What is written to a file.

    Attributes:
        clip: the dubbed frames.
        begins_shot: tells whether a shot begins with frame n of `clip`.
        file: what is in the file beside the pictures.
        piece: least seconds of a piece; 0 for one piece.
        timeline: when the frames are shown; None for the rate of `clip`.
        varies: whether the file is to have the times of `timeline`, and not a constant rate.
        source: the frames before they are dubbed, which are sooner made; None for `clip` itself.
        elsewhere: returns what opens `clip` and the like in another process; None if this one is to do it all.
        writers: who writes pieces.
        smart: what of the source's packets is copied; None to encode all frames.
        size: width and height of what is to be seen of a clip that is padded; None for all of it.
    """

    clip: vs.VideoNode
    begins_shot: Callable[[int], bool]
    file: MuxedFile
    piece: float = 30.0
    timeline: Timeline | None = None
    varies: bool = False
    source: vs.VideoNode | None = None
    elsewhere: Callable[[], OpenPictures] | None = None
    writers: Writers = ALONE
    smart: SmartRender | None = None
    size: tuple[int, int] | None = None

    def write(
        self, output: Path, inputs: Mapping[str, str], *, overwrite: bool = False, resume: bool = True
    ) -> Counter[Outcome]:
        """Write the file. It appears at its place when it is whole.

        A run that fails or is stopped leaves the pieces of the pictures that are done beside it, and another one with
        the same arguments goes on from there.

        Args:
            output: its place; the extension tells the container.
            inputs: all that the pictures depend on, in words, by what it is.
            overwrite: whether a file that is there may be replaced.
            resume: whether to go on with what an earlier run has left.

        Returns:
            What happened to how many frames.

        Raises:
            SmartRenderError: nothing can be copied safely, against appearances; all frames are to be encoded.
            JobError: it cannot be done.
        """
        if self.varies and not self.file.is_joinable(output):
            raise JobError(f"--timecodes are for {', '.join((*ISO_MEDIA, *MATROSKA))} files")
        with JobFolder.open(output, inputs, resume=resume) as job:
            try:
                written = job.part(output.suffix)
                if self.file.encoder.sound:
                    self.file.try_sound(written)
                sending = self._sending(output)
                for note in sending.notes:
                    notify(note)
                if self.file.is_joinable(output):
                    counts = self._record(job, sending)
                    written = self._join(job, written)
                else:
                    counts = self._send(job, sending, written)
                job.finish(written, output, overwrite=overwrite)
            except SmartRenderError:
                raise  # what is kept is of no use: another job follows
            except BaseException:
                if job.frames:
                    click.echo(
                        f"{job.frames} of {self._frames} frames are kept in {job.path}; "
                        "give the same command again to go on from there",
                        err=True,
                    )
                raise
        return counts

    @property
    def _frames(self) -> int:
        """How many frames are encoded."""
        return self.clip.num_frames if self.smart is None else self.smart.selection.frames

    @property
    def _length(self) -> Fraction:
        return self._timeline.start(self.clip.num_frames)

    @property
    def _timeline(self) -> Timeline:
        return self.timeline or ConstantRate(self.clip.fps)

    def _sending(self, output: Path) -> Sending:
        suffix, joinable = output.suffix.lower(), self.file.is_joinable(output)
        can_tag = joinable and suffix in RANGE_TAGGED
        shown = Pictures(self.clip, self.source or self.clip, self.begins_shot)
        if self.smart is not None:
            shown = self.smart.selection.of(shown)
        try:
            sending = Sending.of(
                shown.clip,
                self.file.encoder.video_codec,
                self.file.encoder.video,
                suffix,
                can_tag=can_tag,
                source=shown.source,
                size=self.size,
            )
        except vs.Error as error:
            raise JobError(one_line(error)) from error
        if self.smart is not None:
            self.smart.check_sending(sending)
        return sending

    def _record(self, job: JobFolder, sending: Sending) -> Counter[Outcome]:
        """Write all pieces that are missing."""
        counts: Counter[Outcome] = Counter() if self.smart is None else self.smart.copied
        if self.smart is not None and self.smart.is_copy:
            return counts
        frames = self._frames
        if job.pieces and job.pieces[0].first == 0 and job.frames == job.pieces[-1].stop:
            click.echo(f"going on from frame {job.frames}: the ones before are in {job.path}", err=True)
        elif job.pieces:
            click.echo(f"going on: {job.frames} of {frames} frames are in {job.path}", err=True)
        shortest = round(Fraction(self.piece) * self.clip.fps)
        cutter: Cutter | None = None
        if self.smart is not None:
            cutter = self.smart.selection.cutter(shortest, self.begins_shot)
        elif self.piece > 0 and self.file.encoder.whole is None:
            cutter = PieceCutter(frames, shortest, self.begins_shot)
        with progress("dubbing", frames, job.frames) as advance:

            def done(_outcome: Outcome) -> None:
                advance()

            task = self._task_for(sending, job, shortest) if self.elsewhere is not None else None
            self.writers.write(sending, job, cutter, task, frames, frame_bytes(self.clip), done)
        if job.frames != frames or job.missing(len(job.pieces)):
            raise JobError(f"{job.path} holds pieces that do not fit together; give --no-resume to start afresh")
        for piece in job.pieces:
            for part in piece.ranges:
                counts[part.outcome] += part.last - part.first + 1
        return counts

    def _task_for(self, sending: Sending, job: JobFolder, shortest: int) -> Callable[[int], PieceTask]:
        """Return what makes the task for other processes, given the threads of the core in each."""

        def task(threads: int) -> PieceTask:
            assert self.elsewhere is not None
            selection = None if self.smart is None else self.smart.selection
            return PieceTask(self.elsewhere(), sending.form, shortest, job.path, threads, selection)

        return task

    def _join(self, job: JobFolder, written: Path) -> Path:
        """Join the pieces, the dub and what goes along; returns the file, or a signed copy."""
        require_space(job.path, sum(piece.size for piece in job.pieces))
        ranges = [part for piece in job.pieces for part in piece.ranges]
        digests: tuple[bytes, ...] = ()
        if self.smart is not None:
            ranges = self.smart.ranges(ranges)
            name, digests = self.smart.join(job)
            pictures, said, options = ["-i", name], self.smart.colour, list[str]()
        else:
            pictures, options = list_pieces(job, self.clip.fps, self._timeline if self.varies else None)
            said = job.pieces[0].colour
        colour = [f"{word}:v:0" if word.startswith("-") else word for word in said]
        provenance = self.file.provenance(ranges, self._timeline)
        copied = ["-c:v:0", "copy", *colour, *options]
        run_ffmpeg(self.file.command(pictures, copied, self._length, provenance, written, job), job.path)
        if self.file.encoder.whole is None:
            _check_length(written, self.clip.num_frames)
        if self.smart is not None:
            self.smart.check(written, digests, job, self.file.lead)
        self.file.tell_of_lost_tags(written)
        return self.file.signed(written, provenance, job)

    def _send(self, job: JobFolder, sending: Sending, written: Path) -> Counter[Outcome]:
        """Write a file of a kind that cannot be joined, all at once."""
        counts: Counter[Outcome] = Counter()
        said = self.file.provenance(None, self._timeline)

        def command(pictures: Sequence[str], encoder: Sequence[str]) -> list[str]:
            return self.file.command(pictures, encoder, self._length, said, written, job)

        self.writers.tell_of_one()
        with progress("dubbing", self.clip.num_frames) as advance:

            def done(outcome: Outcome) -> None:
                counts[outcome] += 1
                advance()

            send(sending, command, written, done)
        return counts


def _check_length(path: Path, frames: int) -> None:
    """Make sure that a file has all its frames, as far as its container says how many there are."""
    with av.open(str(path)) as container:
        counted = container.streams.video[0].frames
    if counted and counted != frames:
        raise JobError(f"the file has {counted} frames instead of {frames}; give --no-resume to start afresh")
