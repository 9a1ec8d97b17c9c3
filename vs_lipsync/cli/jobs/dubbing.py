"""Who is to speak what in a clip, and the pictures of that, for any process that makes some of them."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import vapoursynth as vs

from vs_lipsync.cli.jobs.pictures import Pictures
from vs_lipsync.cli.jobs.voices import Gaps
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import JobError, LipsyncError, ZoneError, one_line
from vs_lipsync.graph.dubbing import composed
from vs_lipsync.graph.prepare import Prepared, Scenes, prepare
from vs_lipsync.graph.targets import settled
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.settings.call import CallSettings, Extension
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zone_file import ZoneFile

__all__ = ["DubbedRange", "Dubbing"]


@dataclass(frozen=True, slots=True)
class Dubbing:
    """Who is to speak what, and when.

    Attributes:
        voice: the dub, a path or None when all zones have their own, and how it is put into mouths.
        zones: ranges with settings of their own, if there are any.
        gaps: what is heard outside of them.
        extend: how the footage goes on when it is shorter than the dub.
        plan: the clip's plan file, if there is one.
        opening: how the clip is opened.
    """

    voice: Voice
    zones: ZoneFile | None = None
    gaps: Gaps = "original"
    extend: Extension | None = None
    plan: Path | None = None
    opening: SourceOptions = field(default_factory=SourceOptions)

    def prepare(self, clip: vs.VideoNode) -> Prepared:
        """Make the clip as long as it has to be, and find out who speaks when.

        Raises:
            JobError: the clip, a dub, a plan or a zone cannot be used.
        """
        call = CallSettings(self.zones.zones if self.zones else (), self.extend, self.plan, self.opening.timecodes)

        def watch(scenes: Scenes) -> Scenes:
            with progress("finding scenes", clip.num_frames) as advance:
                for first, stop in scenes:
                    for _ in range(first, stop):
                        advance()
                    yield first, stop

        try:
            return prepare(clip, self.voice, call, watch)
        except ZoneError as error:
            raise (self.zones.located(error) if self.zones else JobError(str(error))) from error
        except (LipsyncError, vs.Error) as error:
            raise JobError(one_line(error)) from error


@dataclass(frozen=True, slots=True)
class DubbedRange:
    """A range of a clip that is to be dubbed, for any process of this machine to open. It can be pickled.

    Attributes:
        source: the clip.
        dubbing: who is to speak what.
        first: first frame.
        stop: first frame behind it.
    """

    source: Path
    dubbing: Dubbing
    first: int
    stop: int

    def __call__(self) -> Pictures:
        """Open its pictures.

        Raises:
            JobError: it cannot be done.
        """
        return self.of(self.dubbing.prepare(SourceClip.open(self.source, self.dubbing.opening).clip))

    def of(self, prepared: Prepared) -> Pictures:
        """Return its pictures where the clip is prepared already; vs.Error if it cannot be dubbed."""
        first, stop = self.first, self.stop
        return Pictures(
            clip=composed(prepared)[first:stop],
            source=prepared.clip[first:stop],
            begins_shot=lambda n: prepared.analysis.begins_shot(first + n),
        )

    def elsewhere(self, prepared: Prepared) -> "DubbedRange":
        """Return the same with all said that takes frames from the whole clip, for other processes to open it at once.

        Zones are given by their frames, and who is to speak by the person's looks.

        Raises:
            JobError: a target cannot be found.
        """
        known: dict[Target, Target] = {}

        def settle(target: Target) -> Target:
            if target not in known:
                known[target] = settled(target, prepared.analysis, prepared.voice.original, prepared.timeline)
            return known[target]

        try:
            voice = prepared.voice
            voice = replace(self.dubbing.voice, target=None if voice.target is None else settle(voice.target))
            placed = sorted(prepared.zones, key=lambda one: one.number)
            zones = [
                replace(
                    one.zone,
                    scene=None,
                    start=one.first,
                    stop=one.stop,
                    target=None if one.zone.target is None else settle(one.zone.target),
                )
                for one in placed
            ]
        except (LipsyncError, vs.Error) as error:
            raise JobError(one_line(error)) from error
        file = self.dubbing.zones
        dubbing = replace(self.dubbing, voice=voice, zones=None if file is None else ZoneFile(file.path, zones, ()))
        return replace(self, dubbing=dubbing)
