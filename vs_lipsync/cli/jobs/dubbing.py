"""Who is to speak what in a clip, and the pictures of that, for any process that makes some of them."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import vapoursynth as vs

from vs_lipsync.cli.jobs.cast_sound import CastSound
from vs_lipsync.cli.jobs.rendering.pictures import Pictures
from vs_lipsync.cli.jobs.voices import Gaps
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import JobError, LipsyncError, ZoneError, one_line
from vs_lipsync.graph.dubbing import composed
from vs_lipsync.graph.findings import Findings
from vs_lipsync.graph.prepare import Part, Prepared, Scenes, prepare
from vs_lipsync.graph.targets import settled
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.settings.call import CallSettings, Extension
from vs_lipsync.settings.cast import CastMember
from vs_lipsync.settings.target import Target, is_file_name
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zone_file import ZoneFile
from vs_lipsync.settings.zones import Place, Zone

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
        cast: several people with a dub each, in place of that of `voice`; None for none.
        sound: how the dubs of the cast are mixed; None without a cast.
        exclude: ranges that are left alone, as `lipsync` takes them.
    """

    voice: Voice
    zones: ZoneFile | None = None
    gaps: Gaps = "original"
    extend: Extension | None = None
    plan: Path | None = None
    opening: SourceOptions = field(default_factory=SourceOptions)
    cast: tuple[CastMember, ...] | None = None
    sound: CastSound | None = None
    exclude: tuple[tuple[Place, Place], ...] = ()

    def prepare(self, clip: vs.VideoNode, findings: Findings | None = None) -> Prepared:
        """Make the clip as long as it has to be, and find out who speaks when.

        Args:
            clip: the clip.
            findings: as for `Analysis.of`.

        Raises:
            JobError: the clip, a dub, a plan or a zone cannot be used.
        """
        zones = self.zones.zones if self.zones else ()
        call = CallSettings(zones, self.extend, self.plan, self.opening.timecodes, self.cast, self.exclude)

        def watch(scenes: Scenes) -> Scenes:
            with progress("finding scenes", clip.num_frames) as advance:
                for first, stop in scenes:
                    for _ in range(first, stop):
                        advance()
                    yield first, stop

        try:
            return prepare(clip, self.voice, call, watch, findings)
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
        findings: what is known of the clip's faces and cuts; None for nothing.
    """

    source: Path
    dubbing: Dubbing
    first: int
    stop: int
    findings: Findings | None = None

    def __call__(self) -> Pictures:
        """Open its pictures.

        Raises:
            JobError: it cannot be done.
        """
        return self.of(self.dubbing.prepare(SourceClip.open(self.source, self.dubbing.opening).clip, self.findings))

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

        Zones are given by their frames, who is to speak by the person's looks, and files by their whole names.

        Raises:
            JobError: a target cannot be found.
        """
        known: dict[Target | None, Target | None] = {None: None}

        def settle(target: Target | None) -> Target | None:
            if isinstance(target, Speaker):
                return target
            if target is not None and target not in known:
                found = settled(target, prepared.analysis, self.dubbing.voice.original, prepared.timeline)
                is_file = isinstance(found, str | Path) and is_file_name(str(found))
                known[target] = str(Path(str(found)).absolute()) if is_file else found
            return known[target]

        def told(voice: Voice, target: Target | None) -> Voice:
            return replace(
                voice,
                dub=_file(voice.dub),
                exemplars=_file(voice.exemplars),
                original=_file(voice.original),
                model=_model(voice.model),
                target=settle(target),
            )

        def placed(part: Part) -> list[Zone]:
            return [
                replace(
                    one.zone,
                    scene=None,
                    start=one.first,
                    stop=one.stop,
                    dub=_file(one.zone.dub),
                    exemplars=_file(one.zone.exemplars),
                    model=None if one.zone.model is None else _model(one.zone.model),
                    target=settle(one.zone.target),
                )
                for one in sorted(part.zones, key=lambda one: one.number)
            ]

        dubbing, (first, *_) = self.dubbing, prepared.parts
        file = dubbing.zones
        try:
            if dubbing.cast is None:
                zones = None if file is None else ZoneFile(file.path, placed(first), ())
                dubbing = replace(dubbing, voice=told(dubbing.voice, first.voice.target), zones=zones)
            else:
                cast = [
                    replace(
                        member,
                        target=settle(member.target) or member.target,
                        dub=_file(member.dub),
                        exemplars=_file(member.exemplars),
                        model=None if member.model is None else _model(member.model),
                        zones=placed(part),
                    )
                    for member, part in zip(dubbing.cast, prepared.parts, strict=True)
                ]
                dubbing = replace(dubbing, voice=told(dubbing.voice, None), zones=None, cast=tuple(cast))
        except (LipsyncError, vs.Error) as error:
            raise JobError(one_line(error)) from error
        opening = dubbing.opening
        dubbing = replace(
            dubbing,
            plan=dubbing.plan and dubbing.plan.absolute(),
            opening=replace(opening, timecodes=opening.timecodes and opening.timecodes.absolute()),
        )
        return replace(self, dubbing=dubbing)


def _file[T](dub: T) -> T | Path:
    """Return a dub, or exemplars, whose file's name means the same in any folder."""
    return Path(dub).absolute() if isinstance(dub, str | Path) else dub


def _model(name: str) -> str:
    """Return a model; a checkpoint that is a file by its whole name."""
    kind, _, path = name.partition(":")
    return f"{kind}:{Path(path).absolute()}" if path and Path(path).is_file() else name
