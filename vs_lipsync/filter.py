"""The graph: how the frames of a clip flow through the plan and the mouth to the output.

    clip ─► source ─┬─► small ─┬─► faces ─┐
                    │          └─► cuts ──┴─► plan (a frame per block) ─► mouths (a frame per block) ─┐
                    └─► pass or composite, frame by frame ◄───────────────────────────────────────────┘

All of it is nodes of VapourSynth, so that the core does the locking, the merging of equal requests and the caching, and
counts the memory. No callback requests a frame, but for the sound of a dub that is an audio node.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import vapoursynth as vs

from vs_lipsync import weights
from vs_lipsync.errors import named_errors
from vs_lipsync.mouth.models import open_model
from vs_lipsync.nodes import ACTION, BOX, REASON, Composite, Cuts, Detections, Faces, Mask, Mouths, Plan, Timing
from vs_lipsync.plan import Action, Grid, Reason
from vs_lipsync.plan.arrays import plan_from
from vs_lipsync.plan.detections import EVERY
from vs_lipsync.plan.scenes import AFTER, BEFORE
from vs_lipsync.planes.frames import likely_matrix, sample_format
from vs_lipsync.planes.image import SampleFormat
from vs_lipsync.planes.packing import carrier, unpack
from vs_lipsync.speech import Dub

__all__ = ["lipsync", "lipsync_mask", "lipsync_plan"]

SMALL_SIDE: Final = 960
"""Longer side of the picture in which faces are sought: one 6 % as wide as the picture keeps 58 pixels there."""

TINY_SIDE: Final = 160
"""Longer side of the picture in which cuts are sought."""

SPARE: Final = 16
"""Frames that caches hold beyond the least, for requests that run ahead."""


def lipsync(
    clip: vs.VideoNode,
    dub: "str | os.PathLike[str] | vs.AudioNode",
    *,
    offset: float = 0.0,
    strength: float = 1.0,
    model: str = "warp",
    device: str = "auto",
) -> vs.VideoNode:
    """Make the speaker of a clip speak a dub.

    Frames without the speaker, and those outside the dub, are the clip's own. In the others only the mouth changes.
    Every frame carries the properties LipSyncAction ("dub" or "pass") and LipSyncReason; dubbed ones also LipSyncBox,
    [x, y, width, height] in luma samples, outside of which all planes equal the clip's.

    Args:
        clip: constant format, size and frame rate, progressive; GRAY, YUV or RGB.
        dub: the new voice: a file that FFmpeg can read (a video's sound, too), or an audio node.
        offset: seconds by which the dub starts after the clip's first frame; negative when it starts before.
        strength: factor on the movement of the lips, 0..2; 1 is the speaker's own range.
        model: what makes the mouths: "warp", out of the footage itself, or "wav2lip:" and the path of a Wav2Lip
            checkpoint, or its name in the model store.
        device: where a checkpoint runs: "auto", "cpu", "cuda" or "cuda:1".

    Returns:
        A clip of the same format, size, rate and length.

    Raises:
        vs.Error: the clip or the dub cannot be used, with what to do about it.
    """
    graph = _graph(clip, dub, offset, strength, model, device)
    composite = clip.std.ModifyFrame([graph.source, graph.mouths], Composite(graph.grid, graph.video))
    return graph.choose(graph.source, composite)


def lipsync_mask(
    clip: vs.VideoNode,
    dub: "str | os.PathLike[str] | vs.AudioNode",
    *,
    offset: float = 0.0,
    strength: float = 1.0,
    model: str = "warp",
    device: str = "auto",
) -> vs.VideoNode:
    """Show what `lipsync` with the same arguments replaces.

    Returns:
        A GRAY clip of the clip's size and bit depth: 0 where the clip is left alone, the peak value where the new mouth
        stands alone.

    Raises:
        vs.Error: as `lipsync`.
    """
    graph = _graph(clip, dub, offset, strength, model, device)
    gray = clip.format.replace(color_family=vs.GRAY, subsampling_w=0, subsampling_h=0)
    black = clip.std.BlankClip(format=gray.id, color=0, keep=True)
    mask = black.std.ModifyFrame([black, graph.mouths], Mask(graph.grid, graph.video))
    return graph.choose(black, mask)


def lipsync_plan(
    clip: vs.VideoNode,
    dub: "str | os.PathLike[str] | vs.AudioNode",
    *,
    offset: float = 0.0,
) -> vs.VideoNode:
    """Tell what `lipsync` does to each frame, without doing it.

    Mouths are not made, so that a frame to be dubbed is "target speaks" here also where `lipsync` finds no exemplar for
    it, and the few whose mouth cannot be made count as dubbed.

    Returns:
        A clip of the same length and rate whose 1 × 1 frames carry the properties LipSyncAction and LipSyncReason.

    Raises:
        vs.Error: as `lipsync`.
    """
    graph = _graph(clip, dub, offset, 1.0, "warp", "auto")
    blank = clip.std.BlankClip(width=1, height=1, format=vs.GRAY8, keep=True)
    return graph.choose(blank)


@dataclass(frozen=True, slots=True)
class _Graph:
    """The nodes that the filter's outputs have in common.

    Attributes:
        source: the clip behind a cache that holds frames from their analysis to their output.
        plans: the plan of its block, for every frame.
        mouths: the mouths of its block, for every frame.
    """

    source: vs.VideoNode
    plans: vs.VideoNode
    mouths: vs.VideoNode
    grid: Grid
    video: SampleFormat
    spoken: Callable[[int], bool]

    def choose(self, untouched: vs.VideoNode, dubbed: vs.VideoNode | None = None) -> vs.VideoNode:
        """Take each frame from the dubbed node or the untouched one, labelled; without a dubbed one, only label."""
        spoken = self.spoken
        passed = {reason: _labelled(untouched, reason) for reason in Reason}
        nodes = dict(passed)
        if dubbed is not None:
            nodes |= {reason: dubbed for reason in Reason if reason.action is Action.DUB}

        def planned(n: int, f: vs.VideoFrame) -> vs.VideoNode:
            return nodes[plan_from(unpack(f), n).reason]

        by_plan = untouched.std.FrameEval(planned, prop_src=[self.plans], clip_src=list(nodes.values()))

        def by_time(n: int) -> vs.VideoNode:
            return by_plan if spoken(n) else passed[Reason.OUTSIDE_DUB]

        return untouched.std.FrameEval(by_time, clip_src=[by_plan, passed[Reason.OUTSIDE_DUB]])


def _labelled(node: vs.VideoNode, reason: Reason) -> vs.VideoNode:
    labelled = node.std.SetFrameProps(**{ACTION: str(reason.action), REASON: str(reason)})
    return labelled.std.RemoveFrameProps(BOX)


def _graph(
    clip: vs.VideoNode,
    source: "str | os.PathLike[str] | vs.AudioNode",
    offset: float,
    strength: float,
    model: str,
    device: str,
) -> _Graph:
    _check(clip, offset, strength)
    grid = Grid.for_frames_of(_frame_bytes(clip))
    with named_errors():
        weights.fetch()
        dub = Dub.open(source)
        generator = open_model(model, dub, grid, strength=strength, device=device, threads=vs.core.num_threads)
    video = sample_format(clip.format)
    timing = Timing(Fraction(clip.fps_num, clip.fps_den), offset)
    buffer = _cached(clip.std.SelectEvery(2, [0, 1], modify_duration=False), grid.block + grid.ahead + SPARE)
    small = _scaled(buffer, SMALL_SIDE)
    faces = _faces(buffer, small, grid)
    plans = _plans(faces, _cuts(small, grid), clip, grid)
    mouths = _mouths(faces, plans, Mouths(generator, grid, clip.num_frames, video, timing), grid)

    def spoken(n: int) -> bool:
        with named_errors():
            return bool(dub.contains(timing.at(n, n + 1))[0])

    return _Graph(buffer, _per_frame(plans, clip, grid), _per_frame(mouths, clip, grid), grid, video, spoken)


def _check(clip: vs.VideoNode, offset: float, strength: float) -> None:
    if not isinstance(clip, vs.VideoNode):
        raise vs.Error("lipsync: clip must be a video node")
    if clip.format is None or not clip.width or not clip.height:
        raise vs.Error("lipsync: clips of variable format or size are not supported; split or resize the clip first")
    if clip.format.color_family not in (vs.GRAY, vs.YUV, vs.RGB):
        raise vs.Error(f"lipsync: format {clip.format.name} is not supported; convert to GRAY, YUV or RGB")
    if clip.format.sample_type == vs.INTEGER and clip.format.bits_per_sample > 16:
        raise vs.Error(f"lipsync: format {clip.format.name} is not supported; convert to at most 16 bits, or to float")
    if not clip.fps_num or not clip.fps_den:
        raise vs.Error("lipsync: clips of variable frame rate are not supported; give the clip a rate with AssumeFPS")
    if not isinstance(offset, int | float) or not -1e9 < offset < 1e9:
        raise vs.Error(f"lipsync: offset must be a number of seconds, not {offset}")
    if not isinstance(strength, int | float) or not 0 <= strength <= 2:
        raise vs.Error(f"lipsync: strength must be from 0 to 2, not {strength}")


def _frame_bytes(clip: vs.VideoNode) -> int:
    planes = 1 if clip.format.color_family == vs.GRAY else 3
    samples = 1 + (planes - 1) / (1 << clip.format.subsampling_w + clip.format.subsampling_h)
    return int(clip.width * clip.height * samples * clip.format.bytes_per_sample)


def _cached(node: vs.VideoNode, frames: int) -> vs.VideoNode:
    """Let a node that is ours keep so many frames, whatever the core thinks of them."""
    node.std.SetVideoCache(mode=1, fixedsize=1, maxsize=frames)
    return node


def _scaled(clip: vs.VideoNode, side: int) -> vs.VideoNode:
    """Shrink to RGB24 whose longer side has at most `side` pixels."""
    scale = min(1.0, side / max(clip.width, clip.height))
    if clip.format.color_family != vs.YUV:
        # A plane taken out of an RGB clip still says that it is RGB, which no GRAY picture can be.
        clip = clip.std.RemoveFrameProps("_Matrix")
    # In its own family first: converting what is left to RGB costs a quarter of converting everything.
    step_x, step_y = 1 << clip.format.subsampling_w, 1 << clip.format.subsampling_h
    width = max(1, round(clip.width * scale / step_x)) * step_x
    height = max(1, round(clip.height * scale / step_y)) * step_y
    resized = clip.resize.Bilinear(width, height) if (width, height) != (clip.width, clip.height) else clip
    if clip.format.color_family != vs.YUV:
        return resized.resize.Bilinear(format=vs.RGB24)
    # Only frames that do not say their matrix take this one.
    return resized.resize.Bilinear(format=vs.RGB24, matrix_in=likely_matrix(clip.format, clip.height))


def _faces(source: vs.VideoNode, small: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Frame n: the faces of frame n.

    The frames that lie equally far behind a detection are one node's. A node works on one frame at a time, so that as
    many are worked on side by side as there are frames from one detection to the next.
    """
    length = source.num_frames
    looked_at = _every(EVERY, 0, small)
    detections = _cached(
        carrier(looked_at.num_frames).std.ModifyFrame(looked_at, Detections()), grid.window // EVERY + SPARE
    )
    following = detections[1:] + detections[-1] if detections.num_frames > 1 else detections
    nodes = []
    for phase in range(min(EVERY, length)):
        inputs = [
            _every(EVERY, phase, source),
            _every(EVERY, phase, small),
            detections,
            following if phase else detections,
        ]
        node = carrier(inputs[0].num_frames).std.ModifyFrame(inputs, Faces(phase / EVERY))
        node.std.SetVideoCache(mode=0)
        nodes.append(node)
    joined = vs.core.std.Interleave(nodes, extend=True)[:length].std.SelectEvery(2, [0, 1], modify_duration=False)
    return _cached(joined, grid.window + grid.block + SPARE)


def _cuts(small: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Frame n: where shots begin in the n-th run of `grid.ahead` frames."""
    run = grid.ahead
    scale = min(1.0, TINY_SIDE / max(small.width, small.height))
    tiny = small.resize.Bilinear(max(8, round(small.width * scale)), max(8, round(small.height * scale)))
    runs = -(-small.num_frames // run)
    last = small.num_frames - 1
    behind = runs * run + AFTER - small.num_frames
    padded = tiny.std.DuplicateFrames([0] * BEFORE + [last] * behind)
    inputs = [_every(run, 0, padded[i:]) for i in range(BEFORE + run + AFTER)]
    return _cached(carrier(runs).std.ModifyFrame([node[:runs] for node in inputs], Cuts()), 2 * grid.window // run)


def _plans(faces: vs.VideoNode, cuts: vs.VideoNode, clip: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Frame n: the plan of block n's window."""
    blocks = grid.blocks(clip.num_frames)
    run = grid.ahead
    inputs = [
        *_window(faces, blocks, grid.block, grid.past, grid.window),
        *_window(cuts, blocks, grid.block // run, grid.past // run, grid.window // run),
    ]
    plan = Plan(grid, clip.num_frames, clip.width, clip.height)
    return _cached(carrier(blocks).std.ModifyFrame(inputs, plan), 4)


def _mouths(faces: vs.VideoNode, plans: vs.VideoNode, make: Mouths, grid: Grid) -> vs.VideoNode:
    """Frame n: the mouths of block n."""
    blocks = plans.num_frames
    inputs = [plans, *_window(faces, blocks, grid.block, grid.past, grid.window)]
    return _cached(carrier(blocks).std.ModifyFrame(inputs, make), 3)


def _window(node: vs.VideoNode, blocks: int, block: int, past: int, window: int) -> list[vs.VideoNode]:
    """Return `window` nodes; frame k of the j-th is frame k · block − past + j of the node, empty outside of it."""
    tail = blocks * block - past + window - node.num_frames
    padded = carrier(past) + node + carrier(tail)
    shifted = [padded[start:] for start in range(0, window, block)]
    return [_every(block, j % block, shifted[j // block])[:blocks] for j in range(window)]


def _every(cycle: int, offset: int, node: vs.VideoNode) -> vs.VideoNode:
    """Take one frame of every `cycle`, at least one."""
    return node.std.SelectEvery(cycle, offset) if cycle > 1 and node.num_frames > 1 else node


def _per_frame(per_block: vs.VideoNode, clip: vs.VideoNode, grid: Grid) -> vs.VideoNode:
    """Give every frame its block's frame."""
    return vs.core.std.Interleave([per_block] * grid.block)[: clip.num_frames]
