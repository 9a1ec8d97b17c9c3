"""How many frames a node keeps.

VapourSynth gives a cache to a node whose frames several others request, or one in no fixed order, and lets it grow when
a frame is requested soon after it was dropped. Seeking makes that happen all the time: such caches grow to gigabytes
within minutes. So each such node of the filter has a fixed size of its cache.
"""

from typing import Final

import vapoursynth as vs

__all__ = ["SPARE", "cached", "cached_in_runs", "uncached"]

SPARE: Final = 16
"""Frames that caches hold beyond those that one request needs, for requests that run ahead."""


def cached(node: vs.VideoNode, frames: int) -> vs.VideoNode:
    """Let a node of the filter keep this many frames, and return it."""
    node.std.SetVideoCache(mode=1, fixedsize=1, maxsize=frames)
    return node


def uncached(node: vs.VideoNode) -> vs.VideoNode:
    """Let a node of the filter keep no frames, and return it: each is requested once, or another node keeps them."""
    node.std.SetVideoCache(mode=0)
    return node


def cached_in_runs(node: vs.VideoNode, run: int, runs: int) -> vs.VideoNode:
    """Return a node with the frames of another one, of which it keeps the latest: of `runs` runs of `run` frames each.

    What a node of `cached` keeps is what was asked for last. Where frames are asked for twice, long apart, those that
    have been asked for the second time would stay, and those drop out that are still to be.
    Here each run has a place of its own, which it leaves to the run that lies `runs` runs behind it.

    Args:
        node: a node of the filter.
        run: frames of a run.
        runs: how many runs are kept.
    """
    length, cycle = node.num_frames, run * runs
    whole = uncached(node.std.DuplicateFrames([length - 1] * (-length % cycle))) if length % cycle else uncached(node)
    places = [range(run * place, run * (place + 1)) for place in range(runs)]
    kept = [cached(whole.std.SelectEvery(cycle, list(place), modify_duration=False), run) for place in places]
    mixed = uncached(vs.core.std.Interleave(kept, modify_duration=False)) if runs > 1 else kept[0]
    order = [runs * frame + place for place in range(runs) for frame in range(run)]
    return uncached(uncached(mixed.std.SelectEvery(cycle, order, modify_duration=False))[:length])
