"""Footage made longer than it is."""

import math
from fractions import Fraction

import vapoursynth as vs

from vs_lipsync.settings.call import Extension
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.seconds import Seconds, exact

__all__ = ["extended", "length_to_end"]


def length_to_end(dub: Dub, offset: Seconds, fps: Fraction) -> int:
    """Return the frames that a clip must have for a dub to be heard to its end; reads all of the dub."""
    return math.ceil((exact(offset) + dub.length) * fps)


def extended(clip: vs.VideoNode, length: int, how: Extension) -> vs.VideoNode:
    """Make a clip longer.

    Args:
        clip: at least one frame.
        length: frames that it shall have.
        how: "loop" plays the footage back and forth, without a jump where it turns; "freeze" holds the last frame.

    Returns:
        The clip, and what follows it; the clip itself when it is long enough.
    """
    missing = length - clip.num_frames
    if missing <= 0:
        return clip
    if how == "freeze" or clip.num_frames == 1:
        return clip + clip[-1:] * missing
    # Cuts that were told of lie on the other side of a frame when it is played backwards.
    back = clip.std.Reverse()[1:].std.RemoveFrameProps(["_SceneChangePrev", "_SceneChangeNext"])
    turns = [back if n % 2 == 0 else clip[1:] for n in range(-(-missing // back.num_frames))]
    return vs.core.std.Splice([clip, *turns])[:length]
