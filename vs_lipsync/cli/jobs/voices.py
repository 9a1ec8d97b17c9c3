"""The dubs of a job as files: which they are, and what the sound track is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from vs_lipsync.cli.jobs.rendering.folder import describe_file
from vs_lipsync.cli.notify import notify
from vs_lipsync.media.mix import AudioClip, has_sound
from vs_lipsync.media.source import SourceClip
from vs_lipsync.settings.target import is_file_name
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zones import PlacedZone, Zone
from vs_lipsync.speech.cue_files import is_cue_file, read_cues
from vs_lipsync.speech.dub import Dub, DubSource
from vs_lipsync.speech.remarks import remarks
from vs_lipsync.timing.seconds import exact
from vs_lipsync.timing.timeline import Timeline

__all__ = ["Gaps", "JobDubs"]

type Gaps = Literal["original", "silence"]
"""What the sound track holds outside of zones."""


@dataclass(frozen=True, slots=True)
class JobDubs:
    """The dubs of a job, as files.

    Attributes:
        common: the settings of the job; its dub is a path or None.
        zones: the zones in the order of their frames; none for one that is the whole clip.
    """

    common: Voice
    zones: Sequence[PlacedZone] = ()

    @property
    def files(self) -> list[Path]:
        """All files that are spoken, each once; a subtitle file comes before those that it names."""
        zones = [placed.zone for placed in sorted(self.zones, key=lambda placed: placed.number)]
        dubs: list[DubSource | Dub | None] = [zone.dub for zone in zones] or [self.common.dub]
        if any(zone.dub is None and zone.action == "dub" for zone in zones):
            dubs.append(self.common.dub)
        found: dict[Path, None] = {}
        for path in (Path(dub) for dub in dubs if isinstance(dub, str | Path)):
            found[path] = None
            if is_cue_file(path):
                found |= dict.fromkeys(Path(str(cue.dub)) for cue in read_cues(path))
        return list(found)

    @property
    def is_mixed(self) -> bool:
        """Whether the sound track has to be mixed of several files."""
        return bool(self.zones) or is_cue_file(Path(str(self.common.dub)))

    def audio_clips(
        self, footage: SourceClip, length: int, timeline: Timeline, first: int, gaps: Gaps
    ) -> list[AudioClip]:
        """Return the sounds of the track from frame `first` of a clip on, at time 0, to the clip's end.

        Args:
            footage: where the clip is from, for its own sound.
            length: frames of the clip, which may be longer than the footage.
            timeline: when they are shown.
            first: the frame at time 0.
            gaps: what the track holds outside of zones.
        """
        begin = timeline.start(first)
        end = timeline.start(length) - begin
        sounds: dict[tuple[Path, Fraction], list[tuple[Fraction, Fraction]]] = {}
        whole = [PlacedZone(Zone(), 1, 0, length)]
        for zone in self.zones or whole:
            voice = zone.voice(self.common, timeline)
            if voice is not None:
                span = timeline.start(zone.first) - begin, timeline.start(zone.stop) - begin
                for path, at, stop in _dub_files(Path(str(voice.dub)), exact(voice.offset) - begin, end):
                    if span[0] < stop:
                        sounds.setdefault((path, at), []).append((span[0], min(span[1], stop)))
        made = [AudioClip(path, at, spans) for (path, at), spans in sounds.items()]
        if self.zones and gaps == "original" and has_sound(footage.path):
            passing = [
                (timeline.start(one.first) - begin, timeline.start(one.stop) - begin) for one in self.gaps(length)
            ]
            made.append(AudioClip(footage.path, -begin, passing, zero=footage.start, fades=True, shifts=footage.shifts))
        return made

    def gaps(self, length: int) -> list[PlacedZone]:
        """Return the ranges of a clip of `length` frames in which no zone is dubbed, numbered 0."""
        found, at = [], 0
        for zone in [*self.zones, PlacedZone(Zone(), 0, length, length)]:
            if zone.zone.action == "pass":
                continue
            if at < zone.first:
                found.append(PlacedZone(Zone(), 0, at, zone.first))
            at = zone.stop
        return found

    def notify_remarks(self) -> None:
        """Print what the user should read before the job: what of the dubs moves no mouth, and why."""
        for path in self.files:
            if not is_cue_file(path):
                for remark in remarks(path):
                    notify(remark)

    def described(self) -> str:
        """Say what the pictures depend on, for a job to be told from another one."""
        settings = repr(replace(self.common, dub=None))
        return "; ".join([settings, *map(repr, self.zones), *map(describe_file, [*self.files, *self._files_of_zones])])

    @property
    def _files_of_zones(self) -> list[Path]:
        """The pictures, saved speakers, checkpoints and exemplars that zones name."""
        zones = [placed.zone for placed in self.zones]
        targets = [Path(zone.target) for zone in zones if isinstance(zone.target, str) and is_file_name(zone.target)]
        models = [Path(zone.model.partition(":")[2]) for zone in zones if zone.model is not None]
        exemplars = [Path(str(zone.exemplars)) for zone in zones if zone.exemplars is not None]
        return [path for path in [*targets, *models, *exemplars] if path.is_file()]


def _dub_files(path: Path, at: Fraction, end: Fraction) -> Iterator[tuple[Path, Fraction, Fraction]]:
    """Yield the files of a dub that starts at a second, with the seconds at which each starts and has to end."""
    if not is_cue_file(path):
        yield path, at, end
        return
    for cue in read_cues(path):
        stop = end if cue.stop is None else min(end, at + exact(cue.stop))
        yield Path(str(cue.dub)), at + exact(cue.start), stop
