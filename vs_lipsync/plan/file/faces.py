"""The part of a plan file that only programs read: all faces of a clip, as safetensors.

Its tensors are
    counts     [frames] uint8: the faces of each frame
    digests    [samples, 8] uint8: of every FINGERPRINT_EVERY-th frame, see `fingerprint`
    presence   [faces] float32
    cover      [faces] float32
    offsets    [chunks + 1] int64: where each chunk of CHUNK frames begins among the landmarks
    landmarks  [bytes] uint8: see `landmark_codec`
Nothing is read before it is needed, but for the index; the landmarks of a film are some hundred MB.
"""

import hashlib
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from vs_lipsync.errors import PlanError
from vs_lipsync.faces.face import MAX_FACES, Face
from vs_lipsync.plan.file.document import FacesFile
from vs_lipsync.plan.file.fingerprint import FINGERPRINT_BYTES, Fingerprints, fingerprint_count
from vs_lipsync.plan.file.landmark_codec import decode_landmarks

__all__ = ["CHUNK", "FACES_FORMAT", "FaceFile", "digest_of"]

CHUNK: Final = 64
"""Frames whose landmarks are encoded together."""

FACES_FORMAT: Final = "vs-lipsync-faces 3"
"""What the metadata of the file say under "format". It changes with the nets that look at faces."""

_KEPT: Final = 8
"""Decoded chunks kept: more than a window of the grid spans. 3 MB per face in the picture."""

_MAX_INDEX: Final = 4096
"""Bytes of the file's index: six tensors take some 450."""


def chunk_count(length: int) -> int:
    """Return the number of chunks of a clip."""
    return -(-length // CHUNK)


def digest_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FaceFile:
    """The faces of a clip, read from the file when first needed. May be used from several threads."""

    def __init__(self, path: Path, facts: FacesFile, length: int) -> None:
        """Refer to a file.

        Args:
            path: where it is.
            facts: what the plan says of it.
            length: frames of the clip.

        Raises:
            PlanError: it is not there, or not of that size.
        """
        self._path = path
        self._facts = facts
        self._length = length
        self._lock = threading.Lock()
        self._index: _Index | None = None
        self._chunks: LRUCache[int, list[list[Face]]] = LRUCache(_KEPT)
        try:
            size = path.stat().st_size if path.is_file() else None
        except OSError as error:
            raise PlanError(f"cannot read {path}: {error.strerror}") from error
        if size is None:
            raise PlanError(f"{path} is missing: it belongs to the plan and must lie beside it")
        if size != facts.size:
            raise PlanError(f"{path} has {size} bytes, not the {facts.size} that the plan says")

    def faces(self, number: int) -> list[Face]:
        """Return the faces of a frame.

        Raises:
            PlanError: the file is not the plan's, or is damaged.
        """
        with self._lock:
            chunk = number // CHUNK
            if chunk not in self._chunks:
                self._chunks[chunk] = self._read(chunk)
            return self._chunks[chunk][number % CHUNK]

    @property
    def counts(self) -> NDArray[np.uint8]:
        """[frames] how many faces each frame has; raises as `faces`."""
        with self._lock:
            return self._opened().counts

    @property
    def fingerprints(self) -> Fingerprints:
        """Fingerprints of the clip's frames; raises as `faces`."""
        with self._lock:
            return Fingerprints(self._opened().digests)

    def check(self, number: int, planes: tuple[NDArray[np.generic], ...]) -> None:
        """Compare a frame of the clip with its fingerprint, if it has one; PlanError if it is another picture."""
        self.fingerprints.check(number, planes)

    def _opened(self) -> "_Index":
        if self._index is None:
            if digest_of(self._path) != self._facts.sha256:
                raise PlanError(f"{self._path} is not the file that the plan was written with; make a new plan")
            self._index = _Index(self._path, self._length)
        return self._index

    def _read(self, chunk: int) -> list[list[Face]]:
        index = self._opened()
        start = chunk * CHUNK
        counts = index.counts[start : start + CHUNK].tolist()
        first = int(index.starts[start])
        try:
            frames = decode_landmarks(index.landmarks(chunk), counts)
        except PlanError as error:
            raise PlanError(f"{self._path}: {error}, in frames {start}-{start + len(counts) - 1}") from error
        faces = slice(first, first + sum(counts))
        rows = zip(index.presence[faces].tolist(), index.cover[faces].tolist(), strict=True)
        return [[Face(points, *next(rows)) for points in landmarks] for landmarks in frames]


class _Index:
    """The tensors of a file but the landmarks, with types, shapes and values checked."""

    def __init__(self, path: Path, length: int) -> None:
        self._path = path
        with path.open("rb") as file:
            head = int.from_bytes(file.read(8), "little")
        if not 0 < head <= _MAX_INDEX:
            raise PlanError(f"{path}: its index has {head} bytes")
        try:
            self._file: Any = safe_open(path, "numpy")
        except (SafetensorError, OSError) as error:
            raise PlanError(f"{path} cannot be read: {error}") from error
        if self._format() != FACES_FORMAT:
            raise PlanError(f"{path} was made by an earlier version; make a new plan")
        chunks = chunk_count(length)
        self.counts = self._tensor("counts", "U8", (length,))
        if self.counts.max(initial=0) > MAX_FACES:
            raise PlanError(f"{path}: a frame has more than {MAX_FACES} faces")
        total = int(self.counts.sum(dtype=np.int64))
        self.starts = np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)])
        self.digests = self._tensor("digests", "U8", (fingerprint_count(length), FINGERPRINT_BYTES))
        self.presence, self.cover = (self._tensor(name, "F32", (total,)) for name in ("presence", "cover"))
        for name, values in (("presence", self.presence), ("cover", self.cover)):
            if not np.isfinite(values).all():
                raise PlanError(f"{path}: {name} holds what is not a number")
        self._offsets = self._tensor("offsets", "I64", (chunks + 1,))
        size = self._shape("landmarks", "U8")
        whole = self._offsets[0] == 0 and (self._offsets[-1:] == size).all() and (np.diff(self._offsets) >= 0).all()
        if len(size) != 1 or not whole:
            raise PlanError(f"{path}: the offsets do not divide the landmarks")

    def landmarks(self, chunk: int) -> bytes:
        start, stop = (int(offset) for offset in self._offsets[chunk : chunk + 2])
        return bytes(self._file.get_slice("landmarks")[start:stop].tobytes())

    def _format(self) -> object:
        return (self._file.metadata() or {}).get("format")

    def _shape(self, name: str, kind: str) -> tuple[int, ...]:
        if name not in self._file.keys():  # noqa: SIM118 - not a mapping
            raise PlanError(f"{self._path}: there is no {name}")
        tensor = self._file.get_slice(name)
        if tensor.get_dtype() != kind:
            raise PlanError(f"{self._path}: {name} is {tensor.get_dtype()}, not {kind}")
        return tuple(tensor.get_shape())

    def _tensor(self, name: str, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
        found = self._shape(name, kind)
        if found != shape:
            raise PlanError(f"{self._path}: {name} has shape {found}, not {shape}")
        return np.asarray(self._file.get_tensor(name))
