"""What is heard where several people speak: the mix of their dubs over what is kept of the original."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

import av

from vs_lipsync.cli.jobs.rendering.folder import describe_file
from vs_lipsync.cli.jobs.voices import Gaps, JobDubs
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError
from vs_lipsync.graph.prepare import Part, Prepared
from vs_lipsync.media.mix import AudioClip, has_sound
from vs_lipsync.media.source import SourceClip
from vs_lipsync.speech.cue_files import is_cue_file
from vs_lipsync.timing.position import format_time
from vs_lipsync.timing.seconds import exact
from vs_lipsync.timing.timeline import Timeline

__all__ = ["Bed", "CastDubs", "CastSound", "dubs_of", "notify_of_overload"]

type Bed = Literal["original", "silence"] | Path
"""What is heard under the dubs of a cast: the clip's own sound, nothing, or a file that starts with the clip."""

_NEARLY: Final = Fraction(1, 2)
"""Seconds by which a dub may be longer or shorter than the clip without a word about it."""


@dataclass(frozen=True, slots=True)
class CastSound:
    """How the dubs of a cast are mixed.

    Attributes:
        bed: what is heard under them.
        bed_gain: dB by which that is louder.
        gains: dB by which the dub of each person is louder.
    """

    bed: Bed = "silence"
    bed_gain: float = 0.0
    gains: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class CastDubs:
    """The dubs of a cast, as files; `voices.JobDubs` is the same of a job without a cast.

    Attributes:
        parts: what each person speaks.
        sound: how the dubs are mixed.
        length: seconds of the clip.
    """

    parts: Sequence[Part]
    sound: CastSound
    length: Fraction
    is_mixed: Literal[True] = True

    @property
    def files(self) -> list[Path]:
        """All files that are heard, each once, those that are spoken last."""
        bed = [self.sound.bed] if isinstance(self.sound.bed, Path) else []
        return list(dict.fromkeys([*bed, *(path for dubs in self._each for path in dubs.files)]))

    def audio_clips(
        self, footage: SourceClip, length: int, timeline: Timeline, first: int, gaps: Gaps
    ) -> list[AudioClip]:
        """Return the sounds of the track from frame `first` of a clip on; arguments as for `JobDubs.audio_clips`.

        Raises:
            JobError: the clip's own sound is to be heard, and it has none.
        """
        begin = timeline.start(first)
        made: list[AudioClip] = []
        for dubs, gain in zip(self._each, self.sound.gains, strict=True):
            spoken = dubs.audio_clips(footage, length, timeline, first, "silence")
            made += [replace(one, gain=_factor(gain)) for one in spoken]
        passing = self._gaps(length)
        dubbed = _complement(passing, length)

        def seconds(spans: Sequence[tuple[int, int]]) -> list[tuple[Fraction, Fraction]]:
            return [(timeline.start(start) - begin, timeline.start(stop) - begin) for start, stop in spans]

        own = AudioClip(footage.path, -begin, (), zero=footage.start, fades=True, shifts=footage.shifts)
        bed = self.sound.bed
        if bed == "original" and not has_sound(footage.path):
            raise JobError(f"{footage.path} has no sound to lie under the dubs; give --bed silence, or a file")
        if bed != "silence":
            under = own if bed == "original" else AudioClip(Path(bed), -begin, (), fades=True)
            made.append(replace(under, spans=seconds(dubbed), gain=_factor(self.sound.bed_gain)))
        if passing and gaps == "original" and has_sound(footage.path):
            made.append(replace(own, spans=seconds(passing)))
        return made

    def _gaps(self, length: int) -> list[tuple[int, int]]:
        """Return the ranges of a clip of `length` frames in which nobody is dubbed."""
        dubbed: list[tuple[int, int]] = []
        for part, dubs in zip(self.parts, self._each, strict=True):
            if not part.zones:
                return []
            dubbed += _complement([(gap.first, gap.stop) for gap in dubs.gaps(length)], length)
        return _complement(sorted(dubbed), length)

    def notify_remarks(self) -> None:
        """Print what the user should read before the job: what of the dubs moves no mouth, and why."""
        for dubs in self._each:
            dubs.notify_remarks()
        for part in self.parts:
            self._notify_length(part)

    def _notify_length(self, part: Part) -> None:
        """Print whether a dub ends before the clip does, or goes on behind its end."""
        dub = part.voice.dub
        if not isinstance(dub, str | Path) or is_cue_file(Path(dub)) or part.zones:
            return
        lasts, name = _duration(Path(dub)), Path(dub).name
        over = Fraction(0) if lasts is None else lasts + exact(part.voice.offset) - self.length
        if over > _NEARLY:
            notify(f"{name} goes on for {format_time(over)} behind the end of the clip, and is cut off there")
        elif over < -_NEARLY:
            notify(f"{name} ends {format_time(-over)} before the clip does: {part.title} passes from there on")

    def described(self) -> str:
        """Say what the pictures depend on, for a job to be told from another one."""
        who = [f"{part.title}: {dubs.described()}" for part, dubs in zip(self.parts, self._each, strict=True)]
        files = [
            describe_file(Path(part.voice.target))
            for part in self.parts
            if isinstance(part.voice.target, str | Path) and Path(part.voice.target).is_file()
        ]
        return "; ".join(["a cast", *who, *files])

    @property
    def _each(self) -> list[JobDubs]:
        return [JobDubs(part.voice, part.zones) for part in self.parts]


def dubs_of(prepared: Prepared, sound: CastSound | None) -> JobDubs | CastDubs:
    """Return the dubs of a job.

    Args:
        prepared: the call.
        sound: how the dubs of its cast are mixed; None without a cast.
    """
    if sound is None:
        return JobDubs(prepared.voice, prepared.zones)
    return CastDubs(prepared.parts, sound, prepared.timeline.start(prepared.clip.num_frames))


def notify_of_overload(quieter: float) -> None:
    """Say by how many dB a mix was made quieter, if it was."""
    if quieter > 0:
        notify(
            f"the mix goes beyond full scale: all of it is made {quieter:.1f} dB quieter, so that nothing is clipped"
        )


def _factor(gain: float) -> float:
    """Return the factor of a gain in dB."""
    return float(10 ** (gain / 20))


def _complement(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return what is left of frames 0..length without some spans, which are in order and may overlap."""
    left, at = [], 0
    for first, stop in [*spans, (length, length)]:
        if at < first:
            left.append((at, first))
        at = max(at, stop)
    return left


def _duration(path: Path) -> Fraction | None:
    """Return the seconds that a file says it lasts; None if it says nothing."""
    try:
        with av.open(str(path.absolute())) as container:
            return None if container.duration is None else Fraction(container.duration, av.time_base)
    except (av.FFmpegError, OSError):
        return None
