"""Nodes whose frames are made side by side: a callback makes one frame at a time."""

from collections.abc import Callable

import vapoursynth as vs

from vs_lipsync.graph.caches import uncached

__all__ = ["side_by_side"]


def side_by_side(length: int, count: int, node: Callable[[int], vs.VideoNode]) -> vs.VideoNode:
    """Return a node whose frames are those of several nodes in turn, so that as many of them are made side by side.

    Args:
        length: its frames.
        count: how many nodes there are; fewer if there are fewer frames.
        node: returns the node that makes every count-th frame, from the number of the first of them.
    """
    nodes = [node(phase) for phase in range(min(count, length))]
    return uncached(uncached(vs.core.std.Interleave(nodes, extend=True))[:length])
