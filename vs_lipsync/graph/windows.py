"""Nodes that take some of another node's frames: every so many, or those of a window."""

import vapoursynth as vs

from vs_lipsync.graph.arrays.packing import carrier
from vs_lipsync.graph.caches import uncached

__all__ = ["every", "window_nodes"]


def window_nodes(node: vs.VideoNode, blocks: int, block: int, past: int, window: int) -> list[vs.VideoNode]:
    """Return `window` nodes; frame k of the j-th is frame k · block − past + j of `node`, or one without arrays."""
    tail = blocks * block - past + window - node.num_frames
    padded = uncached(carrier(past) + node + carrier(tail)) if past else uncached(node + carrier(tail))
    shifted = [uncached(padded[start:]) for start in range(0, window, block)]
    return [every(block, j % block, shifted[j // block])[:blocks] for j in range(window)]


def every(cycle: int, offset: int, node: vs.VideoNode) -> vs.VideoNode:
    """Take one frame of every `cycle`, at least one; the properties of their durations stay."""
    return node.std.SelectEvery(cycle, offset, modify_duration=False) if cycle > 1 and node.num_frames > 1 else node
