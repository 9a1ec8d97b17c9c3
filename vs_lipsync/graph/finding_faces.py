"""The part of the analysis that finds faces, and looks closely only where some may be.

proxy ─► detections ─► faces
cuts ────────┘

Faces are detected in the first frame of each run of `grid.ahead`, and in every EVERY-th one between two of those if
either shows a face, or what may be one, or if there is a cut between them. A face is missed that is there for less
than a run, and neither at its ends nor beside a cut. Which frames are looked at follows from the pictures of a run
alone, and nobody has to look further ahead for it. Landmarks are found in each frame beside which a face was detected.
"""

from collections.abc import Sequence
from typing import Final

import vapoursynth as vs

from vs_lipsync.faces.detections import EVERY
from vs_lipsync.graph.arrays.packing import carrier, unpack
from vs_lipsync.graph.caches import SPARE, cached, uncached
from vs_lipsync.graph.nodes.faces import Detections, Faces, Near
from vs_lipsync.graph.side_by_side import side_by_side
from vs_lipsync.graph.windows import every
from vs_lipsync.plan.grid import Grid

__all__ = ["faces_of", "timed"]

_KEPT_PROPERTIES: Final = ["_DurationNum", "_DurationDen", "_FieldBased"]


def faces_of(source: vs.VideoNode, proxy: vs.VideoNode, cuts: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Return a node; its frame n has the arrays of frame n's faces and of their crops, and its duration.

    Frames that lie equally far behind a detection are those of one node, of EVERY in all. Since a node makes one frame
    at a time, EVERY frames are made side by side.

    Args:
        source: the clip.
        proxy: its proxy.
        cuts: frame m has the array "cuts" of the m-th run of `grid.ahead` frames.
        grid: its blocks.
    """
    detections, near = _detections(proxy, cuts, grid)
    several = detections.num_frames > 1
    following = uncached(detections[1:] + detections[-1]) if several else detections
    previous = uncached(detections[0] + detections[:-1]) if several else detections

    def node(phase: int) -> vs.VideoNode:
        detected = [detections, following, *([] if phase else [previous])]
        pictures = [every(EVERY, phase, source), every(EVERY, phase, proxy)]
        blank = carrier(pictures[0].num_frames)
        found = uncached(blank.std.ModifyFrame([*pictures, *detected], Faces(phase / EVERY)))
        chosen = uncached(blank.std.FrameEval(_Chosen(found, blank), prop_src=detected, clip_src=[found, blank]))
        return _nearby(chosen, near)

    return timed(side_by_side(source.num_frames, EVERY, node), source)


def timed(faces: vs.VideoNode, source: vs.VideoNode) -> vs.VideoNode:
    """Return frames with arrays, and with the properties of the clip's that say how they are shown and for how long."""
    return faces.std.CopyFrameProps(source, props=_KEPT_PROPERTIES)


class _Chosen:
    """Chooses the node of frame m: that of the faces, or the one without arrays if there can be none."""

    def __init__(self, found: vs.VideoNode, blank: vs.VideoNode) -> None:
        self._found, self._blank = found, blank

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoNode:
        """Look at the detections of the frames at, behind and, at the place of a detection, before frame m."""
        here, after, *before = ("centres" in unpack(frame) for frame in f)
        seen = here or (after and before[0] if before else after)
        return self._found if seen else self._blank


def _detections(proxy: vs.VideoNode, cuts: vs.VideoNode, grid: Grid) -> tuple[vs.VideoNode, vs.VideoNode]:
    """Find out where to look, and look there.

    Returns:
        A node whose frame m has the arrays of the detections in frame m · EVERY, none where nobody looks; and one whose
        frame m has those of `Near` for the run in which frame m · EVERY lies.
    """
    pictures = every(EVERY, 0, proxy)
    count, steps = pictures.num_frames, grid.ahead // EVERY
    sparse = every(steps, 0, pictures)
    kept = grid.window // grid.ahead + SPARE
    looked = cached(carrier(sparse.num_frames).std.ModifyFrame(sparse, Detections()), kept)
    following = uncached(looked[1:] + looked[-1]) if looked.num_frames > 1 else looked
    look = Near(looked.num_frames - 1)
    near = cached(carrier(looked.num_frames).std.ModifyFrame([looked, following, cuts], look), kept)

    def node(step: int) -> vs.VideoNode:
        if step == 0:
            return looked
        picture = every(steps, step, pictures)
        return _nearby(uncached(carrier(picture.num_frames).std.ModifyFrame(picture, Detections())), near)

    joined = side_by_side(count, steps, node)
    kept_detections = cached(joined.std.SelectEvery(2, [0, 1], modify_duration=False), grid.window // EVERY + SPARE)
    return kept_detections, uncached(vs.core.std.Interleave([near] * steps))[:count]


def _nearby(node: vs.VideoNode, near: vs.VideoNode) -> vs.VideoNode:
    """Return a node with the frames of another one, of which none is made, and none has arrays, if nothing is about.

    Args:
        node: frame m belongs to the same run as frame m of `near`.
        near: its frames have the array of `Near`, or none.
    """
    blank = carrier(node.num_frames)

    def choose(n: int, f: vs.VideoFrame) -> vs.VideoNode:
        return node if unpack(f) else blank

    return uncached(blank.std.FrameEval(choose, prop_src=near, clip_src=[node, blank]))
