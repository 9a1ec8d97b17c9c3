"""Drawn faces whose mouths are known: skin with grain, lips as polygons, a dark interior."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import INNER_LIP, JAW, MOUTH, MOUTH_POINTS, OUTER_LIP, POINTS, canonical_face
from vs_lipsync.mouth.base import Chunk, Generator, MouthFrame, Patch
from vs_lipsync.planes.image import Crop, Region, SampleFormat

__all__ = ["SIZE", "YUV420P8", "DrawnMotion", "chunk_of", "drawn_frame", "face", "opened", "patches_of"]

YUV420P8 = SampleFormat("yuv", np.dtype(np.uint8), 8, 1, 1)
SIZE = 60.0
"""Inter-ocular distance of the drawn faces in luma samples."""

_WIDTH, _HEIGHT = 192, 224
_BESIDE = {
    203: (-0.25, 0.75),
    206: (-0.38, 0.85),
    214: (-0.6, 1.2),
    423: (0.25, 0.75),
    426: (0.38, 0.85),
    434: (0.6, 1.2),
}


def opened(amount: float) -> NDArray[np.float64]:
    """Displacement [53, 3] of a mouth that opens by so many inter-ocular distances."""
    moved = np.zeros((MOUTH_POINTS, 3))
    bow = np.sin(np.linspace(0, np.pi, 11))
    moved[0:11, 1] = 0.9 * amount * bow
    moved[20:31, 1] = 0.9 * amount * bow
    moved[11:20, 1] = moved[31:40, 1] = -0.1 * amount * bow[1:-1]
    moved[40:, 1] = 0.6 * amount * np.sin(np.linspace(0, np.pi, len(JAW)))
    return moved


def face(amount: float) -> NDArray[np.float64]:
    """A face [468, 3] in the pose-free frame with the mouth opened from a closed one."""
    points = canonical_face().astype(np.float64)
    for index, (x, y) in _BESIDE.items():
        points[index] = x, y, -0.3
    points[164] = 0.0, 0.8, -0.4
    points[np.isnan(points[:, 0])] = 0.0, 0.3, 0.0
    assert points.shape == (POINTS, 3)
    shape = points[list(MOUTH)]
    middle = 0.5 * (shape[21:30, 1] + shape[31:40, 1])
    shape[21:30, 1], shape[31:40, 1] = middle + 0.003, middle - 0.003
    points[list(MOUTH)] = shape + opened(amount)
    return points


def drawn_frame(
    number: int, amount: float, sample_format: SampleFormat = YUV420P8, shift: tuple[float, float] = (0.0, 0.0)
) -> MouthFrame:
    """A frame with a face; luma: skin 150 with grain, lips 110, interior 30 of 255, chroma flat."""
    points = face(amount) * SIZE
    points[:, :2] += np.array([_WIDTH / 2, 60.0]) + shift
    grain = np.random.default_rng(7).normal(0, 3, (_HEIGHT, _WIDTH))
    luma = np.full((_HEIGHT, _WIDTH), 150.0)
    around = [*range(11), *range(19, 10, -1)]
    for lip, value in ((OUTER_LIP, 110.0), (INNER_LIP, 30.0)):
        polygon = points[[lip[i] for i in around], :2]
        cv2.fillPoly(luma, [np.rint(polygon * 16).astype(np.int32)], (value,), cv2.LINE_AA, 4)
    luma += cv2.GaussianBlur(grain, (3, 3), 0)
    planes = [luma]
    for plane in range(1, sample_format.planes):
        shift_x, shift_y = sample_format.subsampling(plane)
        flat = luma if sample_format.family == "rgb" else np.full((_HEIGHT >> shift_y, _WIDTH >> shift_x), 128.0)
        planes.append(flat)
    region = Region(8, 12, _WIDTH, _HEIGHT)
    return MouthFrame(
        number,
        0,
        Crop(region, tuple(_stored(p, sample_format, chroma=bool(i)) for i, p in enumerate(planes)), sample_format),
        (points + np.array([region.x, region.y, 0])).astype(np.float32),
    )


def _stored(plane: NDArray[np.float64], sample_format: SampleFormat, chroma: bool) -> NDArray[np.generic]:
    if sample_format.dtype.kind == "f":
        offset = 128 if chroma and sample_format.family == "yuv" else 0
        return ((plane - offset) / 255).astype(sample_format.dtype)
    return np.rint(np.clip(plane * (1 << (sample_format.bits - 8)), 0, sample_format.peak)).astype(sample_format.dtype)


@dataclass
class _Samples:
    points: NDArray[np.float64]
    inside: NDArray[np.bool_]


@dataclass
class DrawnMotion:
    """A mouth that opens and closes `frequency` times a second, up to `greatest`, over the first `length` seconds."""

    greatest: float = 0.2
    frequency: float = 1.7
    length: float = 1e9

    @property
    def spread(self) -> float:
        """Standard deviation of the opening: that of a sine."""
        return float(self.greatest / 2 / np.sqrt(2))

    def at(self, times: NDArray[np.float64]) -> _Samples:
        """Return the motion."""
        amounts = self.greatest * (0.5 - 0.5 * np.cos(2 * np.pi * self.frequency * times))
        return _Samples(np.array([opened(a) for a in amounts]), (times >= 0) & (times < self.length))


def chunk_of(frames: Sequence[MouthFrame], start: int, stop: int, past: int = 96) -> Chunk:
    """The chunk of frames start..stop - 1 at 25 frames per second, with its window."""
    low, high = max(0, start - past), min(len(frames), stop + 16)
    times = np.arange(low, high) / 25
    return Chunk(frames[low:high], start - low, stop - low, times)


def patches_of(generator: Generator, chunk: Chunk) -> list[Patch | None]:
    """The mouths of a chunk, drawn."""
    return [None if mouth is None else mouth.draw() for mouth in generator.generate(chunk)]
