"""Nodes whose frames are made side by side: a callback makes one frame at a time."""

from collections.abc import Callable, Sequence

import vapoursynth as vs

from vs_lipsync.graph.arrays.packing import carrier
from vs_lipsync.graph.caches import uncached

__all__ = ["side_by_side"]


def side_by_side(
    length: int,
    count: int,
    inputs: Callable[[int], Sequence[vs.VideoNode]],
    make: Callable[[int], Callable[..., vs.VideoFrame]],
) -> vs.VideoNode:
    """Return a node of packed arrays, of which frames that lie `count` apart are made one after the other.

    Args:
        length: its frames.
        count: how many frames are made side by side.
        inputs: returns the inputs of every count-th frame, from the number of the first of them.
        make: returns the callback that makes these frames, which it numbers 0, 1, 2, ...
    """
    nodes = []
    for phase in range(min(count, length)):
        wanted = list(inputs(phase))
        nodes.append(uncached(carrier(wanted[0].num_frames).std.ModifyFrame(wanted, make(phase))))
    joined = uncached(vs.core.std.Interleave(nodes, extend=True))
    return uncached(joined[:length])
