"""Callbacks of the nodes that find the mouths of a person in other footage.

Each makes the only frame of its node. The output of both is the arrays of `arrays.exemplars.exemplars_to`,
and of `Bank`
    rate   [] float64: frames of the footage per second; 0 where that varies
"""

from collections.abc import Sequence

import numpy as np
import vapoursynth as vs

from vs_lipsync.errors import ExemplarError
from vs_lipsync.graph.arrays.cuts import cuts_from
from vs_lipsync.graph.arrays.exemplars import exemplars_from, exemplars_to
from vs_lipsync.graph.arrays.faces import crop_from, faces_from
from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.identity.face_net import NUMBERS
from vs_lipsync.identity.selection import choose_speaker
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.passages import chosen, trimmed
from vs_lipsync.plan.block import plan_window
from vs_lipsync.planes.image import SampleFormat

__all__ = ["Bank", "Passage"]


class Passage:
    """Frame 0: the frames of a passage in which the person's mouth is in plain view.

    Inputs:
        the array "speaker" of the person
        the faces and crops of each frame of the passage
        the cuts of each run that the passage touches
    """

    def __init__(self, begin: int, stop: int, run: int, size: tuple[int, int], embeddings: Embeddings) -> None:
        """Look for a person in a passage.

        Args:
            begin: its first frame.
            stop: the frame behind its last.
            run: length of a run of cuts, in frames.
            size: width and height of the pictures in luma samples.
            embeddings: what embeds their faces.
        """
        self._begin, self._stop, self._run = begin, stop, run
        self._size = size
        self._embeddings = embeddings

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Cut out the mouths; vs.Error if the model file of the embeddings cannot be read."""
        begin, count = self._begin, self._stop - self._begin
        frames, runs = f[1 : 1 + count], f[1 + count :]
        speaker = np.asarray(unpack(f[0]).get("speaker", np.empty((0, NUMBERS))), np.float32)
        cuts = cuts_from(runs, begin, self._stop, self._run)
        choose = choose_speaker(speaker, self._embeddings.among(frames, begin))
        plans = plan_window([faces_from(unpack(frame)) for frame in frames], cuts.tolist(), begin, *self._size, choose)
        kept = []
        for plan, frame in zip(plans, frames, strict=True):
            if plan.landmarks is not None:
                crop = crop_from(unpack(frame), plan.face, self._embeddings.video)
                kept.append(trimmed(MouthFrame(plan.number, plan.shot, crop, plan.landmarks)))
        return pack(exemplars_to(kept))


class Bank:
    """Frame 0: the exemplars of all passages that are kept.

    Inputs: the passages.
    """

    def __init__(self, video: SampleFormat, rate: float, lacking: str) -> None:
        """Take the format of the samples, the rate, and what is said where there is no exemplar."""
        self._format = video
        self._rate = rate
        self._lacking = lacking

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Choose exemplars; vs.Error if there is none."""
        kept = chosen([exemplars_from(unpack(frame), self._format) for frame in f])
        with named_errors():
            if not kept:
                raise ExemplarError(self._lacking)
        return pack({**exemplars_to(kept), "rate": np.array(self._rate)})
