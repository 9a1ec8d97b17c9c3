"""Nodes whose frames are asked for one after the other, so that a clip is read in the order of its frames.

VapourSynth asks for all that a frame is made of at once. Whoever decodes is then sent ahead, and back: to a key frame,
which may lie hundreds of frames before; and what is decoded long before it is looked at is no longer kept by then.
"""

from collections.abc import Sequence

import vapoursynth as vs

from vs_lipsync.graph.caches import uncached

__all__ = ["behind", "run_by_run"]


def behind(first: vs.VideoNode, node: vs.VideoNode) -> vs.VideoNode:
    """Return the frames of a node, each of which is asked for when the frame of another node is there."""
    return uncached(node.std.FrameEval(lambda n, f: node, prop_src=[first], clip_src=[node]))


def run_by_run(nodes: Sequence[vs.VideoNode], run: int) -> list[vs.VideoNode]:
    """Return nodes, each of which is asked for when the last one of the run before the run before its own is there.

    Two runs at a time are enough to keep all threads busy.

    Args:
        nodes: in the order in which they are made, `run` of them to a run.
        run: nodes of a run.
    """
    asked: list[vs.VideoNode] = []
    for i, node in enumerate(nodes):
        asked.append(behind(asked[(i // run - 1) * run - 1], node) if i >= 2 * run else node)
    return asked
