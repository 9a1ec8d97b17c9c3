"""What the analysis of a clip has found, kept for whoever asks for the same frames again."""

import tempfile
import threading
import weakref
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import POINTS
from vs_lipsync.graph.arrays.faces import FACE_ARRAYS

__all__ = ["Findings"]

_LEVEL: Final = 1
"""Of zlib: half the size, in a tenth of a millisecond a face."""


class Findings:
    """Faces and cuts of the frames that have been analysed, in a file that goes with the object.

    It takes some 4 kB of the disk for each face, and 200 bytes of memory for each frame. It may be used from several
    threads, and it can be pickled, to be read in another process: what is found there is not kept.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it lives as long as the object
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._places: dict[int, tuple[int, int, int]] = {}  # where those of a frame begin, their bytes, how many faces
        self._cuts: dict[int, bytes] = {}
        self._end = 0
        self._keeps = True

    def __getstate__(self) -> dict[str, Any]:
        """Return all that has been found."""
        with self._lock:
            self._file.seek(0)
            return {"data": self._read(self._end), "places": dict(self._places), "cuts": dict(self._cuts)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what another process has found."""
        self.__init__()  # type: ignore[misc]
        self._append(state["data"])
        self._places, self._cuts, self._keeps = state["places"], state["cuts"], False

    def has_faces(self, n: int) -> bool:
        """Tell whether frame n has been looked at."""
        return n in self._places

    def has_cuts(self, run: int) -> bool:
        """Tell whether a run of frames has been looked at."""
        return run in self._cuts

    def keep_faces(self, n: int, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Keep the faces of frame n, the arrays of `arrays.faces.faces_to`; OSError if the disk is full."""
        if not self._keeps or n in self._places:
            return
        count, data = 0, b""
        if "landmarks" in arrays:
            count = len(arrays["landmarks"])
            parts = (np.ascontiguousarray(arrays[name], np.float32).tobytes() for name in FACE_ARRAYS)
            data = zlib.compress(b"".join(parts), _LEVEL)
        with self._lock:
            self._places[n] = (self._append(data), len(data), count)

    def faces(self, n: int) -> dict[str, NDArray[np.generic]]:
        """Return the faces of frame n, the arrays of `arrays.faces.faces_to`."""
        begin, size, count = self._places[n]
        if not count:
            return {}
        with self._lock:
            self._file.seek(begin)
            data = self._read(size)
        numbers = np.frombuffer(zlib.decompress(data), np.float32)
        landmarks, presence, cover = np.split(numbers, [-2 * count, -count])
        return dict(zip(FACE_ARRAYS, (landmarks.reshape(count, POINTS, 3), presence, cover), strict=True))

    def keep_cuts(self, run: int, cuts: NDArray[np.generic]) -> None:
        """Keep the cuts of a run of frames: whether each begins a shot."""
        if self._keeps:
            self._cuts[run] = np.asarray(cuts, bool).tobytes()

    def cuts(self, run: int) -> NDArray[np.bool_]:
        """Return the cuts of a run of frames."""
        return np.frombuffer(self._cuts[run], bool)

    @property
    def found(self) -> tuple[list[int], list[int]]:
        """The frames, and the runs of frames, that have been looked at."""
        return list(self._places), list(self._cuts)

    def take(self, other: "Findings") -> None:
        """Keep what another analysis of the same clip has found; OSError if the disk is full."""
        frames, runs = other.found
        for n in frames:
            self.keep_faces(n, other.faces(n))
        for run in runs:
            self.keep_cuts(run, other.cuts(run))

    def _append(self, data: bytes) -> int:
        """Write behind what is there, and return where it begins."""
        begin = self._end
        self._file.seek(begin)
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]
        self._end += len(data)
        return begin

    def _read(self, size: int) -> bytes:
        parts = []
        while size and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
