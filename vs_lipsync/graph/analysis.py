"""The part of the graph that analyses a clip, whatever its target: its faces and its cuts.

clip ─► source ─┬─► cuts ──┐
                └─► proxy ─┴─► faces
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.packing import carrier, unpack
from vs_lipsync.graph.caches import SPARE, cached, cached_in_runs, uncached
from vs_lipsync.graph.clip import facts_of, frame_bytes
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.graph.finding_faces import faces_of, timed
from vs_lipsync.graph.findings import Findings
from vs_lipsync.graph.in_order import behind, one_by_one
from vs_lipsync.graph.memory import MemoryTrimmer
from vs_lipsync.graph.nodes.cuts import Cuts, StoredCuts
from vs_lipsync.graph.nodes.faces import FaceCrops, StoredFaces
from vs_lipsync.graph.nodes.findings import FoundCuts, FoundFaces, KeptCuts, KeptFaces
from vs_lipsync.graph.nodes.plans import FaceRun, Plan
from vs_lipsync.graph.proxy import proxy_of
from vs_lipsync.graph.windows import every, window_nodes
from vs_lipsync.plan.grid import Grid
from vs_lipsync.plan.scenes import AFTER, BEFORE
from vs_lipsync.planes.frames import sample_format
from vs_lipsync.planes.image import SampleFormat

if TYPE_CHECKING:
    from vs_lipsync.plan.file.stored import StoredPlan

__all__ = ["Analysis", "proxy_rgb"]

PROXY_SIDE: Final = 960
"""Longer side of the proxy in pixels: a face 6 % as wide as the picture is 58 pixels wide there."""

CUT_DETECTION_SIDE: Final = 160
"""Longer side in pixels of the picture in which cuts are detected."""

LEAST_SIDE: Final = 8
"""Shorter side of that picture at least: the detector cannot do with less."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The nodes of a clip's analysis. They are the same for all voices that are put into it.

    Attributes:
        source: the clip behind a cache that holds frames from their analysis to their output.
        face_landmarks: frame n has the arrays of frame n's faces, and may have those of their crops.
        face_crops: frame n has the arrays of frame n's faces and of their crops.
        cuts: frame m has the array "cuts" of the m-th run of `grid.ahead` frames.
        grid: blocks on which frames are planned and mouths made.
        video: format of the clip's samples.
        excluded: [length] whether the user excludes each frame.
        embeddings: makes and keeps those of the clip's faces.
        trimmer: returns unused memory to the operating system.
    """

    source: vs.VideoNode
    face_landmarks: vs.VideoNode
    face_crops: vs.VideoNode
    cuts: vs.VideoNode
    grid: Grid
    video: SampleFormat
    excluded: NDArray[np.bool_]
    embeddings: Embeddings
    trimmer: MemoryTrimmer = field(default_factory=MemoryTrimmer)

    @classmethod
    def of(cls, clip: vs.VideoNode, findings: Findings | None = None, *, in_flight: int | None = None) -> Self:
        """Analyse a clip of constant format and size by its pictures.

        Args:
            clip: the clip.
            findings: keeps what is found, and gives it to whoever asks again, later or elsewhere; None to keep no more
                than the caches do.
            in_flight: frames that are kept of the clip, its proxy and its faces; None for those from a frame's decoding
                to its output, and the faces of a window.
        """
        grid = Grid.for_frames_of(frame_bytes(clip))
        source = _source(clip, grid) if in_flight is None else cached(_own(clip), in_flight)
        cuts = _cuts(source, grid)
        proxy = cached(proxy_of(source, PROXY_SIDE), 2 * grid.ahead if in_flight is None else in_flight)
        faces = faces_of(source, proxy, cuts, grid)
        faces = face_crops = _windowed(faces, grid) if in_flight is None else cached(faces, in_flight)
        if findings is not None:
            faces, face_crops = _kept_faces(faces, source, grid, findings)
            cuts = _kept_cuts(cuts, grid, findings)
        excluded = np.zeros(clip.num_frames, bool)
        video = sample_format(clip.format)
        return cls(source, faces, face_crops, cuts, grid, video, excluded, Embeddings(video))

    @classmethod
    def stored(cls, clip: vs.VideoNode, plan: "StoredPlan") -> Self:
        """Read the analysis of a clip from a plan file; only the pixels of faces are taken from the clip itself.

        Raises:
            PlanError: it is a plan for a clip of another length, size, rate or format.
        """
        plan.check(facts_of(clip))
        grid = Grid.for_frames_of(frame_bytes(clip))
        source = _source(clip, grid)
        blank = carrier(clip.num_frames)
        faces = _windowed(blank.std.ModifyFrame(blank, StoredFaces(plan.faces)), grid)
        crops = uncached(blank.std.ModifyFrame([faces, source], FaceCrops(plan.faces)))
        face_crops = _windowed(timed(crops, source), grid)
        runs = carrier(-(-clip.num_frames // grid.ahead))
        cuts = cached(runs.std.ModifyFrame(runs, StoredCuts(plan.cuts, grid.ahead)), 2 * grid.window // grid.ahead)
        video = sample_format(clip.format)
        return cls(source, faces, face_crops, cuts, grid, video, plan.excluded, Embeddings(video))

    @property
    def length(self) -> int:
        """Frames of the clip."""
        return int(self.source.num_frames)

    @property
    def blocks(self) -> int:
        """Blocks of the clip."""
        return self.grid.blocks(self.length)

    def face_windows(self) -> list[vs.VideoNode]:
        """Return `grid.window` nodes, one for each frame of a window.

        Frame k of the j-th has the arrays of the faces and crops of the j-th frame of block k's window, or none where
        that lies outside of the clip.
        """
        grid = self.grid
        return window_nodes(self.face_crops, self.blocks, grid.block, grid.past, grid.window)

    def first_faces(self) -> vs.VideoNode:
        """Return a node; its frame k has the arrays of the faces of the first frame of block k's window."""
        grid = self.grid
        firsts = every(grid.block, 0, self.face_landmarks)
        return uncached(firsts.std.DuplicateFrames([0] * (grid.past // grid.block))[: self.blocks])

    def plans(self, speaker: vs.VideoNode | None = None, rank: int = 0) -> vs.VideoNode:
        """Return a node; its frame k has the arrays of `arrays.plans.plans_to` for block k's window.

        Args:
            speaker: a node of one frame with the array "speaker" of the target; None to choose it by size and time on
                screen.
            rank: without `speaker`, 0 for each shot's main face, 1 for the next largest and longest, and so on.
        """
        grid, run = self.grid, self.grid.ahead
        sizes = self.blocks, grid.block // run, grid.past // run, grid.window // run
        embeddings = None if speaker is None else self.embeddings
        inputs = one_by_one(window_nodes(self._face_runs(), *sizes))
        if speaker is not None:
            crops = [behind(inputs[j // run], node) for j, node in enumerate(self.face_windows())]
            inputs += [*crops, cached(speaker, 1).std.Loop(self.blocks)]
        size = self.source.width, self.source.height
        plan = Plan(grid, self.length, *size, self.excluded, self.trimmer, embeddings, rank)
        return cached(carrier(self.blocks).std.ModifyFrame(inputs, plan), 4)

    def _face_runs(self) -> vs.VideoNode:
        """Return a node; its frame m has the faces and the cuts of the m-th run of `grid.ahead` frames."""
        run, runs = self.grid.ahead, self.cuts.num_frames
        padded = uncached(self.face_landmarks + carrier(runs * run - self.length + 1))
        faces = [every(run, i, padded)[:runs] for i in range(run)]
        return cached(carrier(runs).std.ModifyFrame([*faces, self.cuts], FaceRun()), self.grid.window // run + SPARE)

    def scenes(self) -> Iterator[tuple[int, int]]:
        """Yield the first frame of each shot and the one behind its last; analyses the clip as far as is iterated."""
        first, run = 0, self.grid.ahead
        for number, frame in enumerate(self.cuts.frames(close=True)):
            for cut in np.flatnonzero(unpack(frame)["cuts"]) + number * run:
                if first < cut < self.length:
                    yield first, int(cut)
                    first = int(cut)
        yield first, self.length

    def begins_shot(self, number: int) -> bool:
        """Tell whether a frame begins a shot; requests the cuts of its run, and waits for them."""
        run = self.grid.ahead
        with self.cuts.get_frame(number // run) as frame:
            return bool(unpack(frame)["cuts"][number % run])

    def per_frame(self, per_block: vs.VideoNode) -> vs.VideoNode:
        """Return a node for each frame of the clip from a node for each block: frame n is that of frame n's block."""
        return vs.core.std.Interleave([per_block] * self.grid.block)[: self.length]


def proxy_rgb(clip: vs.VideoNode) -> vs.VideoNode:
    """Return the proxy of a clip in which faces are detected."""
    return proxy_of(clip, PROXY_SIDE)


def _source(clip: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Put a cache behind a clip that holds its frames from their analysis to their output.

    When a block is asked for, the frames behind the block before have been looked at, and are still to be shown; the
    frames of that block have been shown since, and need not be kept.
    """
    run = grid.ahead
    return cached_in_runs(_own(clip), run, _in_flight(grid) // run)


def _windowed(faces: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Return the faces of a clip behind a cache that holds those of a window, on the way forward and backward."""
    return cached_in_runs(faces, grid.ahead, grid.window // grid.ahead + 1)


def _own(clip: vs.VideoNode) -> vs.VideoNode:
    """Return a node with the frames of a clip, so that the cache of the user's own node stays as it is."""
    return clip.std.SelectEvery(2, [0, 1], modify_duration=False)


def _in_flight(grid: Grid) -> int:
    """Return how many frames are decoded from one frame's decoding to its output."""
    return grid.block + grid.ahead + SPARE


def _cuts(source: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Return a node; its frame m has the array "cuts" of the m-th run of `grid.ahead` frames."""
    run = grid.ahead
    small = uncached(proxy_of(source, CUT_DETECTION_SIDE))
    if min(small.width, small.height) < LEAST_SIDE:
        small = uncached(small.resize.Bilinear(max(LEAST_SIDE, small.width), max(LEAST_SIDE, small.height)))
    runs = -(-source.num_frames // run)
    last = source.num_frames - 1
    behind = runs * run + AFTER - source.num_frames
    padded = cached(small.std.DuplicateFrames([0] * BEFORE + [last] * behind), BEFORE + run + AFTER)
    inputs = [every(run, 0, padded[i:]) for i in range(BEFORE + run + AFTER)]
    return cached(carrier(runs).std.ModifyFrame([node[:runs] for node in inputs], Cuts()), 2 * grid.window // run)


def _kept_faces(
    computed: vs.VideoNode, source: vs.VideoNode, grid: Grid, findings: Findings
) -> tuple[vs.VideoNode, vs.VideoNode]:
    """Return two nodes like `computed`, without and with crops of the faces, that look at no frame twice."""
    blank = carrier(computed.num_frames)
    kept = computed.std.ModifyFrame(computed, KeptFaces(findings))
    found = blank.std.ModifyFrame(blank, FoundFaces(findings))
    crops = timed(uncached(blank.std.ModifyFrame([found, source], FaceCrops())), source)
    faces, face_crops = (_chosen(findings.has_faces, uncached(node), kept) for node in (found, crops))
    return _windowed(faces, grid), _windowed(face_crops, grid)


def _kept_cuts(computed: vs.VideoNode, grid: Grid, findings: Findings) -> vs.VideoNode:
    """Return a node like `computed`, the cuts of runs, that looks at no frame twice."""
    blank = carrier(computed.num_frames)
    kept = computed.std.ModifyFrame(computed, KeptCuts(findings))
    found = blank.std.ModifyFrame(blank, FoundCuts(findings))
    return cached(_chosen(findings.has_cuts, uncached(found), kept), 2 * grid.window // grid.ahead)


def _chosen(is_found: Callable[[int], bool], found: vs.VideoNode, computed: vs.VideoNode) -> vs.VideoNode:
    """Return a node that takes each frame from `found` if it is there, or else from `computed`."""
    uncached(computed)
    return carrier(found.num_frames).std.FrameEval(
        lambda n: found if is_found(n) else computed, clip_src=[found, computed]
    )
