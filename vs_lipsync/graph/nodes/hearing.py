"""Callback of the node that hears a dub while the pictures are still being analysed."""

from collections.abc import Sequence
from typing import Protocol

import vapoursynth as vs

from vs_lipsync.errors import LipsyncError
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.plan.grid import Grid
from vs_lipsync.speech.motion import Motion
from vs_lipsync.timing.timing import Timing

__all__ = ["Heard"]


class SpeakerLike(Protocol):
    """What `Heard` needs of a voice; `schedule.OpenVoice` has it."""

    @property
    def motion(self) -> Motion | None:
        """The lip motion of its dub; None if nobody asks for it."""
        ...

    @property
    def timing(self) -> Timing:
        """Gives the time in the dub of each frame; NaN where the voice does not speak."""
        ...


class Heard:
    """Frame k: the input. The lip motion of block k's window is kept by then, if that begins with a face.

    A mouth needs it as soon as the block is planned, and it takes as long as the analysis of many frames. No later
    frame of the window is waited for: a decoder that has gone there would have to come back.

    Input: the faces of the first frame of block k's window.
    """

    def __init__(self, voices: Sequence[SpeakerLike], grid: Grid, length: int) -> None:
        """Hear voices of a clip with these blocks and of this length in frames."""
        self._voices = voices
        self._grid = grid
        self._length = length

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Hear what is spoken; what cannot be decoded is left to whoever makes the mouths."""
        if unpack(f):
            times = self._grid.span(n, self._length)
            for voice in self._voices:
                if voice.motion is not None:
                    try:
                        voice.motion.at(voice.timing.at(*times))
                    except LipsyncError:
                        return f
        return f
