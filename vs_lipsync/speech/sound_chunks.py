"""Fixed pieces of the mouth's sound, each decoded on its own from a fixed place in the file.

What is before a piece is decoded only as far as it brings the decoder, the resampler and the mix of channels into the
state that they would have after all of it. Since that is always done in the same way, also when a sound is read from
its start on, the samples do not depend on what was asked for before.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from vs_lipsync.speech.mono import BLOCK, MonoMixer
from vs_lipsync.speech.placing import ROUNDING
from vs_lipsync.speech.sound_frames import PREROLL, frames_from
from vs_lipsync.speech.sound_grid import Grid, StreamKind, frame_kind
from vs_lipsync.speech.sound_timeline import first_sample
from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = ["CHUNK", "Chunk", "ChunkReader"]

CHUNK: Final = 16 * BLOCK
"""Samples of a chunk: 8 seconds at 16 kHz."""

_FILTER: Final = SAMPLE_RATE // 20
"""Samples, at 16 kHz, that a resampler's filter surely does not reach over: FFmpeg's is 32 of the lower rate long."""

_PIECE: Final = 8192
"""Samples that are resampled at once."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The samples of a chunk.

    Attributes:
        samples: [n], n being less than `CHUNK` where the sound ends, and 0 behind its end.
        cancelled: those for which the strongest channel stands for all.
    """

    samples: NDArray[np.float32]
    cancelled: int


@dataclass(slots=True)
class _Run:
    """Decoded samples that follow each other, numbered as in the grid.

    Attributes:
        kind: what they are.
        start, stop: their numbers.
        inside: whether there are others before them that were left out.
        parts: the samples [channels, n], one after the other.
    """

    kind: StreamKind
    start: int
    stop: int
    inside: bool
    parts: list[NDArray[Any]] = field(default_factory=list)


class ChunkReader:
    """Decodes chunks of a sound track that lies on a grid. To be used by one thread at a time."""

    def __init__(self, path: Path, grid: Grid, container: InputContainer) -> None:
        """Take a file, and what `find_grid` returns for it."""
        self._path = path
        self._grid = grid
        self._container = container
        self._at = first_sample(grid.start, SAMPLE_RATE)

    @property
    def most(self) -> int:
        """A number of chunks behind which there are none."""
        grid = self._grid
        end = Fraction(grid.sample_at(grid.last), grid.kind.rate) + 1
        return max(0, math.ceil((self._at + end * SAMPLE_RATE) / CHUNK))

    def read(self, number: int) -> Chunk:
        """Decode a chunk.

        Raises:
            av.FFmpegError, OSError, ValueError: the file cannot be read.
        """
        first, stop = number * CHUNK, (number + 1) * CHUNK
        out, end, cancelled = np.zeros(CHUNK, np.float32), first, 0
        rate = self._grid.kind.rate
        begin = self._source(first - BLOCK - _FILTER) - rate // math.gcd(rate, SAMPLE_RATE)
        for run in self._runs(begin, self._source(stop + _FILTER)):
            at, layout, samples = self._resampled(run)
            mixer = MonoMixer(layout, at)
            parts = [*mixer.add(samples[:, : max(0, first - at)])]
            before = mixer.cancelled
            parts += mixer.add(samples[:, max(0, first - at) : max(0, stop - at)])
            parts += mixer.finish()
            if parts and at + sum(map(len, parts)) > first:
                mono = np.concatenate(parts)[max(0, end - at) :]
                at = max(at, end)
                out[at - first : at - first + len(mono)] = mono
                end = max(end, at + len(mono))
                cancelled += mixer.cancelled - before
        return Chunk(out[: end - first], cancelled)

    def _source(self, number: int) -> int:
        """Return the number, as in the grid, of the sample at one of 16 kHz."""
        return (number - self._at) * self._grid.kind.rate // SAMPLE_RATE

    def _runs(self, begin: int, stop: int) -> list[_Run]:
        """Decode from a sample to another one, as in the grid; what is before the first one is left out."""
        runs: list[_Run] = []
        begin = max(begin, 0)
        grid = self._grid
        for start, frame in frames_from(self._path, self._container, grid, begin - PREROLL * grid.kind.rate, stop):
            kind = frame_kind(frame)
            samples = _planes(frame)
            last = runs[-1] if runs else None
            lacks = 0 if last is None else start - last.stop
            if last is None or kind != last.kind or lacks < -ROUNDING * grid.kind.rate:
                skipped = max(0, begin - start) if kind.rate == grid.kind.rate else 0
                if skipped >= samples.shape[1]:
                    continue
                last = _Run(kind, start + skipped, start + skipped, begin > 0 and not runs)
                samples = samples[:, skipped:]
                runs.append(last)
            elif lacks > ROUNDING * grid.kind.rate:  # what is damaged is silence
                silence = 128 if kind.form.startswith("u8") else 0
                missing = lacks * kind.rate // grid.kind.rate
                last.parts.append(np.full((len(samples), missing), silence, samples.dtype))
                last.stop += lacks
            last.parts.append(samples)
            last.stop += samples.shape[1] * grid.kind.rate // kind.rate
        return runs

    def _resampled(self, run: _Run) -> tuple[int, str, NDArray[np.float32]]:
        """Return the number at 16 kHz of the first sample of a run, its channels, and its samples [channels, n]."""
        kind, grid = run.kind, self._grid
        samples = np.concatenate(run.parts, 1)
        start = run.start
        if run.inside and kind.rate == grid.kind.rate:  # where a sample of 16 kHz lies on one of the source
            skipped = -start % (grid.kind.rate // math.gcd(grid.kind.rate, SAMPLE_RATE))
            start, samples = start + skipped, samples[:, skipped:]
        at = self._at + round(Fraction(start * SAMPLE_RATE, grid.kind.rate))
        resampler = av.AudioResampler("flt", kind.layout, SAMPLE_RATE)
        made: list[av.AudioFrame] = []
        for first in range(0, samples.shape[1], _PIECE):  # the graph behind a resampler lives on, with its last buffers
            part = samples[:, first : first + _PIECE]
            packed = part if kind.form.endswith("p") else part.T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), kind.form, kind.layout)
            frame.sample_rate = kind.rate
            made += resampler.resample(frame)
        made += resampler.resample(None)
        parts = [frame.to_ndarray().reshape(-1, len(samples)).T for frame in made]
        return at, kind.layout, np.concatenate([np.empty((len(samples), 0), np.float32), *parts], 1)


def _planes(frame: av.AudioFrame) -> NDArray[Any]:
    """Return the samples [channels, n] of a frame, as they are."""
    samples = frame.to_ndarray()
    return samples if frame.format.is_planar else samples.reshape(-1, frame.layout.nb_channels).T
