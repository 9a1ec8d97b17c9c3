"""The part of the graph that looks at a clip, whoever is to speak in it: its faces and its cuts.

clip ─► source ─► small ─┬─► faces
                         └─► cuts
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.detections import EVERY
from vs_lipsync.graph.analysis_nodes import Cuts, Detections, FaceCrops, Faces, Plan, StoredCuts, StoredFaces
from vs_lipsync.graph.caches import cached, uncached
from vs_lipsync.graph.clip import facts_of
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.graph.memory import MemoryTrimmer
from vs_lipsync.graph.packing import carrier, unpack
from vs_lipsync.graph.proxy import proxy_of
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.plan.grid import Grid
from vs_lipsync.plan.scenes import AFTER, BEFORE
from vs_lipsync.planes.frames import sample_format
from vs_lipsync.planes.image import SampleFormat

__all__ = ["Analysis", "proxy_rgb"]

PROXY_SIDE: Final = 960
"""Longer side of the picture in which faces are sought: one 6 % as wide as the picture keeps 58 pixels there."""

CUT_DETECTION_SIDE: Final = 160
"""Longer side of the picture in which cuts are sought."""

SPARE: Final = 16
"""Frames that caches hold beyond the least, for requests that run ahead."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Nodes that tell what is in a clip. They are the same for all voices that are put into it.

    Attributes:
        source: the clip behind a cache that holds frames from their analysis to their output.
        found: frame n, the faces of frame n; their pixels may be with them.
        faces: frame n, the faces of frame n and their pixels.
        cuts: frame n, where shots begin in the n-th run of `grid.ahead` frames.
        grid: blocks on which frames are planned and mouths made.
        video: format of the clip's samples.
        excluded: [length] which frames are to be left alone.
        trimmer: gives memory back that is not used.
    """

    source: vs.VideoNode
    found: vs.VideoNode
    faces: vs.VideoNode
    cuts: vs.VideoNode
    grid: Grid
    video: SampleFormat
    excluded: NDArray[np.bool_]
    trimmer: MemoryTrimmer = field(default_factory=MemoryTrimmer)

    @classmethod
    def of(cls, clip: vs.VideoNode) -> Self:
        """Analyse a clip of constant format, size and rate."""
        grid = Grid.for_frames_of(_frame_bytes(clip))
        source = _source(clip, grid)
        small = cached(proxy_of(source, PROXY_SIDE), _in_flight(grid))
        faces = _faces(source, small, grid)
        nothing = np.zeros(clip.num_frames, bool)
        return cls(source, faces, faces, _cuts(small, grid), grid, sample_format(clip.format), nothing)

    @classmethod
    def stored(cls, clip: vs.VideoNode, plan: StoredPlan) -> Self:
        """Take what is in a clip from a plan file. Only the pixels of faces are taken from the clip itself.

        Raises:
            PlanError: it is a plan for a clip of another length, size, rate or format.
        """
        plan.check(facts_of(clip))
        grid = Grid.for_frames_of(_frame_bytes(clip))
        source = _source(clip, grid)
        blank = carrier(clip.num_frames)
        kept = grid.window + grid.block + SPARE
        found = cached(blank.std.ModifyFrame(blank, StoredFaces(plan.faces)), kept)
        faces = cached(blank.std.ModifyFrame([found, source], FaceCrops(plan.faces)), kept)
        runs = carrier(-(-clip.num_frames // grid.ahead))
        cuts = cached(runs.std.ModifyFrame(runs, StoredCuts(plan.cuts, grid.ahead)), 2 * grid.window // grid.ahead)
        return cls(source, found, faces, cuts, grid, sample_format(clip.format), plan.excluded)

    @property
    def length(self) -> int:
        """Frames of the clip."""
        return int(self.source.num_frames)

    @property
    def blocks(self) -> int:
        """Blocks of the clip."""
        return self.grid.blocks(self.length)

    def face_windows(self) -> list[vs.VideoNode]:
        """Return a node for each frame of a block's window; its frame k is that frame's faces in block k's window."""
        grid = self.grid
        return _window(self.faces, self.blocks, grid.block, grid.past, grid.window)

    def plans(self, speaker: vs.VideoNode | None = None, rank: int = 0) -> vs.VideoNode:
        """Return a node; its frame k is the plan of block k's window.

        Args:
            speaker: a node of one frame that says who is sought; None for the main face of each shot.
            rank: 1 for the next largest face of each shot in place of the main one, and so on.
        """
        grid, run = self.grid, self.grid.ahead
        cuts = _window(self.cuts, self.blocks, grid.block // run, grid.past // run, grid.window // run)
        if speaker is None:
            sought, embeddings = [], None
            found = _window(self.found, self.blocks, grid.block, grid.past, grid.window)
        else:
            sought, embeddings = [cached(speaker, 1).std.Loop(self.blocks)], Embeddings(self.video)
            found = self.face_windows()
        plan = Plan(
            grid, self.length, self.source.width, self.source.height, self.excluded, self.trimmer, embeddings, rank
        )
        return cached(carrier(self.blocks).std.ModifyFrame([*found, *cuts, *sought], plan), 4)

    def scenes(self) -> Iterator[tuple[int, int]]:
        """Yield the first frame of each shot and the one behind its last, looking through the clip as far as needed."""
        first, run = 0, self.grid.ahead
        for number, frame in enumerate(self.cuts.frames(close=True)):
            for cut in np.flatnonzero(unpack(frame)["cuts"]) + number * run:
                if first < cut < self.length:
                    yield first, int(cut)
                    first = int(cut)
        yield first, self.length

    def begins_shot(self, number: int) -> bool:
        """Tell whether a shot begins with a frame; asks for the run of frames that it is in, and waits for it."""
        run = self.grid.ahead
        with self.cuts.get_frame(number // run) as frame:
            return bool(unpack(frame)["cuts"][number % run])

    def per_frame(self, per_block: vs.VideoNode) -> vs.VideoNode:
        """Give every frame its block's frame."""
        return vs.core.std.Interleave([per_block] * self.grid.block)[: self.length]


def proxy_rgb(clip: vs.VideoNode) -> vs.VideoNode:
    """Return a clip as the RGB24 pictures in which faces are sought."""
    return proxy_of(clip, PROXY_SIDE)


def _source(clip: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Put a cache behind a clip."""
    return cached(clip.std.SelectEvery(2, [0, 1], modify_duration=False), _in_flight(grid))


def _in_flight(grid: Grid) -> int:
    """Return how many frames lie between the decoding of one and its output."""
    return grid.block + grid.ahead + SPARE


def _frame_bytes(clip: vs.VideoNode) -> int:
    planes = 1 if clip.format.color_family == vs.GRAY else 3
    samples = 1 + (planes - 1) / (1 << clip.format.subsampling_w + clip.format.subsampling_h)
    return int(clip.width * clip.height * samples * clip.format.bytes_per_sample)


def _faces(source: vs.VideoNode, small: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Frame n: the faces of frame n.

    The frames that lie equally far behind a detection are one node's. A node works on one frame at a time, so that as
    many are worked on side by side as there are frames from one detection to the next.
    """
    length = source.num_frames
    looked_at = _every(EVERY, 0, small)
    detections = cached(
        carrier(looked_at.num_frames).std.ModifyFrame(looked_at, Detections()), grid.window // EVERY + SPARE
    )
    following = uncached(detections[1:] + detections[-1]) if detections.num_frames > 1 else detections
    nodes = []
    for phase in range(min(EVERY, length)):
        inputs = [
            _every(EVERY, phase, source),
            _every(EVERY, phase, small),
            detections,
            following if phase else detections,
        ]
        nodes.append(uncached(carrier(inputs[0].num_frames).std.ModifyFrame(inputs, Faces(phase / EVERY))))
    joined = vs.core.std.Interleave(nodes, extend=True)[:length].std.SelectEvery(2, [0, 1], modify_duration=False)
    return cached(joined, grid.window + grid.block + SPARE)


def _cuts(small: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Frame n: where shots begin in the n-th run of `grid.ahead` frames."""
    run = grid.ahead
    scale = min(1.0, CUT_DETECTION_SIDE / max(small.width, small.height))
    tiny = uncached(small.resize.Bilinear(max(8, round(small.width * scale)), max(8, round(small.height * scale))))
    runs = -(-small.num_frames // run)
    last = small.num_frames - 1
    behind = runs * run + AFTER - small.num_frames
    padded = cached(tiny.std.DuplicateFrames([0] * BEFORE + [last] * behind), BEFORE + run + AFTER)
    inputs = [_every(run, 0, padded[i:]) for i in range(BEFORE + run + AFTER)]
    return cached(carrier(runs).std.ModifyFrame([node[:runs] for node in inputs], Cuts()), 2 * grid.window // run)


def _window(node: vs.VideoNode, blocks: int, block: int, past: int, window: int) -> list[vs.VideoNode]:
    """Return `window` nodes; frame k of the j-th is frame k · block − past + j of the node, empty outside of it."""
    tail = blocks * block - past + window - node.num_frames
    padded = uncached(carrier(past) + node + carrier(tail))
    shifted = [uncached(padded[start:]) for start in range(0, window, block)]
    return [_every(block, j % block, shifted[j // block])[:blocks] for j in range(window)]


def _every(cycle: int, offset: int, node: vs.VideoNode) -> vs.VideoNode:
    """Take one frame of every `cycle`, at least one. They say of their durations what they said before."""
    return node.std.SelectEvery(cycle, offset, modify_duration=False) if cycle > 1 and node.num_frames > 1 else node
