"""A cast: several people who speak at the same time, each with a dub of their own."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from vs_lipsync.errors import CastError, SettingError
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.voice import ExemplarSource, Voice
from vs_lipsync.settings.zones import Zone
from vs_lipsync.speech.dub import DubSource, SilencePolicy
from vs_lipsync.timing.seconds import Seconds

__all__ = ["Cast", "CastMember", "members_of"]


@dataclass(frozen=True, slots=True)
class CastMember:
    """One of several people who speak in a clip. What is None is as in the call of `lipsync`.

    Attributes:
        target: who it is; see `lipsync`. It says one person, not "all".
        dub: what this person speaks, from the clip's start on; None where all zones of the person have their own.
        offset: see `lipsync`.
        strength: see `lipsync`.
        model: see `lipsync`.
        silence: see `lipsync`.
        outside: see `lipsync`.
        exemplars: see `lipsync`.
        zones: ranges of the clip in which this person is dubbed; the call's if there are none.
        name: what messages call the person; empty for what the target says.
    """

    target: Target
    dub: DubSource | None = None
    _: KW_ONLY
    offset: Seconds | None = None
    strength: float | None = None
    model: str | None = None
    silence: SilencePolicy | None = None
    outside: SilencePolicy | None = None
    exemplars: ExemplarSource | None = None
    zones: Sequence[Zone] = ()
    name: str = ""

    @property
    def title(self) -> str:
        """How messages speak of the person: by the name, or by what the target says, without folders."""
        if self.name:
            return self.name
        if isinstance(self.target, Speaker):
            return self.target.name or "a saved speaker"
        if isinstance(self.target, tuple):
            frame, x, y = self.target
            return f"{frame}@{x:g},{y:g}"
        return Path(self.target).name

    def voice(self, common: Voice) -> Voice:
        """Return how the person's dub is put into the mouth.

        Args:
            common: the settings of the call, for what is None here.

        Raises:
            CastError: a setting has no such value.
        """
        names = {field.name for field in fields(Voice)} & {field.name for field in fields(CastMember)}
        own = {name: value for name in names if (value := getattr(self, name)) is not None}
        try:
            return replace(common, **own)
        except SettingError as error:
            raise CastError(f"{self.title}: {error}") from error


type Cast = Mapping[Any, DubSource] | Sequence[CastMember]
"""The dub of each person, by the target that says who it is; or a list of people with settings of their own."""


def members_of(cast: Cast, common: Voice, zones: Sequence[Zone]) -> list[CastMember]:
    """Return the people of a cast.

    Args:
        cast: as a user gives it.
        common: the settings of the call.
        zones: the zones of the call, which hold for everybody who has none.

    Raises:
        CastError: it is no cast, nobody or "all" is in it, one person is in it twice, or somebody has no dub; or the
            call or its zones say who speaks what as well.
    """
    members = [CastMember(*item) for item in cast.items()] if isinstance(cast, Mapping) else cast
    if not isinstance(members, Sequence) or not all(isinstance(member, CastMember) for member in members):
        raise CastError(f"a cast is a dict of people and their dubs, or a list of CastMember, not {cast!r:.100}")
    if not members:
        raise CastError("the cast is empty: give people and their dubs")
    if common.dub is not None:
        raise CastError("give one dub, or a cast in which everybody has their own, not both")
    if common.target is not None:
        raise CastError("the cast says who speaks: leave the target out")
    for number, zone in enumerate(zones, 1):
        if zone.dub is not None or zone.target is not None:
            raise CastError(f"zone {number} has a dub or a target, which a cast says: give it to one person's zones")
    for member in members:
        _check(member)
    for one, other in combinations(members, 2):
        if _same(one.target, other.target):
            raise CastError(f"{one.title} is in the cast twice; join the dubs of one person by zones or cues")
    return list(members)


def _check(member: CastMember) -> None:
    if not isinstance(member.target, str | os.PathLike | tuple | Speaker):
        raise CastError(f"who speaks must be a target, not {member.target!r:.60}")
    if isinstance(member.target, tuple) and len(member.target) != 3:
        raise CastError(f"a place in the clip is (frame, x, y), not {member.target!r:.60}")
    if member.target == "all":
        raise CastError("'all' is nobody in particular: a cast has one person for each dub")
    has_dub = [zone.dub is not None or zone.action == "pass" for zone in member.zones]
    if member.dub is None and not (has_dub and all(has_dub)):
        raise CastError(f"{member.title} has no dub")
    if any(zone.target is not None for zone in member.zones):
        raise CastError(f"a zone of {member.title} has a target: it is {member.title} who speaks there")


def _same(one: Target, other: Target) -> bool:
    """Tell whether two targets say the same, before anybody has looked at the clip."""
    if isinstance(one, Speaker) or isinstance(other, Speaker):
        return one is other
    if isinstance(one, tuple) or isinstance(other, tuple):
        return one == other
    return os.fspath(one) == os.fspath(other)
