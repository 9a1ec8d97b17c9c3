"""Named arrays in frames: the form in which faces, cuts, plans and patches travel from node to node.

As frames they are cached, counted and freed by VapourSynth like any picture.

A frame with arrays is GRAY8, 4096 bytes wide, and as high as it takes. Its samples are the bytes of the arrays, one
array after the other in C order, each from a multiple of 64 bytes on; bytes between them are undefined. The frame
property LipSyncArrays holds the index as JSON: name -> [dtype as `numpy.dtype.str`, shape, offset in bytes]. A frame
without arrays has the index {}.

The names, dtypes and shapes of the arrays are written down where they are packed: in `arrays.faces`, `arrays.plans`,
`arrays.patches` and `vs_lipsync.faces.detections`. The others are
    cuts      [run] bool: whether each frame of a run begins a shot (`nodes.cuts`)
    speaker   [n, 128] float32: embeddings of the target, n at least 1; absent when nobody is the target (`targets`)
"""

import json
from collections.abc import Iterator, Mapping
from math import prod
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

__all__ = ["Arrays", "carrier", "pack", "unpack"]

type Arrays = Mapping[str, NDArray[np.generic]]
"""The arrays of a frame, by their names."""

WIDTH: Final = 4096
"""Bytes per row: a multiple of every stride that VapourSynth uses, so that rows follow one another without gaps."""

ALIGNMENT: Final = 64
"""Arrays begin at multiples of this many bytes."""

PROPERTY: Final = "LipSyncArrays"

NOTHING: Final = json.dumps({})
"""The index of a frame without arrays."""


def carrier(length: int) -> vs.VideoNode:
    """Return a clip of `length` frames without arrays: the base of a node whose frames `pack` makes."""
    empty = vs.core.std.BlankClip(width=1, height=1, format=vs.GRAY8, length=length, varsize=True, keep=True)
    return empty.std.SetFrameProps(**{PROPERTY: NOTHING})


def pack(arrays: Arrays) -> vs.VideoFrame:
    """Copy arrays of any shape and of a dtype without objects into a new frame."""
    index = {}
    size = 0
    for name, array in arrays.items():
        index[name] = (array.dtype.str, array.shape, size)
        size += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    frame = vs.core.create_video_frame(vs.GRAY8, WIDTH, max(1, -(-size // WIDTH)))
    data = _bytes(frame)
    for name, array in arrays.items():
        start = index[name][2]
        target = data[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
        np.copyto(target, array)
    frame.props[PROPERTY] = json.dumps(index)
    return frame


def unpack(frame: vs.VideoFrame) -> Arrays:
    """Return the arrays of a frame of `pack` or `carrier`, as read-only views of it."""
    return _Views(frame)


class _Views(Mapping[str, NDArray[np.generic]]):
    """The arrays of a frame, each of which is looked up when it is asked for: a block's patches have hundreds."""

    def __init__(self, frame: vs.VideoFrame) -> None:
        text = _text(frame.props[PROPERTY])
        self._index: dict[str, tuple[str, list[int], int]] = json.loads(text) if text != NOTHING else {}
        self._data = _bytes(frame) if self._index else np.empty(0, np.uint8)

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        kind, shape, start = self._index[name]
        dtype = np.dtype(kind)
        view: NDArray[np.generic] = np.ndarray(shape, dtype, self._data[start : start + prod(shape) * dtype.itemsize])
        return view

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)


def _bytes(frame: vs.VideoFrame) -> NDArray[np.uint8]:
    """Return all bytes of the frame's plane as one row."""
    rows = np.asarray(frame[0])
    if rows.strides[0] != rows.shape[1]:
        raise RuntimeError(f"rows of {rows.shape[1]} bytes are {rows.strides[0]} bytes apart")
    return np.lib.stride_tricks.as_strided(rows, (rows.size,), (1,), writeable=rows.flags.writeable)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
