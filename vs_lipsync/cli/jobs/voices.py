"""Who speaks when in a job, and what is heard of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import vapoursynth as vs

from vs_lipsync.cli.jobs.folder import describe_file
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import DubError, JobError, ZoneError
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.extend import Extension, extended, length_to_end
from vs_lipsync.media.soundtrack import AudioClip, has_sound
from vs_lipsync.media.source import SourceClip
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zone_file import ZoneFile
from vs_lipsync.settings.zones import PlacedZone, Zone, place_zones
from vs_lipsync.speech.cue_files import is_cue_file, read_cues
from vs_lipsync.speech.dub import Dub, DubSource
from vs_lipsync.timing.seconds import exact
from vs_lipsync.timing.timeline import ConstantRate

__all__ = ["Gaps", "Voices", "lengthened"]

type Gaps = Literal["original", "silence"]
"""What is heard outside of zones."""


@dataclass(frozen=True, slots=True)
class Voices:
    """The dubs of a job.

    Attributes:
        common: the settings of the job; its dub is a path or None.
        zones: the zones, each of which names its frames; none for one that is the whole clip.
        placed: the same, in the order of their frames.
    """

    common: Voice
    zones: Sequence[Zone] = ()
    placed: Sequence[PlacedZone] = ()

    @classmethod
    def of(cls, common: Voice, file: ZoneFile | None, clip: vs.VideoNode, plan: Path | None) -> "Voices":
        """Find the frames of zones. Zones by scene need the clip to be searched up to there, unless there is a plan.

        Raises:
            JobError: a zone cannot be.
        """
        if file is None:
            return cls(common)

        def scenes() -> Iterator[tuple[int, int]]:
            analysis = Analysis.of(clip) if plan is None else Analysis.stored(clip, StoredPlan.open(plan))
            with progress("finding scenes", clip.num_frames) as advance:
                for first, stop in analysis.scenes():
                    for _ in range(first, stop):
                        advance()
                    yield first, stop

        try:
            placed = place_zones(file.zones, clip.num_frames, ConstantRate(clip.fps), scenes)
            for zone in placed:
                zone.voice(common, ConstantRate(clip.fps))
        except ZoneError as error:
            raise JobError(str(file.located(error))) from error
        zones = [
            replace(one.zone, start=one.first, stop=one.stop, scene=None)
            for one in sorted(placed, key=lambda one: one.number)
        ]
        return cls(common, zones, placed)

    @property
    def files(self) -> list[Path]:
        """All files that are spoken, each once; a subtitle file comes before those that it names."""
        dubs: list[DubSource | Dub | None] = [zone.dub for zone in self.zones] or [self.common.dub]
        if any(zone.dub is None and zone.action == "dub" for zone in self.zones):
            dubs.append(self.common.dub)
        found: dict[Path, None] = {}
        for path in (Path(dub) for dub in dubs if isinstance(dub, str | Path)):
            found[path] = None
            if is_cue_file(path):
                found |= dict.fromkeys(Path(str(cue.dub)) for cue in read_cues(path))
        return list(found)

    @property
    def is_mixed(self) -> bool:
        """Whether what is heard has to be put together out of several sounds."""
        return bool(self.zones) or is_cue_file(Path(str(self.common.dub)))

    def heard(self, footage: SourceClip, clip: vs.VideoNode, first: int, gaps: Gaps) -> list[AudioClip]:
        """Return what is heard from frame `first` of a clip on, at time 0, to the clip's end.

        Args:
            footage: where the clip is from, for its own sound.
            clip: the clip, which may be longer than the footage.
            first: the frame at time 0.
            gaps: what is heard outside of zones.
        """
        fps, begin = clip.fps, first / clip.fps
        end = clip.num_frames / fps - begin
        sounds: dict[tuple[Path, Fraction], list[tuple[Fraction, Fraction]]] = {}
        whole = [PlacedZone(Zone(), 1, 0, clip.num_frames)]
        for zone in self.placed or whole:
            voice = zone.voice(self.common, ConstantRate(fps))
            if voice is not None:
                span = zone.first / fps - begin, zone.stop / fps - begin
                for path, at, stop in _pieces(Path(str(voice.dub)), exact(voice.offset) - begin, end):
                    if span[0] < stop:
                        sounds.setdefault((path, at), []).append((span[0], min(span[1], stop)))
        heard = [AudioClip(path, at, spans) for (path, at), spans in sounds.items()]
        if self.placed and gaps == "original" and has_sound(footage.path):
            passing = [(one.first / fps - begin, one.stop / fps - begin) for one in self.gaps(clip.num_frames)]
            heard.append(AudioClip(footage.path, -begin, passing, zero=footage.start, fades=True))
        return heard

    def gaps(self, length: int) -> list[PlacedZone]:
        """Return the ranges of a clip of `length` frames in which no zone is dubbed, numbered 0."""
        found, at = [], 0
        for zone in [*self.placed, PlacedZone(Zone(), 0, length, length)]:
            if zone.zone.action == "pass":
                continue
            if at < zone.first:
                found.append(PlacedZone(Zone(), 0, at, zone.first))
            at = zone.stop
        return found

    def described(self) -> str:
        """Say what the pictures depend on, for a job to be told from another one."""
        settings = repr(replace(self.common, dub=None))
        return "; ".join([settings, *map(repr, self.zones), *map(describe_file, self.files)])


def lengthened(clip: vs.VideoNode, voice: Voice, extend: Extension | None) -> vs.VideoNode:
    """Return a clip that lasts to the end of the dub, if that is asked for.

    Raises:
        JobError: the dub cannot be read.
    """
    if extend is None:
        return clip
    try:
        return extended(clip, length_to_end(voice.open(), voice.offset, clip.fps), extend)
    except DubError as error:
        raise JobError(str(error)) from error


def _pieces(path: Path, at: Fraction, end: Fraction) -> Iterator[tuple[Path, Fraction, Fraction]]:
    """Yield the files of a dub that starts at a second, with the seconds at which each starts and has to end."""
    if not is_cue_file(path):
        yield path, at, end
        return
    for cue in read_cues(path):
        stop = end if cue.stop is None else min(end, at + exact(cue.stop))
        yield Path(str(cue.dub)), at + exact(cue.start), stop
