"""The embeddings of faces whose crops are in frames of the graph."""

import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
import vapoursynth as vs
from cachetools import LRUCache
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.faces import crop_from, faces_from
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.identity.embedding import chip, embed
from vs_lipsync.identity.selection import Embed
from vs_lipsync.planes.image import SampleFormat

__all__ = ["Embeddings"]

_KEPT: Final = 1024
"""Embeddings kept, those used last: half a megabyte."""


class Embeddings:
    """Computes embeddings of the faces of one clip, each from its own pixels alone, and keeps the latest.

    May be used from several threads: the nodes that look for different people in one clip share one.
    """

    def __init__(self, video: SampleFormat) -> None:
        """Embed faces of a clip of this format."""
        self.video = video
        self._kept: LRUCache[tuple[int, int], NDArray[np.float32]] = LRUCache(_KEPT)
        # Held while embeddings are made, so that none is made twice; whoever holds it asks VapourSynth for nothing.
        self._lock = threading.Lock()

    def among(self, frames: Sequence[vs.VideoFrame], first: int) -> Embed:
        """Return a function that embeds faces of consecutive frames.

        Args:
            frames: frames with the arrays of `arrays.faces.faces_to` and `arrays.faces.crops_to`.
            first: number of the first of them in the clip.

        Returns:
            A function of (index in `frames`, index among that frame's faces) of each face; it raises vs.Error if the
            model file cannot be read.
        """

        def embedded(wanted: Sequence[tuple[int, int]]) -> list[NDArray[np.float32]]:
            kept = self._kept
            with self._lock:
                known = {(n, face): kept[first + n, face] for n, face in wanted if (first + n, face) in kept}
                new = [one for one in dict.fromkeys(wanted) if one not in known]
                with named_errors():
                    known |= zip(new, embed([self._chip(frames[n], face) for n, face in new]), strict=True)
                for n, face in wanted:
                    kept[first + n, face] = known[n, face]
            return [known[one] for one in wanted]

        return embedded

    def _chip(self, frame: vs.VideoFrame, face: int) -> NDArray[np.uint8]:
        """Return a face of a frame as the embedding net sees it: [150, 150, 3] RGB."""
        arrays = unpack(frame)
        return chip(crop_from(arrays, face, self.video), faces_from(arrays)[face].landmarks)
