"""How many frames a node keeps.

VapourSynth gives a cache to a node that several others ask, or one that asks in no fixed order, and lets it grow when
a frame is asked for soon after it was dropped, which seeking makes happen all the time: to gigabytes within minutes. So
each such node of ours says how much it keeps.
"""

import vapoursynth as vs

__all__ = ["cached", "uncached"]


def cached(node: vs.VideoNode, frames: int) -> vs.VideoNode:
    """Let a node that is ours keep so many frames, whatever the core thinks of them."""
    node.std.SetVideoCache(mode=1, fixedsize=1, maxsize=frames)
    return node


def uncached(node: vs.VideoNode) -> vs.VideoNode:
    """Let a node that is ours keep no frames: they are asked for once, or another keeps them."""
    node.std.SetVideoCache(mode=0)
    return node
