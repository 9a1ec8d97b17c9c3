"""What the page shows of a clip whoever speaks in it: its shots, its people, its own sound."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.identity.embedding import distance
from vs_lipsync.identity.selection import APART, ENTER
from vs_lipsync.plan.file.faces import FaceFile
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.report.curves import bins_for, loudness
from vs_lipsync.report.encoded import bytes_text, levels_text
from vs_lipsync.report.people import Known, People, find_people
from vs_lipsync.report.report import FaceSpan, Lane
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.timeline import Timeline

__all__ = ["Footage"]

MOST_PEOPLE: Final = 12
"""People that have cards, at most: those who are there longest."""

_ROOM: Final = 0.15
"""Share of a face's width and height about its box in which a place still means it, as for targets."""


@dataclass(frozen=True, slots=True)
class Footage:
    """A clip that was analysed.

    Attributes:
        analysis: its analysis, read from the plan.
        faces: its faces.
        shots: first frame of each shot, beginning with 0.
        people: who is in it.
        original: [frames · bins] loudness of its own sound; None if it has none.
        bins: values of loudness for each frame.
    """

    analysis: Analysis
    faces: FaceFile
    shots: list[int]
    people: People
    original: NDArray[np.float32] | None
    bins: int

    @classmethod
    def of(
        cls,
        clip: vs.VideoNode,
        path: Path,
        plan: Path,
        timeline: Timeline,
        seen: Known,
        before: "Footage | None" = None,
    ) -> "Footage":
        """Collect it.

        Args:
            clip: the clip.
            path: its file, for its own sound.
            plan: its plan file.
            timeline: when its frames are shown.
            seen: as for `find_people`.
            before: the same with other shots, if it was collected before.

        Raises:
            PlanError: the plan is not for this clip.
            vs.Error: a frame cannot be decoded.
        """
        stored = StoredPlan.open(plan)
        analysis = Analysis.stored(clip, stored)
        shots = [0, *(int(cut) for cut in np.flatnonzero(stored.cuts) if cut)]
        people = find_people(clip, analysis, stored.faces, shots, [-1] * clip.num_frames, MOST_PEOPLE, seen)
        bins = bins_for(clip.num_frames)
        if before is not None:
            return cls(analysis, stored.faces, shots, people, before.original, bins)
        try:
            own = loudness(Dub.of_clip(path), 0.0, clip.num_frames, timeline, bins)
        except DubError:
            own = None  # a clip without sound
        return cls(analysis, stored.faces, shots, people, own, bins)

    @property
    def named(self) -> list[Lane]:
        """The lanes of people, without those of other faces."""
        return [lane for lane in self.people.lanes if lane.place is not None]

    def lane_of(self, ranks: NDArray[np.int64]) -> int | None:
        """Return the number of the lane of somebody, None for none.

        Args:
            ranks: [frames] which of the faces of each frame it is, the largest being 0; -1 for none.
        """
        shares = [
            sum(ranks[number] == rank for span in lane.spans for number, rank in span.ranks.items())
            for lane in self.named
        ]
        best = int(np.argmax(shares)) if shares else 0
        return best if shares and shares[best] > 0 else None

    def lane_at(self, place: tuple[int, float, float]) -> tuple[int, FaceSpan] | None:
        """Return the number of the lane of somebody at a place, and the face there through its shot; None for nobody.

        Args:
            place: frame, x and y in luma samples, as of a target.
        """
        frame, x, y = place
        if not 0 <= frame < self.analysis.length:
            return None
        found: list[tuple[float, int]] = []
        for rank, face in enumerate(self.faces.faces(frame)):
            left, top, right, bottom = (float(side) for side in face.box)
            across, down = _ROOM * (right - left), _ROOM * (bottom - top)
            if left - across <= x <= right + across and top - down <= y <= bottom + down:
                found.append(((right - left) * (bottom - top), rank))
        if not found:
            return None
        rank = min(found)[1]
        return next(
            (
                (number, span)
                for number, lane in enumerate(self.named)
                for span in lane.spans
                if span.ranks.get(frame) == rank
            ),
            None,
        )

    def lanes_like(self, centre: NDArray[np.float32]) -> list[int]:
        """Return the numbers of the lanes of a person, whose mean embedding [128] this is, whoever is nearest first."""
        near = [
            (distance(lane.embedding, centre), number)
            for number, lane in enumerate(self.named)
            if lane.embedding is not None
        ]
        return [number for far, number in sorted(near) if far < ENTER]

    def told(self) -> dict[str, Any]:
        """Return what the scripts of the page read of it; `page/script/data.js` says what is what."""
        return {
            "shots": self.shots,
            "lanes": [
                {
                    "name": lane.name,
                    "place": lane.place,
                    "picture": lane.picture,
                    "apart": [_apart(lane, other) for other in self.people.lanes],
                    "tracks": [[span.first, span.stop, span.picture, 0] for span in lane.spans],
                }
                for lane in self.people.lanes
            ],
            "usual": APART,
            "thumbs": {str(shot): bytes_text(picture) for shot, picture in self.people.thumbnails.items()},
            "faces": [bytes_text(picture) for picture in self.people.faces],
            "bins": self.bins,
            "original": levels_text(self.original),
        }


def _apart(one: Lane, other: Lane) -> float | None:
    """Return how far apart two people look; None where it is not known."""
    if one.embedding is None or other.embedding is None:
        return None
    return round(float(distance(one.embedding, other.embedding)), 3)
