"""The embeddings of the faces that travel through the graph."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import vapoursynth as vs
from cachetools import LRUCache
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
        self._kept: LRUCache[tuple[int, int], NDArray[np.float32]] = LRUCache(_KEPT)

    def among(self, frames: Sequence[vs.VideoFrame], first: int) -> Embed:
        """Return what embeds the faces of consecutive frames of the node of faces, the first being `first`."""

        def embedded(wanted: Sequence[tuple[int, int]]) -> list[NDArray[np.float32]]:
            kept = self._kept
            known = {(n, face): kept[first + n, face] for n, face in wanted if (first + n, face) in kept}
            new = [one for one in dict.fromkeys(wanted) if one not in known]
            with named_errors():
                known |= zip(new, embed([self._chip(frames[n], face) for n, face in new]), strict=True)
            for n, face in wanted:
                kept[first + n, face] = known[n, face]
            return [known[one] for one in wanted]

        return embedded

    def _chip(self, frame: vs.VideoFrame, face: int) -> NDArray[np.uint8]:
        arrays = unpack(frame)
        return chip(crop_from(arrays, face, self._format), faces_from(arrays)[face].landmarks)
