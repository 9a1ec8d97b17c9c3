"""Faces of clips, with and without something drawn before the mouths, and what the plan makes of them."""

import hashlib
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from scripts.measuring.covers import Cover, Drawing, covered_share, draw
from vs_lipsync.faces.face import Face
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.faces import faces_from
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.frame_plan import FramePlan
from vs_lipsync.plan.grid import Grid
from vs_lipsync.planes.frames import rgb_of

__all__ = ["Looked", "Scene", "covered_clip", "look", "opened", "plans_of"]

HIGHEST = 720
"""Rows of the pictures that are looked at, at most."""


@dataclass(frozen=True)
class Looked:
    """What was seen in a clip.

    Attributes:
        faces: of each frame.
        cuts: whether each frame begins a shot.
        size: width and height in luma samples.
    """

    faces: list[list[Face]]
    cuts: list[bool]
    size: tuple[int, int]


@dataclass(frozen=True)
class Scene:
    """A clip in which something comes before the mouth.

    Attributes:
        clip: RGB24.
        shares: how much of the lips is hidden in each frame; NaN where the clip itself shows no face to be dubbed.
        present: whether the thing is in the picture about the face in each frame.
    """

    clip: vs.VideoNode
    shares: NDArray[np.float64]
    present: NDArray[np.bool_]


def opened(path: Path, first: int, stop: int) -> vs.VideoNode:
    """Open frames of a clip as RGB24, at most `HIGHEST` rows high."""
    clip = vs.core.bs.VideoSource(str(path), cachemode=0)[first:stop]
    scale = min(1.0, HIGHEST / clip.height)
    matrix = None if clip.format.color_family != vs.YUV else 1 if clip.height > 576 else 6
    return clip.resize.Bicubic(
        round(clip.width * scale), round(clip.height * scale), format=vs.RGB24, matrix_in=matrix
    ).std.SetFrameProps(_FieldBased=0)


def look(clip: vs.VideoNode, name: str, kept: Path | None) -> Looked:
    """Find the faces and cuts of a clip, or read what was kept under a name; a folder of one's own."""
    file = None if kept is None else kept / (hashlib.sha256(name.encode()).hexdigest()[:20] + ".pickle")
    if file is not None and file.exists():
        stored: Looked = pickle.loads(file.read_bytes())  # noqa: S301  # written below
        return stored
    analysis = Analysis.of(clip)
    faces = []
    for frame in analysis.face_landmarks.frames(close=True):
        arrays = {key: value.copy() for key, value in unpack(frame).items() if not key.startswith("crop")}
        faces.append(faces_from(arrays))
    cuts = np.concatenate([unpack(frame)["cuts"] for frame in analysis.cuts.frames(close=True)])
    looked = Looked(faces, [bool(cut) for cut in cuts[: clip.num_frames]], (clip.width, clip.height))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(looked))
    return looked


def plans_of(looked: Looked, grid: Grid) -> Iterator[FramePlan]:
    """Yield the plan of each frame as the filter makes it, block by block."""
    length = len(looked.faces)
    for block in range(grid.blocks(length)):
        first, stop = grid.span(block, length)
        plans = plan_window(looked.faces[first:stop], looked.cuts[first:stop], first, *looked.size)
        begin = block * grid.block - first
        yield from plans[begin : begin + min(grid.block, length - block * grid.block)]


def covered_clip(
    clip: vs.VideoNode, plans: list[FramePlan], cover: Cover, drawing: Drawing | None, first: int, stop: int
) -> Scene:
    """Draw something before the mouth of a clip's target.

    Args:
        clip: RGB24.
        plans: the plans of its frames.
        cover: what comes and goes.
        drawing: what is drawn; None to let `cover` draw it, in the colour of the face's skin.
        first: the frame in which it comes.
        stop: the frame in which it has gone.
    """
    known = np.array([plan.landmarks is not None for plan in plans])
    at = np.flatnonzero(known)
    nearest = [int(at[np.argmin(np.abs(at - number))]) for number in range(len(plans))]
    landmarks = [plans[number].landmarks for number in nearest]
    begin = landmarks[first]
    assert begin is not None
    if drawing is None:
        with clip.get_frame(first) as frame:
            drawing = cover.make(_skin(rgb_of(frame), begin))
    shares, present = np.zeros(len(plans)), np.zeros(len(plans), bool)
    still = begin if not cover.follows else None

    def shown(number: int, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        here = landmarks[number]
        assert here is not None
        part = (number - first) / (stop - 1 - first)
        made, hidden = draw(picture, here if still is None else still, drawing, cover.offset(part))
        shares[number], present[number] = covered_share(hidden, here), True
        return made

    # Drawn now, so that the shares are known; clips of seconds.
    pictures = {}
    for number, frame in enumerate(clip[first:stop].frames(close=True), first):
        pictures[number] = shown(number, rgb_of(frame))
    shares[~known] = np.nan

    def painted(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        if n not in pictures:
            return f
        copy = f.copy()
        for plane in range(3):
            np.copyto(np.asarray(copy[plane]), pictures[n][..., plane])
        return copy

    return Scene(clip.std.ModifyFrame(clip, painted), shares, present)


def _skin(rgb: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the colour of the skin on the cheeks and the forehead."""
    height, width = rgb.shape[:2]
    places = np.rint(landmarks[[205, 425, 151, 50, 280], :2]).astype(int)
    seen = [rgb[min(max(y, 0), height - 1), min(max(x, 0), width - 1)] for x, y in places]
    return np.asarray(np.median(seen, 0), np.float32)
