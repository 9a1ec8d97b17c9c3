"""Smart render: of a dubbed clip, only what changed is encoded, and the packets of all else are copied."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from vs_lipsync.cli.jobs.rendering.folder import JobFolder
from vs_lipsync.cli.jobs.rendering.pictures import Selection
from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import SmartRenderError
from vs_lipsync.files import require_space
from vs_lipsync.media.encoding.encoder_options import DEFAULT, EncoderOptions
from vs_lipsync.media.encoding.sending import Sending
from vs_lipsync.media.smart.check import check_packets, check_pictures
from vs_lipsync.media.smart.codec import Codec
from vs_lipsync.media.smart.footage import colours_of, require_aligned, require_copyable
from vs_lipsync.media.smart.join import EncodedPart, join
from vs_lipsync.media.smart.kinds import open_codec
from vs_lipsync.media.smart.options import checked
from vs_lipsync.media.smart.packets import Packets, facts_of, read_packets
from vs_lipsync.media.smart.runs import Run, runs_of
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.plan.outcomes import Outcome, Range
from vs_lipsync.timing.position import format_time
from vs_lipsync.timing.timeline import Timeline

__all__ = ["SmartRender", "SmartSource"]

_MOST_LINES = 8
"""Encoded ranges that are named to the user."""


@dataclass(frozen=True, slots=True)
class SmartSource:
    """A source of which packets can be copied.

    Attributes:
        footage: the source, opened.
        packets: of its pictures.
        codec: of its pictures.
        encoder: FFmpeg's options, with those that make pictures fit between the source's.
    """

    footage: SourceClip
    packets: Packets
    codec: Codec
    encoder: EncoderOptions

    @classmethod
    def of(cls, footage: SourceClip, opening: SourceOptions, encoder: EncoderOptions, suffix: str) -> "SmartSource":
        """Look at a source. All of its packets are read.

        Args:
            footage: the source.
            opening: how it was opened.
            encoder: the user's options.
            suffix: extension of the file to write, in small letters.

        Raises:
            SmartRenderError: nothing can be copied safely; why.
        """
        if footage.stream is None:
            raise SmartRenderError("it does not say which of its streams holds the pictures")
        facts = facts_of(footage.path, footage.stream)
        codec = open_codec(facts)
        if encoder.video == EncoderOptions.parse(DEFAULT.split()).video:
            usual = EncoderOptions.parse(codec.default)
            encoder = EncoderOptions(usual.video, encoder.file, encoder.sound, encoder.whole)
        checked(encoder, codec.encoders, facts.pixel_format)
        require_copyable(footage, opening, facts, suffix)
        packets = read_packets(footage.path, footage.stream, codec)
        if len(packets) != footage.clip.num_frames:
            raise SmartRenderError(
                f"its {len(packets)} packets are {footage.clip.num_frames} frames, so that it is not known which is in "
                "which"
            )
        every = len(packets.entries) == len(packets)
        video = codec.options(encoder.video, packets.delay, every=every)
        return cls(footage, packets, codec, EncoderOptions(tuple(video), encoder.file, encoder.sound, None))


@dataclass(frozen=True, slots=True)
class SmartRender:
    """What of a job is copied, and what encoded.

    Attributes:
        source: the source and the number of its picture stream.
        packets: those of the source.
        codec: the source's.
        runs: in order, from the first frame of the job to its last.
        outcomes: what happens to each frame of the job, as planned.
        encoder: FFmpeg's options, with those that make the pictures fit.
        timeline: when the frames of the clip are shown.
        colour: FFmpeg's options for what the source's file says of its colours.
    """

    source: tuple[Path, int]
    packets: Packets
    codec: Codec
    runs: tuple[Run, ...]
    outcomes: Sequence[Outcome]
    encoder: EncoderOptions
    timeline: Timeline
    colour: tuple[str, ...]

    @classmethod
    def of(
        cls, source: SmartSource, outcomes: Sequence[Outcome], span: tuple[int, int], timeline: Timeline
    ) -> "SmartRender":
        """Decide what is copied.

        Args:
            source: the source.
            outcomes: what happens to each frame of the span.
            span: first frame of the job, and first one behind it, in the clip, which may be longer than the source.
            timeline: when the frames of the clip are shown.

        Raises:
            SmartRenderError: nothing can be copied.
        """
        first, stop = span
        packets, footage = source.packets, source.footage
        assert footage.stream is not None
        changed = np.ones(max(stop, len(packets)), bool)
        changed[first:stop] = [outcome.action == "dub" for outcome in outcomes]
        runs = runs_of(packets, changed, first, stop)
        if not any(run.packets is not None for run in runs):
            raise SmartRenderError("all of it changes, or cannot be taken apart from what does")
        turns = source.codec.facts.turns or 0
        require_aligned(footage, packets, turns, [run.first for run in runs if run.packets is None])
        return cls(
            source=(footage.path, footage.stream),
            packets=packets,
            codec=source.codec,
            runs=tuple(runs),
            outcomes=outcomes,
            encoder=source.encoder,
            timeline=timeline,
            colour=tuple(colours_of(footage.path, footage.stream)),
        )

    @property
    def frames(self) -> int:
        """How many frames the job has."""
        return self.runs[-1].stop - self.runs[0].first

    @property
    def is_copy(self) -> bool:
        """Whether there is nothing to encode."""
        return not self._encoded

    @property
    def described(self) -> str:
        """What is encoded, in words, by which another job is told from this one."""
        text = ", ".join(f"{run.first}-{run.stop - 1}" for run in self._encoded)
        return f"encoded {hashlib.sha256(text.encode()).hexdigest()[:16]} of {len(self.packets)} packets"

    @property
    def copied(self) -> Counter[Outcome]:
        """What happens to the frames that are copied."""
        first = self.runs[0].first
        copies = [run for run in self.runs if run.packets is not None]
        return Counter(outcome for run in copies for outcome in self.outcomes[run.first - first : run.stop - first])

    def announce(self) -> None:
        """Tell the user what is copied and what is not, and why."""
        copies = [run for run in self.runs if run.packets is not None]
        frames, first = sum(len(run) for run in copies), self.runs[0].first
        held = sum(int(self.packets.sizes[list(run.packets or ())].sum()) for run in copies)
        span = (self.packets.places >= first) & (self.packets.places < self.runs[-1].stop)
        share = held / max(1, int(self.packets.sizes[span].sum()))
        notify(f"{frames} of {self.frames} frames are copied as they are, {share:.0%} of the source's bytes")
        for run in self._encoded[:_MOST_LINES]:
            outcomes = self.outcomes[run.first - first : run.stop - first]
            dubbed = sum(outcome.action == "dub" for outcome in outcomes)
            times = [format_time(self.timeline.start(frame)) for frame in (run.first, run.stop)]
            what = f"{dubbed} change" if dubbed else "none changes, but they cannot be copied"
            if 0 < dubbed < len(run):
                what += f", and {len(run) - dubbed} belong to them"
            notify(f"  {run.first}-{run.stop - 1}  {times[0]} to {times[1]}  encoded: {what}")
        if (more := len(self._encoded) - _MOST_LINES) > 0:
            notify(f"  and {more} more")

    @property
    def selection(self) -> Selection:
        """Which frames of the job are encoded, and how."""
        first = self.runs[0].first
        spans = tuple((run.first - first, run.stop - first) for run in self._encoded)
        return Selection(spans, self.codec.facts.turns or 0)

    def check_sending(self, sending: Sending) -> None:
        """Make sure that frames go to the encoder as they are.

        Raises:
            SmartRenderError: they do not.
        """
        if sending.plan.filter or sending.plan.note or sending.video.notes:
            raise SmartRenderError("the encoder takes no samples like the source's")

    def ranges(self, encoded: Iterable[Range]) -> list[Range]:
        """Return what happened to the frames of the job, out of what happened to those that were encoded."""
        first, waiting = self.runs[0].first, list(encoded)
        made: list[Range] = []
        for (start, stop), run in zip(self.selection.places, self._encoded, strict=True):
            shift = run.first - first - start
            made += [
                Range(part.first + shift, part.last + shift, part.outcome)
                for part in waiting
                if start <= part.first < stop
            ]
        return made

    def join(self, job: JobFolder) -> tuple[str, tuple[bytes, ...]]:
        """Write the pictures of the whole job into a file.

        Args:
            job: where the encoded ones are, and the file goes.

        Returns:
            The file's name, and what tells its packets from others.

        Raises:
            SmartRenderError: they make no stream.
        """
        require_space(job.path, int(self.packets.sizes.sum()) + sum(piece.size for piece in job.pieces))
        path = job.part(f".{self.codec.container}")
        digests = join(self.source, self.packets, self.codec, self.runs, self._parts(job), self.timeline, path)
        return path.name, digests

    def check(self, written: Path, digests: Sequence[bytes], job: JobFolder, lead: Fraction) -> None:
        """Make sure that a finished file is right, packet for packet and frame for frame.

        Raises:
            SmartRenderError: it is not.
        """
        check_packets(written, digests)
        with progress("checking", self.frames) as advance:
            check_pictures(
                written, lead, self.source, self.packets, self.runs, self._parts(job), self.timeline, advance
            )

    @property
    def _encoded(self) -> list[Run]:
        return [run for run in self.runs if run.packets is None]

    def _parts(self, job: JobFolder) -> list[EncodedPart]:
        parts = []
        for (start, stop), run in zip(self.selection.places, self._encoded, strict=True):
            shift = run.first - start
            parts += [
                EncodedPart(piece.path, piece.first + shift, piece.stop + shift)
                for piece in job.pieces
                if start <= piece.first < stop
            ]
        return parts
