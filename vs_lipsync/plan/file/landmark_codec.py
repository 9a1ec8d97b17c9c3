"""Landmarks in few bytes: exact, since they are whole steps of 1 / `face.GRAIN`.

A face is kept as its difference from the face of the same rank in the frame before, the head's shift apart: what is
left is the landmarks' jitter, which deflate brings to some 1150 bytes a face, from 5616.
"""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import PlanError
from vs_lipsync.faces.face import GRAIN
from vs_lipsync.faces.landmarks import POINTS

__all__ = ["FARTHEST", "decode_landmarks", "encode_landmarks"]

FARTHEST = 1 << 17
"""Luma samples from the origin beyond which no landmark lies: twice the side of the largest picture."""

_LEVEL = 6
_NUMBERS = 3 * (POINTS + 1)


def encode_landmarks(frames: Sequence[NDArray[np.float32]]) -> bytes:
    """Encode the landmarks of consecutive frames.

    Args:
        frames: per frame [n, 468, 3] in luma samples, whole multiples of 1 / GRAIN.
    """
    counts = [len(faces) for faces in frames]
    if not sum(counts):
        return b""
    steps = np.rint(np.concatenate(frames).astype(np.float64) * GRAIN).astype(np.int32)
    moved = steps.copy()
    before = _before(counts)
    known = before >= 0
    moved[known] -= steps[before[known]]
    shift = np.rint(moved.mean(1, keepdims=True)).astype(np.int32)
    numbers = np.concatenate([shift, moved - shift], axis=1)
    folded = ((numbers << 1) ^ (numbers >> 31)).astype("<u4")  # small numbers of either sign have small codes
    # All lowest bytes first, then the next ones: the upper ones are nearly all 0.
    return zlib.compress(np.ascontiguousarray(folded.reshape(-1, 1).view(np.uint8).T).tobytes(), _LEVEL)


def decode_landmarks(data: bytes, counts: Sequence[int]) -> list[NDArray[np.float32]]:
    """Return per frame [n, 468, 3]; `counts` says how many faces each has. Takes no more memory than these need.

    Raises:
        PlanError: the data are not those of so many faces.
    """
    faces = sum(counts)
    if not faces:
        if data:
            raise PlanError("there are landmarks where there are no faces")
        return [np.empty((0, POINTS, 3), np.float32) for _ in counts]
    size = 4 * faces * _NUMBERS
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(data, size + 1)
    except zlib.error as error:
        raise PlanError(f"landmarks cannot be unpacked: {error}") from error
    if len(raw) != size or not inflate.eof or inflate.unused_data:
        raise PlanError(f"landmarks are not those of {faces} faces")
    folded = np.ascontiguousarray(np.frombuffer(raw, np.uint8).reshape(4, -1).T).view("<u4").reshape(faces, -1, 3)
    numbers = (folded >> 1).astype(np.int32) ^ -(folded & 1).astype(np.int32)
    steps = numbers[:, 1:] + numbers[:, :1]
    for row, before in enumerate(_before(counts)):
        if before >= 0:
            steps[row] += steps[before]
    if np.abs(steps.astype(np.int64)).max() > FARTHEST * GRAIN:
        raise PlanError("there are landmarks far outside of any picture")
    landmarks = steps.astype(np.float32) / np.float32(GRAIN)
    return np.split(landmarks, np.cumsum(counts)[:-1])


def _before(counts: Sequence[int]) -> NDArray[np.int64]:
    """Return for each face the row of the face of its rank in the frame before, -1 where there is none."""
    rows = []
    start, earlier = 0, 0
    for count in counts:
        rows += [start - earlier + rank if rank < earlier else -1 for rank in range(count)]
        start, earlier = start + count, count
    return np.array(rows, np.int64)
