"""How many frames a node keeps.

VapourSynth gives a cache to a node whose frames several others request, or one in no fixed order, and lets it grow when
a frame is requested soon after it was dropped. Seeking makes that happen all the time: such caches grow to gigabytes
within minutes. So each such node of the filter has a fixed size of its cache.
"""

import vapoursynth as vs

__all__ = ["cached", "uncached"]


def cached(node: vs.VideoNode, frames: int) -> vs.VideoNode:
    """Let a node of the filter keep this many frames, and return it."""
    node.std.SetVideoCache(mode=1, fixedsize=1, maxsize=frames)
    return node


def uncached(node: vs.VideoNode) -> vs.VideoNode:
    """Let a node of the filter keep no frames, and return it: each is requested once, or another node keeps them."""
    node.std.SetVideoCache(mode=0)
    return node
