"""Clips for tests of the whole filter, and ways to look at their frames."""

import hashlib

import numpy as np
import vapoursynth as vs

from tests.conftest import DEMO_CLIP

__all__ = ["box_of", "changed_samples", "digest", "mixed", "pointers"]


def mixed(video: vs.VideoFormat | int = vs.YUV420P8, length: int = 72) -> vs.VideoNode:
    """A short clip in any format: a face, then a picture without one, then a face again, each a third of it."""
    clip = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    third = length // 3
    shots = clip[20 : 20 + third] + clip[140 : 140 + third] + clip[60 : 60 + length - 2 * third]
    family = vs.core.get_video_format(video).color_family
    shots = shots.resize.Bicubic(320, 192, format=video, matrix=None if family == vs.RGB else 1)
    return shots.std.SetFrameProps(TestNote="kept", _Matrix=0 if family == vs.RGB else 1)


def digest(frame: vs.VideoFrame) -> str:
    """The samples and what the filter says of a frame, as one word."""
    words = hashlib.sha256()
    for plane in range(frame.format.num_planes):
        words.update(np.ascontiguousarray(np.asarray(frame[plane])).tobytes())
    words.update(repr([frame.props.get(key) for key in ("LipSyncAction", "LipSyncReason", "LipSyncBox")]).encode())
    return words.hexdigest()


def pointers(frame: vs.VideoFrame) -> list[int]:
    """Where the planes of a frame are in memory."""
    return [frame.get_read_ptr(plane).value or 0 for plane in range(frame.format.num_planes)]


def box_of(frame: vs.VideoFrame, name: str = "LipSyncBox") -> tuple[int, int, int, int]:
    """The one box [x, y, width, height] that a frame has under a name."""
    sides = frame.props[name]
    assert isinstance(sides, list)
    x, y, width, height = (side for side in sides if isinstance(side, int))
    return x, y, width, height


def changed_samples(source: vs.VideoFrame, frame: vs.VideoFrame) -> int:
    """Count the samples that a dubbed frame has changed; none may lie outside its box."""
    assert frame.props["LipSyncAction"] == "dub"
    x, y, width, height = box_of(frame)
    changed = 0
    for plane in range(source.format.num_planes):
        shift_x, shift_y = (source.format.subsampling_w, source.format.subsampling_h) if plane else (0, 0)
        before, after = np.asarray(source[plane]), np.asarray(frame[plane])
        outside = np.ones(before.shape, bool)
        outside[y >> shift_y : y + height >> shift_y, x >> shift_x : x + width >> shift_x] = False
        np.testing.assert_array_equal(before[outside], after[outside])
        changed += int((before != after).sum())
    return changed
