"""Two ways to decode a sound file to 16 kHz mono: forward from its start, or chunk by chunk from anywhere."""

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.speech.grid_finding import find_grid
from vs_lipsync.speech.mono import MonoMixer
from vs_lipsync.speech.sound_chunks import CHUNK, ChunkReader
from vs_lipsync.speech.sound_timeline import Block, blocks
from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = ["Decoding", "Stretch", "decoding_of"]

_IN_MEMORY: Final = 64 << 20
"""Bytes of decoded sound (17 minutes) kept in memory before they go to a temporary file."""

_MINUTE: Final = 60 * SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Stretch:
    """What some of the samples of a sound are like.

    Attributes:
        samples: how many they are.
        peak: the largest amplitude, full scale being 1; a sample that is no number counts as silence.
        cancelled: samples at which the channels cancel each other.
    """

    samples: int
    peak: float
    cancelled: int


class Decoding(Protocol):
    """A sound track that is being decoded; what was decoded is kept. To be used by one thread at a time.

    All methods raise av.FFmpegError, OSError or ValueError where the file cannot be read or decoded.
    """

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        ...

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        ...

    def length(self) -> int:
        """Return the number of samples."""
        ...

    def stretches(self, most: int) -> Sequence[int]:
        """Return the numbers of at most so many stretches, evenly spread; of all of them where decoding takes all."""
        ...

    def stretch(self, number: int) -> Stretch:
        """Return what a stretch is like."""
        ...


def decoding_of(path: Path, origin: Fraction | None) -> Decoding:
    """Prepare to decode the first sound track of a file, from anywhere if that can be done.

    Args:
        path: the file.
        origin: second in the file's own time at which sample 0 is heard; None for the start of the file.

    Raises:
        av.FFmpegError, OSError, ValueError: it cannot be read or decoded, or there is nothing in it.
    """
    found = find_grid(path, origin)
    decoding: Decoding = _Forward(path, origin) if found is None else _Chunked(ChunkReader(path, *found))
    if not decoding.has(0):
        raise ValueError("there is nothing in its sound track")
    return decoding


class _Store:
    """Samples that were decoded, kept in memory, or in a temporary file if they are many; silence in between."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives with the dub
        weakref.finalize(self, self._file.close)

    def write(self, start: int, samples: NDArray[np.float32]) -> None:
        if 4 * start > _IN_MEMORY:
            self._file.rollover()  # on a disk, what is skipped takes no place
        self._file.seek(4 * start)
        self._file.write(np.ascontiguousarray(samples, np.float32).tobytes())

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, which were written or lie between such."""
        self._file.seek(4 * start)
        return np.frombuffer(self._file.read(4 * (stop - start)), np.float32)


class _Chunked:
    """Decodes the chunks that are asked for."""

    def __init__(self, reader: ChunkReader) -> None:
        self._reader = reader
        self._store = _Store()
        self._known: dict[int, tuple[int, int]] = {}  # samples of chunks that were decoded, and those that cancel
        self._length: int | None = None

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        stop = min(stop, self.length())
        if start >= stop:
            return np.empty(0, np.float32)
        for number in range(start // CHUNK, (stop - 1) // CHUNK + 1):
            self._decode(number)
        return self._store.read(start, stop)

    def has(self, number: int) -> bool:
        return number < self.length()

    def length(self) -> int:
        if self._length is None:
            numbers = range(self._reader.most - 1, -1, -1)
            self._length = next((n * CHUNK + found for n in numbers if (found := self._decode(n)[0])), 0)
        return self._length

    def stretches(self, most: int) -> Sequence[int]:
        count = -(-self.length() // CHUNK)
        return sorted({(2 * n + 1) * count // (2 * most) for n in range(most)}) if count > most else range(count)

    def stretch(self, number: int) -> Stretch:
        found, cancelled = self._decode(number)
        return Stretch(found, _peak(self._store.read(number * CHUNK, number * CHUNK + found)), cancelled)

    def _decode(self, number: int) -> tuple[int, int]:
        """Decode a chunk unless it is there; returns its samples, and how many of them cancel."""
        if number not in self._known:
            chunk = self._reader.read(number)
            self._store.write(number * CHUNK, chunk.samples)
            self._known[number] = len(chunk.samples), chunk.cancelled
        return self._known[number]


class _Forward:
    """Decodes from the start up to what is asked for."""

    def __init__(self, path: Path, origin: Fraction | None) -> None:
        self._blocks: Iterator[Block] = blocks(path, SAMPLE_RATE, origin=origin)
        self._store = _Store()
        self._mixer: MonoMixer | None = None
        self._layout = ""
        self._end = 0  # of the blocks that were read
        self._length = 0  # of what is decoded, mixed and stored
        self._cancelled: dict[int, int] = {}  # by minute
        self._ended = False

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        self._decode(stop)
        stop = min(stop, self._length)
        return self._store.read(start, stop) if start < stop else np.empty(0, np.float32)

    def has(self, number: int) -> bool:
        self._decode(number + 1)
        return number < self._length

    def length(self) -> int:
        self._decode(None)
        return self._length

    def stretches(self, most: int) -> Sequence[int]:  # noqa: ARG002 - all are decoded anyway
        return range(-(-self.length() // _MINUTE))

    def stretch(self, number: int) -> Stretch:
        samples = self.read(number * _MINUTE, (number + 1) * _MINUTE)
        return Stretch(len(samples), _peak(samples), self._cancelled.get(number, 0))

    def _decode(self, stop: int | None) -> None:
        """Decode on until sample `stop` is there, or to the end."""
        while not self._ended and (stop is None or self._length < stop):
            block = next(self._blocks, None)
            if block is None:
                self._finish_mixer()
                self._ended = True
            else:
                self._take(block)

    def _take(self, block: Block) -> None:
        """Mix a block to mono and store what can be told by now."""
        if self._mixer is None or block.start != self._end or block.layout != self._layout:
            self._finish_mixer()
            self._mixer, self._layout = MonoMixer(block.layout, block.start), block.layout
            self._length = block.start  # what is not written reads as silence
        self._end = block.start + block.samples.shape[1]
        self._write(self._mixer, self._mixer.add(block.samples))

    def _finish_mixer(self) -> None:
        if self._mixer is not None:
            self._write(self._mixer, self._mixer.finish())
            self._mixer = None

    def _write(self, mixer: MonoMixer, parts: Sequence[NDArray[np.float32]]) -> None:
        for samples in parts:
            self._store.write(self._length, samples)
            self._length += len(samples)
        minute = max(0, self._length - 1) // _MINUTE
        self._cancelled[minute] = self._cancelled.get(minute, 0) + mixer.cancelled
        mixer.cancelled = 0


def _peak(samples: NDArray[np.float32]) -> float:
    return float(np.nan_to_num(np.abs(samples), posinf=0.0).max(initial=0.0))
