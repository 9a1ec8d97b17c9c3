"""Merging two people of a film into one, and taking somebody of one shot out of a person, as changes of the project."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from vs_lipsync.errors import ProjectError
from vs_lipsync.graph.targets import speaker_node, speaker_of
from vs_lipsync.identity.embedding import distance
from vs_lipsync.identity.selection import ENTER
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.report.report import FaceSpan, Lane
from vs_lipsync.studio.footage import Footage
from vs_lipsync.studio.people import Entry, Spans
from vs_lipsync.studio.project_text import Change
from vs_lipsync.timing.timeline import Timeline

__all__ = ["Somebody", "merged", "split"]


@dataclass(frozen=True, slots=True)
class Somebody:
    """Whom a card shows.

    Attributes:
        entry: the person of the project; None for one who is only in the film.
        lanes: the faces of the film that are this person's.
        title: what the card calls the person.
    """

    entry: Entry | None
    lanes: Sequence[Lane]
    title: str

    @property
    def who(self) -> Any:  # noqa: ANN401 - as TOML has it
        """Who it is, as a project says it."""
        return self.lanes[0].place if self.entry is None else self.entry.table.get("who")

    def zones(self, folder: Path, footage: Footage, timeline: Timeline) -> Spans:
        """Return the stretches in which this person is this person; all of the clip where there are none.

        Args:
            folder: that of the project.
            footage: the film.
            timeline: when its frames are shown.

        Raises:
            ProjectError: they have settings of their own, which would be lost.
        """
        if self.entry is None:
            return [(0, footage.analysis.length)]
        if any(set(table) - {"start", "stop"} for table in self.entry.zones):
            raise ProjectError(
                f"{self.title} has stretches with settings of their own; change them in the project file"
            )
        return self.entry.stretches(folder, footage, timeline)

    def seen(self, zones: Spans) -> list[FaceSpan]:
        """Return the faces of this person through the shots, as far as they are in some stretches."""
        spans = [span for lane in self.lanes for span in lane.spans]
        return [span for span in spans if any(first < span.stop and span.first < stop for first, stop in zones)]


def merged(
    kept: Somebody, other: Somebody, footage: Footage, folder: Path, stem: str, timeline: Timeline
) -> list[Change]:
    """Return the changes by which two people are one. Who that is may be written to a file beside the project.

    Args:
        kept: whose name and settings stay.
        other: who goes; a stem of this person is kept where the first one has none.
        footage: the film.
        folder: that of the project.
        stem: name of the project without its extension, with which the file's begins.
        timeline: when the film's frames are shown.

    Raises:
        ProjectError: they cannot be one person.
        vs.Error: somebody is not found in the film.
    """
    length = footage.analysis.length
    both = [one.zones(folder, footage, timeline) for one in (kept, other)]
    for one in kept.seen(both[0]):
        for two in other.seen(both[1]):
            if one.first < two.stop and two.first < one.stop and one.ranks != two.ranks:
                first, last = max(one.first, two.first), min(one.stop, two.stop) - 1
                raise ProjectError(
                    f"{kept.title} and {other.title} are both in the picture in frames {first} to {last}: two people"
                )
    who = kept.who
    if {id(lane) for lane in kept.lanes} != {id(lane) for lane in other.lanes}:
        who = _written(_joined(kept, other, footage), kept, folder, stem)
    zones = _without(_union([*both[0], *both[1]]), _others(kept, other, both))
    named = {"who": _plain(who), "name": kept.title}
    entries = [one.entry for one in (kept, other) if one.entry is not None]
    place = next((entry for entry in entries if "dub" in entry.table), entries[0] if entries else None)
    changes = _put(place, named, [] if zones == [(0, length)] else zones)
    return [*changes, *({"path": entry.path, "remove": True} for entry in entries if entry is not place)]


def split(one: Somebody, frame: int, footage: Footage, folder: Path, name: str, timeline: Timeline) -> list[Change]:
    """Return the changes by which the face that somebody has in one shot is another person's.

    Args:
        one: the person, in whose card that face is.
        frame: a frame of the shot.
        footage: the film.
        folder: that of the project.
        name: what the new person is called.
        timeline: when the film's frames are shown.

    Raises:
        ProjectError: there is no such face, or it does not tell whose it is.
    """
    length = footage.analysis.length
    zones = one.zones(folder, footage, timeline)
    first, stop = next((a, b) for a, b in pairwise([*footage.shots, length]) if a <= frame < b)
    shown = one.seen(zones)
    here = [span for span in shown if first <= span.first < stop]
    others = [span for span in shown if not first <= span.first < stop]
    if not here:
        raise ProjectError(f"{one.title} is not seen in this shot, frames {first} to {stop - 1}")
    if not others:
        raise ProjectError(f"{one.title} is seen in no other shot: there is nobody to be told from")
    told = next((span.place for span in here if span.place is not None), None)
    if told is None:
        raise ProjectError(
            f"the face in frames {first} to {stop - 1} is too small or turned too far away to tell whose it is; "
            "leave the shot alone instead"
        )
    rest = _without(zones, [(first, stop)])
    inside = [(max(a, first), min(b, stop)) for a, b in zones if a < stop and first < b]
    who = one.who
    place = who if isinstance(who, list | tuple) else None
    if place is not None and first <= place[0] < stop:  # the best view was that of the other person
        views = [span for span in others if span.place is not None]
        if not views:
            raise ProjectError(f"{one.title} could not be told any more: the other faces are too small, or turned away")
        who = max(views, key=lambda span: span.stop - span.first).place
    changes = _put(one.entry, {"who": _plain(who), "name": one.title}, rest)
    return [*changes, *_put(None, {"who": _plain(told), "name": name}, inside)]


def _joined(kept: Somebody, other: Somebody, footage: Footage) -> Speaker:
    """Return a person who looks like two; ProjectError if neither would be found by that."""
    views = []
    for one in (kept, other):
        target = tuple(one.who) if isinstance(one.who, list) else one.who
        views.append(speaker_of(speaker_node(target, footage.analysis)).embeddings)
    speaker = Speaker(np.concatenate(views), kept.title)
    far = [distance(lane.embedding, speaker.centre) for one in (kept, other) for lane in one.lanes
           if lane.embedding is not None]  # fmt: skip
    if far and max(far) >= ENTER:
        raise ProjectError(
            f"{kept.title} and {other.title} look too different to be found as one person "
            f"({max(far):.2f} apart from both, and it takes less than {ENTER})"
        )
    return speaker


def _written(speaker: Speaker, kept: Somebody, folder: Path, stem: str) -> str:
    """Write a person beside the project, under a name that is free; returns the name."""
    plain = re.sub(r"[^\w-]+", "-", kept.title).strip("-")[:60] or "person"
    name, number = f"{stem}.{plain}.json", 2
    while (folder / name).exists():
        name, number = f"{stem}.{plain}-{number}.json", number + 1
    speaker.save(folder / name)
    return name


def _others(kept: Somebody, other: Somebody, zones: Sequence[Spans]) -> Spans:
    """Return the frames of two people's lanes in which neither of them is seen: there the face is a third one's."""
    mine = [(span.first, span.stop) for one, own in zip((kept, other), zones, strict=True) for span in one.seen(own)]
    lanes = [span for one in (kept, other) for lane in one.lanes for span in lane.spans]
    return _without(_union([(span.first, span.stop) for span in lanes]), _union(mine))


def _without(spans: Spans, gaps: Spans) -> Spans:
    """Return ranges of frames less others."""
    for first, stop in gaps:
        spans = [part for a, b in spans for part in ((a, min(b, first)), (max(a, stop), b)) if part[0] < part[1]]
    return spans


def _union(spans: Spans) -> Spans:
    found: Spans = []
    for first, stop in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(stop, found[-1][1])
        else:
            found.append((first, stop))
    return found


def _plain(who: Any) -> Any:  # noqa: ANN401 - as TOML has it
    return list(who) if isinstance(who, tuple) else who


def _put(entry: Entry | None, table: Mapping[str, Any], zones: Spans) -> list[Change]:
    """Return the changes that say who somebody is, and where; somebody who is not in the project comes into it."""
    written = [{"start": first, "stop": stop} for first, stop in zones]
    if entry is None:
        return [{"path": ["people"], "append": {**table, **({"zones": written} if written else {})}}]
    changes: list[Change] = [{"path": [*entry.path, name], "value": value} for name, value in table.items()]
    if entry.zones:
        changes.append({"path": [*entry.path, "zones"], "remove": True})
    return [*changes, *({"path": [*entry.path, "zones"], "append": zone} for zone in written)]
