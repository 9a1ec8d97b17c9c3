"""Where the samples of a dub come from: arrays, files and audio nodes."""

import math
import os
import tempfile
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.speech.mono import BLOCK, MonoMixer, downmix_weights, mix, mixed_weights
from vs_lipsync.speech.sound_timeline import Block, blocks, most_seconds, open_sound

__all__ = ["SAMPLE_RATE", "ArraySound", "FileSound", "NodeSound", "Sound"]

SAMPLE_RATE = 16000
"""Samples per second of every dub."""

_IN_MEMORY = 64 << 20  # bytes of decoded sound (17 minutes) kept in memory before they go to a temporary file
_NODE_FRAME = 3072  # samples per frame of an audio node (VS_AUDIO_FRAME_SAMPLES of VapourSynth's API)


class Sound(Protocol):
    """Where samples come from."""

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        ...

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        ...

    def length(self) -> int:
        """Return the number of samples; may have to decode everything."""
        ...

    def covers(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which sample numbers [n] somebody recorded: not those before, behind, or in a gap between recordings."""
        ...

    def spans(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which sample numbers [n] lie between the first recording's start and the last one's end."""
        ...


class _ContinuousSound(ABC):
    """One recording, without gaps."""

    @abstractmethod
    def has(self, number: int) -> bool: ...

    @abstractmethod
    def length(self) -> int: ...

    def covers(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        inside = numbers >= 0
        if not inside.any() or self.has(int(numbers.max())):
            return inside
        return np.asarray(inside & (numbers < self.length()))

    def spans(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self.covers(numbers)


class ArraySound(_ContinuousSound):
    """Samples that are there already."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self._samples = samples

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        return self._samples[start:stop]

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        return number < len(self._samples)

    def length(self) -> int:
        """Return the number of samples."""
        return len(self._samples)


class FileSound(_ContinuousSound):
    """The first sound track of a file, decoded forward as far as needed."""

    def __init__(self, source: str | os.PathLike[str], origin: Fraction | None = None) -> None:
        """Open a file.

        Args:
            source: the file.
            origin: second in the file's own time at which sample 0 is heard; None for the start of the file.

        Raises:
            DubError: there is no such file, or no sound in it.
        """
        self._path = open_sound(source)
        self._origin = origin
        # Only decoding happens under this lock, and decoding asks nothing of VapourSynth.
        self._lock = threading.Lock()
        self._decoded: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._blocks: Iterator[Block] = iter(())
        self._mixer: MonoMixer | None = None
        self._layout = ""
        self._end = 0  # of the blocks that were read
        self._length = 0  # of what is decoded, mixed and stored
        self._cancelled = 0
        self._ended = False
        self._failure: DubError | None = None

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        with self._lock:
            self._decode(stop)
            start, stop = min(start, self._length), min(stop, self._length)
            if self._decoded is None or start >= stop:
                return np.empty(0, np.float32)
            self._decoded.seek(4 * start)
            return np.frombuffer(self._decoded.read(4 * (stop - start)), np.float32)

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        with self._lock:
            self._decode(number + 1)
            return number < self._length

    def length(self) -> int:
        """Return the number of samples; decodes the whole file."""
        with self._lock:
            self._decode(None)
            return self._length

    def cancelled(self) -> int:
        """Return the number of samples whose channels cancel each other; decodes the whole file."""
        with self._lock:
            self._decode(None)
            return self._cancelled

    def bound(self) -> int | None:
        """Return a number of samples that there are not more of, from the packets alone; None if they do not tell."""
        seconds = most_seconds(self._path)
        return None if seconds is None else math.ceil(seconds * SAMPLE_RATE)

    def _decode(self, stop: int | None) -> None:
        """Decode on until sample `stop` is there, or to the end."""
        if self._failure is not None:  # going on would take the end of what could be read for the end of the dub
            raise self._failure
        if self._ended or (stop is not None and self._length >= stop):
            return
        try:
            if self._decoded is None:
                self._blocks = blocks(self._path, SAMPLE_RATE, origin=self._origin)
                self._decoded = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives with the dub
                weakref.finalize(self, self._decoded.close)
            while not self._ended and (stop is None or self._length < stop):
                block = next(self._blocks, None)
                if block is None:
                    self._finish_mixer()
                    self._ended = True
                else:
                    self._take(block)
        except (av.FFmpegError, OSError, ValueError) as error:
            self._failure = DubError(f"cannot decode {self._path}: {getattr(error, 'strerror', None) or error}")
            raise self._failure from error
        if self._length == 0:
            self._failure = DubError(f"cannot decode {self._path}: there is nothing in its sound track")
            raise self._failure

    def _take(self, block: Block) -> None:
        """Mix a block to mono and store what can be told by now."""
        if self._mixer is None or block.start != self._end or block.layout != self._layout:
            self._finish_mixer()
            self._mixer, self._layout = MonoMixer(block.layout, block.start), block.layout
            self._length = block.start  # what is not written reads as silence
        self._end = block.start + block.samples.shape[1]
        for part in self._mixer.add(block.samples):
            self._write(part)

    def _finish_mixer(self) -> None:
        if self._mixer is not None:
            for part in self._mixer.finish():
                self._write(part)
            self._cancelled += self._mixer.cancelled
            self._mixer = None

    def _write(self, samples: NDArray[np.float32]) -> None:
        assert self._decoded is not None
        if 4 * self._length > _IN_MEMORY:
            self._decoded.rollover()  # on a disk, long silence that is skipped takes no place
        self._decoded.seek(4 * self._length)
        self._decoded.write(np.ascontiguousarray(samples, np.float32).tobytes())
        self._length += len(samples)


class NodeSound(_ContinuousSound):
    """An audio node, resampled by VapourSynth and asked for what each read needs.

    There is no lock and no state here, so that a read from a callback can never wait for another thread.
    """

    def __init__(self, node: "vs.AudioNode") -> None:
        self._node = node.std.AudioResample(samplerate=SAMPLE_RATE, sampletype=vs.FLOAT)
        # VapourSynth numbers channels as FFmpeg does.
        self._weights = downmix_weights(hex(node.channel_layout))

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        stop = min(stop, self.length())
        if start >= stop:
            return np.empty(0, np.float32)
        if len(self._weights) == 1:
            return np.ascontiguousarray(self._weights @ self._channels(start, stop))
        begin = start // BLOCK * BLOCK
        before: NDArray[np.float32] | None = None
        if begin > 0:
            before, _ = mixed_weights(self._channels(begin - BLOCK, begin), self._weights)
        parts = []
        for at in range(begin, stop, BLOCK):
            samples = self._channels(at, min(at + BLOCK, self.length()))
            weights, _ = mixed_weights(samples, self._weights)
            parts.append(mix(samples, weights, weights if before is None else before))
            before = weights
        return np.concatenate(parts)[start - begin : stop - begin]

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        return number < self.length()

    def length(self) -> int:
        """Return the number of samples."""
        return int(self._node.num_samples)

    def _channels(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples [channels, stop - start]."""
        size = _NODE_FRAME
        parts = []
        for number in range(start // size, (stop - 1) // size + 1):
            with self._node.get_frame(number) as frame:
                parts.append(np.stack([np.asarray(frame[n], np.float32) for n in range(frame.num_channels)]))
        offset = start // size * size
        return np.ascontiguousarray(np.concatenate(parts, 1)[:, start - offset : stop - offset])
