"""Where a long job is cut into pieces: where a shot begins, so that the encoder's new start is not seen."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import vapoursynth as vs

from vs_lipsync.plan.scenes import AFTER, BEFORE, find_cuts
from vs_lipsync.planes.frames import rgb_of

__all__ = ["PieceCutter", "shot_starts"]

CUT_DETECTION_SIDE: Final = 160
"""Longer side of the pictures in which cuts are sought."""

RUN: Final = 16
"""Frames that are searched at once."""


class PieceCutter:
    """Says where pieces begin, by the clip alone.

    A piece ends where the first shot begins after its shortest length, or at twice that; the last one takes in what
    would be left over. Whether and where a job was interrupted plays no part.
    """

    def __init__(self, length: int, shortest: int, starts_shot: Callable[[int], bool]) -> None:
        """Cut a clip.

        Args:
            length: of the clip, in frames.
            shortest: frames of a piece, at least.
            starts_shot: whether a shot begins with frame n.
        """
        self._length = length
        self._shortest = max(1, shortest)
        self._starts_shot = starts_shot

    def begins_piece(self, n: int, begun: int) -> bool:
        """Say whether frame n begins a piece, when the one before begins with frame `begun`."""
        frames = n - begun
        if frames < self._shortest or self._length - n < self._shortest // 2:
            return False
        return frames >= 2 * self._shortest or self._starts_shot(n)


def shot_starts(clip: vs.VideoNode) -> Callable[[int], bool]:
    """Return a function that says whether a shot begins with frame n of a clip; ask for ever later ones."""
    scale = min(1.0, CUT_DETECTION_SIDE / max(clip.width, clip.height))
    width, height = max(8, round(clip.width * scale)), max(8, round(clip.height * scale))
    clip = clip.std.RemoveFrameProps(["_Matrix", "_ColorRange", "_Range", "_ChromaLocation"])
    yuv = clip.format.color_family == vs.YUV
    tiny = clip.resize.Bilinear(width, height, format=vs.RGB24, matrix_in=vs.MATRIX_BT709 if yuv else None)
    found: dict[int, list[int]] = {}

    def search(run: int) -> list[int]:
        first, last = run * RUN, tiny.num_frames - 1
        numbers = [min(max(0, n), last) for n in range(first - BEFORE, first + RUN + AFTER)]
        pictures = [cv2.cvtColor(rgb_of(tiny.get_frame(n)), cv2.COLOR_RGB2BGR) for n in numbers]
        return [first + cut for cut in find_cuts([np.asarray(picture, np.uint8) for picture in pictures])]

    def starts_shot(n: int) -> bool:
        run = n // RUN
        if run not in found:
            found.clear()
            found[run] = search(run)
        return n in found[run]

    return starts_shot
