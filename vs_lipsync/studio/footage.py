"""What the page shows of a clip whoever speaks in it: its shots, its people, its own sound."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.report.curves import bins_for, loudness
from vs_lipsync.report.encoded import bytes_text, levels_text
from vs_lipsync.report.people import People, find_people
from vs_lipsync.report.report import Lane
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.timeline import Timeline

__all__ = ["Footage"]

MOST_PEOPLE: Final = 12
"""People that have cards, at most: those who are there longest."""


@dataclass(frozen=True, slots=True)
class Footage:
    """A clip that was analysed.

    Attributes:
        analysis: its analysis, read from the plan.
        shots: first frame of each shot, beginning with 0.
        people: who is in it.
        original: [frames · bins] loudness of its own sound; None if it has none.
        bins: values of loudness for each frame.
    """

    analysis: Analysis
    shots: list[int]
    people: People
    original: NDArray[np.float32] | None
    bins: int

    @classmethod
    def of(cls, clip: vs.VideoNode, path: Path, plan: Path, timeline: Timeline) -> "Footage":
        """Collect it.

        Args:
            clip: the clip.
            path: its file, for its own sound.
            plan: its plan file.
            timeline: when its frames are shown.

        Raises:
            PlanError: the plan is not for this clip.
            vs.Error: a frame cannot be decoded.
        """
        stored = StoredPlan.open(plan)
        analysis = Analysis.stored(clip, stored)
        shots = [0, *(int(cut) for cut in np.flatnonzero(stored.cuts) if cut)]
        people = find_people(clip, analysis, stored.faces, shots, [-1] * clip.num_frames, MOST_PEOPLE)
        bins = bins_for(clip.num_frames)
        try:
            own = loudness(Dub.of_clip(path), 0.0, clip.num_frames, timeline, bins)
        except DubError:
            own = None  # a clip without sound
        return cls(analysis, shots, people, own, bins)

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

    def told(self) -> dict[str, Any]:
        """Return what the scripts of the page read of it; `page/script/data.js` says what is what."""
        return {
            "shots": self.shots,
            "lanes": [
                {
                    "name": lane.name,
                    "place": lane.place,
                    "picture": lane.picture,
                    "tracks": [[span.first, span.stop, span.picture, 0] for span in lane.spans],
                }
                for lane in self.people.lanes
            ],
            "thumbs": {str(shot): bytes_text(picture) for shot, picture in self.people.thumbnails.items()},
            "faces": [bytes_text(picture) for picture in self.people.faces],
            "bins": self.bins,
            "original": levels_text(self.original),
        }
