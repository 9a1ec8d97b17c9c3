"""Clips as the generator is given them: decoded, planned, cut out."""

import hashlib
import pickle
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.detections import Detector
from vs_lipsync.faces.face import Face, FaceFinder
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.scenes import find_cuts
from vs_lipsync.planes.frames import crop_of, rgb_of, sample_format
from vs_lipsync.planes.image import Crop, Region

__all__ = ["Measured", "read"]

SMALL = 640
"""Longer side of the pictures in which faces are sought."""


@dataclass(frozen=True)
class Measured:
    """A clip's frames and what the plan sees in them.

    Attributes:
        frames: what the generator is given.
        wide: wider cut-outs, in which the landmark net can be run again; None when the frame passes.
        rate: frames per second.
    """

    frames: list[MouthFrame]
    wide: list[Crop | None]
    rate: float


def read(path: str | Path, limit: int, kept: Path | None = None) -> Measured:
    """Decode and plan the first frames of a clip.

    Args:
        path: the clip.
        limit: frames to look at.
        kept: folder in which what was read is kept for the next call; made if it is not there. Written and read by
            `pickle`: a folder of one's own.
    """
    if kept is None:
        return _read(str(path), limit)
    name = hashlib.sha256(f"{Path(path).resolve()} {limit}".encode()).hexdigest()[:16]
    file = kept / f"{Path(path).stem}-{name}.pickle"
    if file.exists():
        stored: Measured = pickle.loads(file.read_bytes())  # noqa: S301  # written below
        return stored
    measured = _read(str(path), limit)
    kept.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(measured))
    return measured


def _read(path: str, limit: int) -> Measured:
    clip = vs.core.bs.VideoSource(path, cachemode=0)[:limit]
    scale = min(1.0, SMALL / max(clip.width, clip.height))
    matrix = None if clip.format.color_family != vs.YUV else 1 if clip.height > 576 else 6
    small = clip.resize.Bilinear(
        round(clip.width * scale), round(clip.height * scale), format=vs.RGB24, matrix_in=matrix
    )
    detect, find = Detector(), FaceFinder()
    faces: list[list[Face]] = []
    tiny: list[NDArray[np.uint8]] = []
    for frame in small.frames():
        picture = rgb_of(frame)
        ratio = np.array([clip.width / small.width, clip.height / small.height, clip.width / small.width], np.float32)
        half = np.array([0.5, 0.5, 0], np.float32)
        found = find(picture, detect(picture))
        faces.append([replace(face, landmarks=(face.landmarks + half) * ratio - half) for face in found])
        tiny.append(np.asarray(cv2.resize(picture[..., ::-1], (160, 90), interpolation=cv2.INTER_AREA), np.uint8))
    cuts = set(find_cuts(tiny, before=0, after=0))
    plans = plan_window(faces, [n in cuts for n in range(len(faces))], 0, clip.width, clip.height)
    frames: list[MouthFrame] = []
    wide: list[Crop | None] = []
    for plan, frame in zip(plans, clip.frames(), strict=True):
        if plan.landmarks is None:
            frames.append(MouthFrame(plan.number, plan.shot, None, None))
            wide.append(None)
            continue
        crops = [crop_of(frame, _region(plan.landmarks, frame, margin)) for margin in (0.25, 0.5)]
        frames.append(MouthFrame(plan.number, plan.shot, _copied(crops[0]), plan.landmarks))
        wide.append(_copied(crops[1]))
    return Measured(frames, wide, float(clip.fps))


def _region(landmarks: NDArray[np.float32], frame: vs.VideoFrame, margin: float) -> Region:
    low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
    grown = margin * (high - low)
    (x, y), (right, bottom) = np.floor(low - grown).astype(int), np.ceil(high + grown).astype(int)
    region = Region(int(x), int(y), int(right - x), int(bottom - y))
    return region.aligned(sample_format(frame.format), frame.width, frame.height)


def _copied(crop: Crop) -> Crop:
    return replace(crop, planes=tuple(plane.copy() for plane in crop.planes))
