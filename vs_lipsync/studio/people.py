"""The people of a project, those who speak and those who do not, and which faces of the film are theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from vs_lipsync.errors import LipsyncError
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.settings.target import click_in
from vs_lipsync.settings.zone_table import zone_from
from vs_lipsync.settings.zones import place_zones
from vs_lipsync.studio.footage import Footage
from vs_lipsync.timing.timeline import Timeline

__all__ = ["Entry", "PeopleReader", "Spans", "entries_of", "place_of"]

type Place = list[str | int]
type Spans = list[tuple[int, int]]
"""Ranges of frames: the first one, and the one behind the last."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A person of a project.

    Attributes:
        path: where the person stands in the file: ["cast", 0], ["people", 0] or ["settings"].
        table: what stands there.
        lanes: numbers of the film's lanes that are this person's, that of the face that is shown first.
        place: the face that is shown, as frame, x and y: the one that the person is told by, or the best view of one
            who is told by a file; None where that is no place in the clip.
        picture: number of that face among the film's pictures; -1 for the lane's.
    """

    path: Place
    table: Mapping[str, Any]
    lanes: tuple[int, ...] = ()
    place: tuple[int, float, float] | None = None
    picture: int = -1

    @property
    def zones(self) -> list[Mapping[str, Any]]:
        """The stretches of this person alone; none where it is anywhere."""
        return list(self.table.get("zones", []))

    def stretches(self, folder: Path, footage: Footage, timeline: Timeline) -> Spans:
        """Return the frames in which this person is this person; all of the clip where there are no zones.

        Args:
            folder: that of the project.
            footage: the film.
            timeline: when its frames are shown.

        Raises:
            LipsyncError: the zones cannot be understood.
        """
        length = footage.analysis.length
        zones = [zone_from(dict(table), number, folder) for number, table in enumerate(self.zones, 1)]
        placed = place_zones(zones, length, timeline, lambda: pairwise([*footage.shots, length]))
        return [(one.first, one.stop) for one in placed] or [(0, length)]

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        return {"path": self.path, "lanes": list(self.lanes), "place": self.place, "picture": self.picture}


def entries_of(document: Mapping[str, Any]) -> list[Entry]:
    """Return the people of a project: those who speak, and behind them those who do not."""
    speaking: list[tuple[Place, Mapping[str, Any]]] = [
        (["cast", number], table) for number, table in enumerate(document.get("cast", []))
    ]
    settings = document.get("settings", {})
    if not speaking and settings.get("audio"):
        speaking = [(["settings"], settings)]
    known: list[tuple[Place, Mapping[str, Any]]] = [
        (["people", number], table) for number, table in enumerate(document.get("people", []))
    ]
    return [Entry(path, table) for path, table in (*speaking, *known)]


class PeopleReader:
    """Finds out which faces of a film are those of a project's people."""

    def __init__(self, folder: Path, timeline: Timeline) -> None:
        """Read projects in a folder, of a film whose frames are shown at these times."""
        self._folder = folder
        self._timeline = timeline
        self._files: dict[tuple[Path, int], Speaker] = {}

    def read(self, document: Mapping[str, Any], footage: Footage | None, parts: Sequence[int | None]) -> list[Entry]:
        """Return the people of a project.

        Args:
            document: the project.
            footage: what is known of the film; None for nothing.
            parts: for each of those who speak, the lane in which the filter has found them, where that is known.
        """
        entries = entries_of(document)
        if footage is None:
            return entries
        return [self._found(entry, footage, lane) for entry, lane in zip_longest(entries, parts[: len(entries)])]

    def _found(self, entry: Entry, footage: Footage, part: int | None) -> Entry:
        who = entry.table.get("who", entry.table.get("target"))
        place = place_of(who)
        if place is not None:
            at = footage.lane_at(place)
            if at is not None:
                return Entry(entry.path, entry.table, (at[0],), place, at[1].picture)
        elif isinstance(who, str) and who.lower().endswith(".json"):
            speaker = self._speaker(self._folder / who)
            lanes = [] if speaker is None else footage.lanes_like(speaker.centre)
            if lanes:
                return self._shown(entry, footage, lanes)
        return Entry(entry.path, entry.table, () if part is None else (part,), place)

    def _shown(self, entry: Entry, footage: Footage, lanes: Sequence[int]) -> Entry:
        """Return somebody with the best view of the person; at other times the faces of the lanes may be another's."""
        try:
            stretches = entry.stretches(self._folder, footage, self._timeline)
        except LipsyncError:
            stretches = [(0, footage.analysis.length)]  # whoever reads the project says so
        for number in lanes:
            lane = footage.named[number]
            views = [
                span
                for span in lane.spans
                if span.place is not None and any(first <= span.place[0] < stop for first, stop in stretches)
            ]
            if views:
                best = max(views, key=lambda span: (span.place == lane.place, span.stop - span.first))
                order = (number, *(other for other in lanes if other != number))
                return Entry(entry.path, entry.table, order, best.place, best.picture)
        return Entry(entry.path, entry.table, tuple(lanes))

    def _speaker(self, path: Path) -> Speaker | None:
        try:
            key = path, path.stat().st_mtime_ns
            if key not in self._files:
                self._files[key] = Speaker.load(path)
            return self._files[key]
        except (LipsyncError, OSError):
            return None  # whoever reads the project says so


def place_of(who: object) -> tuple[int, float, float] | None:
    """Return the place in the clip that a project's `who` means; None if it means another thing."""
    if isinstance(who, list) and len(who) == 3:
        return int(who[0]), float(who[1]), float(who[2])
    click = click_in(who) if isinstance(who, str) else None
    return None if click is None else (click.frame, click.x, click.y)
