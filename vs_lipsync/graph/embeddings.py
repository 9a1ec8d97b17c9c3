"""The embeddings of the faces that travel through the graph."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.packing import unpack
from vs_lipsync.graph.patch_arrays import crop_from
from vs_lipsync.graph.plan_arrays import faces_from
from vs_lipsync.identity.embedding import chip, embed
from vs_lipsync.identity.selection import Embed
from vs_lipsync.planes.image import SampleFormat

__all__ = ["Embeddings"]

_KEPT: Final = 1024
"""Embeddings kept, those asked for last: half a megabyte."""


class Embeddings:
    """Embeddings of faces, each a function of its face alone.

    Belongs to one node, whose callbacks run one at a time.
    """

    def __init__(self, video: SampleFormat) -> None:
        """Look at faces of a clip of this format."""
        self._format = video
        self._kept: OrderedDict[tuple[int, int], NDArray[np.float32]] = OrderedDict()

    def among(self, frames: Sequence[vs.VideoFrame], first: int) -> Embed:
        """Return what embeds the faces of consecutive frames of the node of faces, the first being `first`."""

        def embedded(wanted: Sequence[tuple[int, int]]) -> list[NDArray[np.float32]]:
            new = [(n, face) for n, face in wanted if (first + n, face) not in self._kept]
            with named_errors():
                made = embed([self._chip(frames[n], face) for n, face in new])
            self._kept |= {(first + n, face): numbers for (n, face), numbers in zip(new, made, strict=True)}
            result = []
            for n, face in wanted:
                self._kept.move_to_end((first + n, face))
                result.append(self._kept[first + n, face])
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return result

        return embedded

    def _chip(self, frame: vs.VideoFrame, face: int) -> NDArray[np.uint8]:
        arrays = unpack(frame)
        return chip(crop_from(arrays, face, self._format), faces_from(arrays)[face].landmarks)
