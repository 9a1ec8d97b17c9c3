"""Zones: ranges of a clip with settings of their own."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import Literal

from vs_lipsync.errors import SettingError, ZoneError
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.voice import ExemplarSource, Voice, voice_settings
from vs_lipsync.speech.dub import DubSource, SilencePolicy
from vs_lipsync.timing.position import Position, parse_position
from vs_lipsync.timing.seconds import Seconds, exact, is_number
from vs_lipsync.timing.timeline import Timeline

__all__ = ["Place", "PlacedZone", "Zone", "check_own", "excluded_spans", "place_zones"]

type Place = int | float | Fraction | str

_ACTIONS = ("dub", "pass")
_SETTINGS = tuple(name for name, setting in voice_settings().items() if setting.zone)
"""Settings of a voice that a zone may have too."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A range of frames, and what is different in it. What is None is as in the call of `lipsync`.

    Attributes:
        start: where it begins: a frame number (an int), seconds (a float or a Fraction), or text: a frame number when
            it has nothing but digits, else a time such as "12.5", "10s", "1:23.5" or "0:01:23.500". A time means the
            frame that starts nearest to it. None for the clip's first frame.
        stop: where it ends: the first frame that is not in it any more, in the same forms. None for the clip's end.
        scene: the shot that it is, in place of start and stop, the first being 1.
        dub: what is spoken. A zone's own dub starts with the zone; the call's starts with the clip, as without zones.
        target: who speaks it; see `lipsync`.
        offset: seconds by which the dub starts later than that.
        strength: see `lipsync`.
        model: see `lipsync`.
        silence: see `lipsync`.
        outside: see `lipsync`.
        exemplars: see `lipsync`.
        action: "dub", or "pass" to leave the range alone.
    """

    start: Place | None = None
    stop: Place | None = None
    _: KW_ONLY
    scene: int | None = None
    dub: DubSource | None = None
    target: Target | None = None
    offset: Seconds | None = None
    strength: float | None = None
    model: str | None = None
    silence: SilencePolicy | None = None
    outside: SilencePolicy | None = None
    exemplars: ExemplarSource | None = None
    action: Literal["dub", "pass"] = "dub"


@dataclass(frozen=True, slots=True)
class PlacedZone:
    """A zone in a clip.

    Attributes:
        zone: the zone.
        number: which one of the list it is, the first being 1.
        first: its first frame.
        stop: the first frame behind it.
    """

    zone: Zone
    number: int
    first: int
    stop: int

    @property
    def name(self) -> str:
        """How messages speak of it."""
        return f"zone {self.number} (frames {self.first} to {self.stop - 1})"

    def voice(self, common: Voice, timeline: Timeline) -> Voice | None:
        """Return how its dub is put into mouths; None when the zone passes.

        Args:
            common: the settings of the call, for what the zone does not say.
            timeline: when the frames of the clip are shown.

        Raises:
            ZoneError: there is no dub, or a setting has no such value.
        """
        zone = self.zone
        if zone.action == "pass":
            return None
        own = {name: value for name in _SETTINGS if (value := getattr(zone, name)) is not None}
        if zone.dub is None and common.dub is None:
            raise ZoneError(f"{self.name} has no dub, and the call has none either", self.number, "dub")
        if zone.dub is not None:
            own = {"offset": 0} | own
        try:
            voice = replace(common, **own)
        except SettingError as error:
            raise ZoneError(f"{self.name}: {error}", self.number, error.setting) from error
        origin = timeline.start(self.first) if zone.dub is not None else 0
        return replace(voice, offset=origin + exact(voice.offset))


def place_zones(
    zones: Sequence[Zone], length: int, timeline: Timeline, scenes: Callable[[], Iterable[tuple[int, int]]]
) -> list[PlacedZone]:
    """Find the frames of zones.

    Args:
        zones: the zones, in any order.
        length: frames of the clip.
        timeline: when its frames are shown.
        scenes: returns first frame and the one behind the last of each shot, from the first one on; asked only for as
            many as zones need.

    Returns:
        The zones in the order of their frames.

    Raises:
        ZoneError: a zone has no frame in the clip or cannot be understood, or two overlap.
    """
    if not isinstance(zones, Sequence):
        raise ZoneError(f"zones must be a list of Zone, not {zones!r:.60}", 0)
    for number, zone in enumerate(zones, 1):
        _check(zone, number)
    wanted = max((zone.scene for zone in zones if zone.scene is not None), default=0)
    shots = list(islice(scenes(), wanted)) if wanted else []
    placed = [_placed(zone, number, length, timeline, shots) for number, zone in enumerate(zones, 1)]
    placed.sort(key=lambda one: one.first)
    for one, other in pairwise(placed):
        if other.first < one.stop:
            early, late = sorted((one, other), key=lambda each: each.number)
            raise ZoneError(f"{early.name} and {late.name} overlap", late.number)
    return placed


def excluded_spans(ranges: Sequence[tuple[Place, Place]], length: int, timeline: Timeline) -> list[tuple[int, int]]:
    """Find the frames of ranges that are left alone; they may overlap.

    Args:
        ranges: where each begins, and the first frame behind it, as in `Zone`.
        length: frames of the clip.
        timeline: when its frames are shown.

    Returns:
        First frame of each, and the one behind its last.

    Raises:
        SettingError: it is no list of such ranges.
        ZoneError: a range has no frame in the clip, or cannot be understood.
    """
    pairs = isinstance(ranges, Sequence) and not isinstance(ranges, str)
    if not pairs or not all(isinstance(one, tuple | list) and len(one) == 2 for one in ranges):
        raise SettingError("exclude", "a list of (start, stop)", ranges)
    spans = []
    for number, (start, stop) in enumerate(ranges, 1):
        try:
            (placed,) = place_zones([Zone(start, stop)], length, timeline, lambda: ())
        except ZoneError as error:
            said = str(error).removeprefix("zone 1").removeprefix(":").strip()
            raise ZoneError(f"range {number} of exclude: {said}", 0) from error
        spans.append((placed.first, placed.stop))
    return spans


def _check(zone: Zone, number: int) -> None:
    if not isinstance(zone, Zone):
        raise ZoneError(f"zones must be a list of Zone, and item {number} is {zone!r:.60}", number)
    for name in ("action", "scene"):
        try:
            check_own(name, getattr(zone, name))
        except SettingError as error:
            raise ZoneError(f"zone {number}: {error}", number, name) from error
    if zone.scene is not None and (zone.start is not None or zone.stop is not None):
        raise ZoneError(f"zone {number} has a scene, and start or stop beside it", number, "scene")


def check_own(name: str, value: object) -> None:
    """Refuse a value of a setting that only zones have: `start`, `stop`, `scene` or `action`.

    Raises:
        SettingError: the action or the scene has no such value.
        ValueError: the start or the stop is no place in a clip.
    """
    if name == "action" and value not in _ACTIONS:
        raise SettingError(name, "'dub' or 'pass'", value)
    if name == "scene" and value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise SettingError(name, "a whole number from 1 on", value)
    if name in ("start", "stop") and value is not None:
        try:
            _position(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error


def _placed(zone: Zone, number: int, length: int, timeline: Timeline, shots: Sequence[tuple[int, int]]) -> PlacedZone:
    if zone.scene is not None:
        if zone.scene > len(shots):
            raise ZoneError(
                f"zone {number}: there is no scene {zone.scene}; the clip has {len(shots)}", number, "scene"
            )
        return PlacedZone(zone, number, *shots[zone.scene - 1])
    first = 0 if zone.start is None else _frame(zone.start, number, "start", timeline)
    stop = length if zone.stop is None else _frame(zone.stop, number, "stop", timeline)
    if stop <= first:
        raise ZoneError(f"zone {number} has no frame: it starts at frame {first} and stops at {stop}", number, "stop")
    if first >= length:
        raise ZoneError(f"zone {number} starts at frame {first}, and the clip has {length}", number, "start")
    return PlacedZone(zone, number, first, min(stop, length))


def _frame(place: Place, number: int, setting: str, timeline: Timeline) -> int:
    """Return the frame that starts nearest to a place."""
    try:
        position = _position(place)
    except ValueError as error:
        raise ZoneError(f"zone {number}: {setting}: {error}", number, setting) from error
    frame = position.at(timeline)
    if frame < 0:
        raise ZoneError(f"zone {number}: {setting} must not be before the clip", number, setting)
    return frame


def _position(place: object) -> Position:
    """Understand a place; ValueError for what is none."""
    if isinstance(place, str):
        return parse_position(place)
    if isinstance(place, int) and not isinstance(place, bool):
        return Position(frame=place)
    if is_number(place) and place == place and abs(place) != float("inf"):
        return Position(seconds=exact(place))
    raise ValueError(f"{place!r:.60} is neither a frame number, nor seconds, nor a time such as '0:01:23.500'")
