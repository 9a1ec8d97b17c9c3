"""Finding out who of the film's people speaks which stem."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vs_lipsync.graph.casting import match_stems
from vs_lipsync.identity.assignment import NOBODY, doubt_about
from vs_lipsync.speech.dub import Dub
from vs_lipsync.studio.footage import Footage
from vs_lipsync.studio.people import Entry
from vs_lipsync.studio.project_text import Change
from vs_lipsync.studio.task import Step
from vs_lipsync.timing.timeline import Timeline

__all__ = ["MatchedStem", "changes_for", "match"]


@dataclass(frozen=True, slots=True)
class MatchedStem:
    """Who was found for a stem.

    Attributes:
        stem: its name in the project.
        place: the best view of the person, as frame, x and y; None for nobody.
        lane: number of the person's lane; None where it is none of those with a card.
        confidence: 0..1, how sure that is.
        seen: share of what the stem says during which the person is on screen; None where that is not known.
        doubt: why it is not clear; empty where it is.
    """

    stem: str
    place: tuple[int, float, float] | None
    lane: int | None
    confidence: float
    seen: float | None
    doubt: str

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        return {
            "stem": self.stem, "place": self.place, "lane": self.lane, "confidence": self.confidence,
            "seen": self.seen, "doubt": self.doubt,
        }  # fmt: skip


def match(
    stems: Sequence[tuple[str, Path]], offset: float, footage: Footage, timeline: Timeline, step: Step
) -> list[MatchedStem]:
    """Compare stems with the mouths of a film, as `--cast auto` does.

    Args:
        stems: names in the project, and files.
        offset: seconds after the clip's first frame at which they start.
        footage: the film.
        timeline: when its frames are shown.
        step: is told how far it is.

    Raises:
        DubError: a stem cannot be read.
        vs.Error: a frame cannot be analysed.
    """
    dubs = [Dub.open(path) for _, path in stems]

    @contextmanager
    def steps(frames: int) -> Iterator[Callable[[], None]]:
        count = 0

        def done() -> None:
            nonlocal count
            count += 1
            step(count, frames)

        yield done

    matched = match_stems(footage.analysis, dubs, offset, timeline, steps)
    found = []
    for (name, path), given, seen in zip(stems, matched.given, matched.seen, strict=True):
        place = None if given.person == NOBODY else matched.people[given.person].place
        at = None if place is None else footage.lane_at(place)
        doubt = doubt_about(path.name, given, len(matched.people)) or ""
        share = None if np.isnan(seen) else float(seen)
        found.append(MatchedStem(name, place, None if at is None else at[0], given.confidence, share, doubt))
    return found


def changes_for(found: Sequence[MatchedStem], people: Sequence[Entry], footage: Footage) -> list[Change]:
    """Return the changes by which everybody speaks the stem that was found for them.

    Whoever spoke one of these stems and was found for none of them speaks nothing any more.

    Args:
        found: whom the stems are of; none is in doubt.
        people: those of the project.
        footage: the film.
    """
    changes: list[Change] = []
    gone: list[Entry] = []
    by_lane = {one.lane: one for one in found if one.lane is not None}
    new = list(found)
    for entry in people:
        one = next((by_lane[lane] for lane in entry.lanes if lane in by_lane), None)
        if one is not None and one in new:
            new.remove(one)
            if entry.path[0] == "cast":
                changes.append({"path": [*entry.path, "dub"], "value": one.stem})
                continue
            table = {name: value for name, value in entry.table.items() if name in ("who", "name", "zones")}
            gone.append(entry)
            if entry.path[0] == "people":
                changes.append({"path": ["cast"], "append": table | {"dub": one.stem}})
                continue
            new.append(one)
        elif entry.path == ["settings"] or (
            entry.path[0] == "cast" and entry.table.get("dub") in {one.stem for one in found}
        ):
            gone.append(entry)
    for one in new:
        lane = None if one.lane is None else footage.named[one.lane]
        place = one.place if lane is None or lane.place is None else lane.place
        named = {} if lane is None else {"name": lane.name}
        assert place is not None
        who = [int(place[0]), *(float(value) if value % 1 else int(value) for value in place[1:])]
        changes.append({"path": ["cast"], "append": {"who": who, **named, "dub": one.stem}})
    for entry in reversed(gone):
        path = ["settings", "audio"] if entry.path == ["settings"] else entry.path
        changes.append({"path": path, "remove": True})
    return changes
