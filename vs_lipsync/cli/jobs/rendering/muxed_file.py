"""The file that a job writes, but for its pictures: the dub, what goes along from the input, what the file says."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import click

from vs_lipsync.cli.jobs.cast_sound import notify_of_overload
from vs_lipsync.cli.jobs.rendering.folder import JobFolder
from vs_lipsync.cli.jobs.sound_track import render_track
from vs_lipsync.media.containers import ISO_MEDIA, MATROSKA
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.ffmpeg import run_ffmpeg
from vs_lipsync.media.mix import Mix
from vs_lipsync.media.mux import DubTrack, InputStreams, arguments, lead_of, sound_codec
from vs_lipsync.media.provenance import Provenance
from vs_lipsync.media.sign import Signature
from vs_lipsync.media.streams import lost_tags
from vs_lipsync.plan.outcomes import Range
from vs_lipsync.timing.timeline import Timeline

__all__ = ["MuxedFile"]


@dataclass(frozen=True, slots=True)
class MuxedFile:
    """What is in a file beside its pictures.

    Attributes:
        sound: the dub, or what it is made of.
        streams: what goes along from the input; None for nothing.
        encoder: FFmpeg's options, those for the pictures among them.
        model: what makes the mouths, for the file's provenance; None if it is to say nothing of that.
        target: who speaks, for the same.
        signature: signs the file; None for none.
    """

    sound: DubTrack | Mix
    streams: InputStreams | None
    encoder: EncoderOptions
    model: str | None = None
    target: str = ""
    signature: Signature | None = None

    @property
    def lead(self) -> Fraction:
        """The second in the file at which its first frame is shown."""
        return lead_of(self.streams)

    def is_joinable(self, output: Path) -> bool:
        """Tell whether the pictures can be written in pieces that are joined later."""
        return output.suffix.lower() in (*ISO_MEDIA, *MATROSKA) and "-f" not in self.encoder.file

    def try_sound(self, written: Path) -> None:
        """Write a moment of silence as the user wants the dub: what is wrong with that is better heard of early.

        Raises:
            JobError: FFmpeg fails.
        """
        silence = ["-f", "lavfi", "-i", "anullsrc=sample_rate=48000:channel_layout=stereo", "-t", "0.1"]
        run_ffmpeg([*silence, *sound_codec(written.suffix.lower()), *self.encoder.sound, "-y", f"file:{written}"])

    def provenance(self, ranges: Sequence[Range] | None, timeline: Timeline) -> Provenance | None:
        """Return what the file says of itself.

        Args:
            ranges: what happened to which frames; None where that is known only when the file is written.
            timeline: when they are shown.
        """
        if self.model is None:
            return None
        if ranges is None:
            return Provenance(None, 0, self.model, self.target)
        return Provenance.of(ranges, timeline, self.lead, self.model, self.target)

    def command(
        self,
        pictures: Sequence[str],
        encoder: Sequence[str],
        length: Fraction,
        said: Provenance | None,
        written: Path,
        job: JobFolder,
    ) -> list[str]:
        """Write the sound, and return FFmpeg's arguments for the whole file.

        Args:
            pictures: its input options for the pictures.
            encoder: its output options for them.
            length: of the pictures, in seconds.
            said: what the file says of itself.
            written: the file to write.
            job: where other inputs are written.

        Raises:
            JobError: the sound cannot be decoded, or not be written.
        """
        sound, track = self.sound, job.part(".w64")
        notify_of_overload(render_track(sound, length, track))
        options = self.encoder.file
        return arguments(
            pictures, encoder, length, track, sound.language, self.streams, options, said, written, job.path
        )

    def tell_of_lost_tags(self, written: Path) -> None:
        """Tell the user which tags of the input a finished file cannot hold."""
        if self.streams is not None and (lost := lost_tags(self.streams.contents, written)):
            click.echo(f"{written.suffix} files cannot hold these tags of the input: {', '.join(lost)}", err=True)

    def signed(self, written: Path, said: Provenance | None, job: JobFolder) -> Path:
        """Return a signed copy of a finished file, or the file where it is not to be signed."""
        if self.signature is None or self.streams is None or said is None:
            return written
        signed = job.part(written.suffix)
        self.signature.sign(written, signed, self.streams.contents.path, said)
        return signed
