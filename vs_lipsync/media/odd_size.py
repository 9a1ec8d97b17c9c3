"""Columns and rows that BestSource leaves out where the size of a file's pictures is no multiple of its chroma's.

VapourSynth has no such sizes. The pictures are padded to the next one that it has: with what the file holds there,
which PyAV reads beforehand, and then with the last column and row again.
"""

import tempfile
import weakref
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.encoding.pixel_formats import Samples, planes_of, samples_of
from vs_lipsync.media.encoding.raw_video import ALPHA

__all__ = ["padded"]

type Planes = list[NDArray[np.generic]]

type Shape = tuple[int, int]
"""Height and width."""


def padded(path: Path, stream: int, clip: vs.VideoNode, size: tuple[int, int]) -> vs.VideoNode:
    """Return a clip with all columns and rows of the file, and as many more as make its chroma whole.

    Args:
        path: the file.
        stream: number of its picture stream.
        clip: its frames as BestSource gives them, one by one.
        size: width and height of the file's pictures.

    Raises:
        JobError: PyAV finds other frames in the file than BestSource does, or a format that has to be converted.
    """
    form = clip.format
    with clip.get_frame(0) as first:
        samples = Samples.of(form, alpha=ALPHA in first.props)
    inner = [(clip.height, clip.width)] * (form.num_planes + samples.alpha)
    for n in (1, 2) if form.num_planes == 3 else ():
        inner[n] = clip.height >> form.subsampling_h, clip.width >> form.subsampling_w
    margins = _read(path, stream, samples, size, inner)
    if margins.frames != clip.num_frames:
        raise JobError(f"FFmpeg finds {margins.frames} frames in it, and BestSource {clip.num_frames}")
    made = _grown(clip, margins, 0)
    if samples.alpha:
        made = made.std.ClipToProp(_grown(clip.std.PropToClip(ALPHA), margins, form.num_planes), ALPHA)
    return made


class _Margins:
    """What lies to the right of, and below, a clip's planes in each frame, in a file of its own without a name."""

    def __init__(self, inner: Sequence[Shape], outer: Sequence[Shape], kind: "np.dtype[np.generic]") -> None:
        """Begin, with the shapes of the planes in the clip and in the file, and the kind of samples."""
        self._inner = inner
        self.outer = outer
        both = list(zip(inner, outer, strict=True))
        self._parts = [
            part for (high, wide), (tall, across) in both for part in ((tall, across - wide), (tall - high, wide))
        ]
        count = sum(height * width for height, width in self._parts)
        self._record = np.dtype([("checksum", "u4"), ("samples", kind, (count,))])
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the clip
        weakref.finalize(self, self._file.close)
        self.frames = 0

    def add(self, planes: Planes) -> None:
        """Keep what is needed of a frame's planes in the file."""
        record = np.zeros(1, self._record)
        record["checksum"] = _checksum(planes[0], self._inner[0])
        pairs = zip(planes, self._inner, strict=True)
        parts = [part.ravel() for plane, (high, wide) in pairs for part in (plane[:, wide:], plane[high:, :wide])]
        record["samples"] = np.concatenate(parts)
        self._file.write(record.tobytes())
        self._file.flush()
        self.frames += 1

    def of(self, number: int) -> tuple[int, Planes]:
        """Return the checksum of a frame's first plane in the clip, and for each plane its right side and the rest."""
        record = np.memmap(self._file, self._record, "r", number * self._record.itemsize, (1,))[0]
        ends = np.cumsum([height * width for height, width in self._parts])
        parts = np.split(np.array(record["samples"]), ends[:-1])
        shaped = [part.reshape(shape) for part, shape in zip(parts, self._parts, strict=True)]
        return int(record["checksum"]), shaped


def _checksum(plane: NDArray[np.generic], inner: Shape) -> int:
    """Return the checksum of a plane's last row that BestSource gives, which tells frames from each other."""
    return zlib.crc32(plane[inner[0] - 1, : inner[1]].tobytes())


def _grown(clip: vs.VideoNode, margins: _Margins, first: int) -> vs.VideoNode:
    """Return a clip with its margins, whose planes are those from number `first` on."""
    form = clip.format
    tall, across = margins.outer[first]
    high, wide = (
        -(-length >> shift) << shift for length, shift in ((tall, form.subsampling_h), (across, form.subsampling_w))
    )
    larger = clip.std.AddBorders(right=wide - clip.width, bottom=high - clip.height)

    def fill(n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        frame = f[1].copy()
        checksum, parts = margins.of(n)
        if first == 0 and checksum != _checksum(np.asarray(f[0][0]), (clip.height, clip.width)):
            raise vs.Error(f"lipsync: FFmpeg reads another frame {n} than BestSource does")
        for plane in range(form.num_planes):
            right, below = parts[2 * (first + plane)], parts[2 * (first + plane) + 1]
            target = np.asarray(frame[plane])
            height, width = right.shape[0], below.shape[1] + right.shape[1]
            target[:height, below.shape[1] : width] = right
            target[height - below.shape[0] : height, : below.shape[1]] = below
            target[:height, width:] = target[:height, width - 1 : width]
            target[height:] = target[height - 1]
        return frame

    return larger.std.ModifyFrame([clip, larger], fill)


def _read(path: Path, stream: int, samples: Samples, size: tuple[int, int], inner: Sequence[Shape]) -> _Margins:
    """Read the margins of all frames; arguments and errors as for `padded`."""
    margins = None
    try:
        for planes in _decoded(path, stream, samples, size):
            if margins is None:
                margins = _Margins(inner, [(plane.shape[0], plane.shape[1]) for plane in planes], planes[0].dtype)
            margins.add(planes)
    except (av.FFmpegError, OSError) as error:
        raise JobError(one_line(error)) from error
    if margins is None:
        raise JobError("FFmpeg finds no frames in it")
    return margins


def _decoded(path: Path, stream: int, samples: Samples, size: tuple[int, int]) -> Iterator[Planes]:
    with av.open(str(path)) as container:
        video = container.streams[stream]
        for frame in container.decode(video):
            if not isinstance(frame, av.VideoFrame):
                continue
            held = samples_of(frame.format.name)
            if held != samples or (frame.width, frame.height) != size:
                raise JobError(f"its samples are {frame.format.name}")
            yield planes_of(frame, held)
