"""Where the samples of a dub come from: arrays, audio nodes and, in `file_sound`, files."""

from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.speech.mono import BLOCK, downmix_weights, mix, mixed_weights

__all__ = ["SAMPLE_RATE", "ArraySound", "ContinuousSound", "NodeSound", "Sound"]

SAMPLE_RATE = 16000
"""Samples per second of every dub."""

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


class ContinuousSound(ABC):
    """One recording, without gaps."""

    @abstractmethod
    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""

    @abstractmethod
    def length(self) -> int:
        """Return the number of samples."""

    def covers(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which sample numbers [n] lie within the recording."""
        inside = numbers >= 0
        if not inside.any() or self.has(int(numbers.max())):
            return inside
        return np.asarray(inside & (numbers < self.length()))

    def spans(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell the same."""
        return self.covers(numbers)


class ArraySound(ContinuousSound):
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


class NodeSound(ContinuousSound):
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
