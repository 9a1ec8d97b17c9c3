"""Other footage of a person, from which mouths are taken: the nodes that find them.

    other clip ─► in the clip's format ─► faces and cuts of some passages ─► mouths of one person (one frame)

That node has a single frame, which all blocks share; it is made when the first mouths are, and costs nothing before.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import vapoursynth as vs

from vs_lipsync.errors import ExemplarError
from vs_lipsync.graph.alike import alike
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.caches import cached
from vs_lipsync.graph.clip import check_clip
from vs_lipsync.graph.nodes.exemplars import Bank, Passage
from vs_lipsync.graph.nodes.speakers import MainSpeaker
from vs_lipsync.graph.targets import looked_at, single, speaker_of
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.media.source import SourceClip

__all__ = ["OtherFootage"]

_PASSAGE: Final = 16
"""Frames of a passage: half a second, in which the mouth opens and closes at least once where somebody speaks."""

_PASSAGES: Final = 18
"""Passages that are looked at, of a clip of small frames; of larger ones fewer, as windows are shorter there."""

_EVERY: Final = 8
"""Every so many frames of a passage are looked at to find the person whom most of them show."""

_KEPT: Final = 24
"""Frames that the nodes of the analysis keep: a passage's are asked for once."""


@dataclass(frozen=True, slots=True)
class OtherFootage:
    """Other footage of a person.

    Attributes:
        analysis: of the footage, in the format of the clip that is dubbed.
        rate: its frames per second; 0 where that varies.
    """

    analysis: Analysis
    rate: float

    @classmethod
    def of(cls, source: vs.VideoNode | str | os.PathLike[str], clip: vs.VideoNode) -> "OtherFootage":
        """Open other footage. No frame is asked for, but by opening a file.

        Args:
            source: a clip or a video file.
            clip: the clip that is dubbed.

        Raises:
            ExemplarError: it is no clip, or of a kind that cannot be used.
            JobError: the file cannot be opened.
        """
        if isinstance(source, str | os.PathLike):
            source = SourceClip.open(Path(source)).clip
        if not isinstance(source, vs.VideoNode):
            raise ExemplarError(f"exemplars must be a clip or the name of a video file, not {source!r:.60}")
        try:
            check_clip(source)
        except vs.Error as error:
            said = str(error).removeprefix("lipsync: ")
            raise ExemplarError(f"the exemplars cannot be used: {said}") from error
        analysis = Analysis.of(alike(source, clip), in_flight=_KEPT)
        return cls(analysis, float(source.fps) if source.fps else 0.0)

    def main(self) -> vs.VideoNode:
        """Return a node of one frame with the array "speaker" of the person whom most of the passages show."""
        numbers = [n for begin, stop in self._passages() for n in range(begin, stop, _EVERY)]
        inputs = [self.analysis.face_crops[n] for n in numbers]
        find = MainSpeaker(numbers, self.analysis.embeddings)
        return cached(single(inputs, find), 1)

    def person(self) -> Speaker:
        """Return the person whom most of the passages show, for whom frames are asked for; nobody where there is none.

        Raises:
            vs.Error: a frame cannot be analysed.
        """
        return speaker_of(self.main())

    def bank(self, speaker: vs.VideoNode, *, is_told: bool) -> vs.VideoNode:
        """Return a node of one frame with the exemplars of a person, the arrays of `arrays.exemplars`.

        When that frame is made, vs.Error says if the person is not there.

        Args:
            speaker: a node of one frame with the array "speaker" of the person.
            is_told: whether the user says who it is, for messages.
        """
        analysis, run = self.analysis, self.analysis.grid.ahead
        size = analysis.source.width, analysis.source.height
        passages = []
        for begin, stop in self._passages():
            inputs = [speaker, *looked_at(analysis, begin, stop)]
            passages.append(single(inputs, Passage(begin, stop, run, size, analysis.embeddings)))
        who = "the person who is to speak" if is_told else "anybody"
        lacking = f"in the exemplars no mouth of {who} is in plain view: give other footage"
        return cached(single(passages, Bank(analysis.video, self.rate, lacking)), 1)

    def _passages(self) -> Iterator[tuple[int, int]]:
        """Yield first frame of each passage and the one behind its last: spread over the footage, or all of it."""
        length, grid = self.analysis.length, self.analysis.grid
        count = max(1, _PASSAGES * grid.window // 160)
        begins = -(-length // _PASSAGE)
        for number in sorted({int(n) for n in np.linspace(0, begins - 1, count)}):
            yield number * _PASSAGE, min(length, (number + 1) * _PASSAGE)
