"""Nodes whose frames are asked for one after the other, so that a clip is read in the order of its frames.

VapourSynth asks for all that a frame is made of at once. Whoever decodes is then sent ahead, and back: to a key frame,
which may lie hundreds of frames before; and what is decoded long before it is looked at is no longer kept by then.
"""

from collections.abc import Sequence

import vapoursynth as vs

from vs_lipsync.graph.caches import uncached

__all__ = ["behind", "one_by_one"]


def behind(first: vs.VideoNode, node: vs.VideoNode) -> vs.VideoNode:
    """Return the frames of a node, each of which is asked for when the frame of another node is there."""
    return uncached(node.std.FrameEval(lambda n, f: node, prop_src=[first], clip_src=[node]))


def one_by_one(nodes: Sequence[vs.VideoNode]) -> list[vs.VideoNode]:
    """Return nodes, each of which is asked for when the one before the one before it is there.

    Two at a time are enough to keep all threads busy, where each stands for a run of frames.
    """
    asked: list[vs.VideoNode] = []
    for node in nodes:
        asked.append(behind(asked[-2], node) if len(asked) >= 2 else node)
    return asked
