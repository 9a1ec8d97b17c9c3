"""A dub in pieces: sounds that start at given times, as one."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import vapoursynth as vs
from cachetools import LRUCache
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.speech.file_sound import FileSound
from vs_lipsync.speech.sounds import SAMPLE_RATE, NodeSound, Sound

__all__ = ["Cue", "CueSound"]

_OPEN: Final = 8
"""Files that are kept open, with what was decoded of them."""

_LONGEST: Final = 1_000_000
"""Greatest start of a cue in seconds: eleven days."""


_NEVER: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Cue:
    """A sound at a time.

    Attributes:
        start: seconds after the start of the dub; it begins at the nearest sample of 16 kHz.
        dub: a file that FFmpeg can read, or an audio node.
        stop: seconds after the start of the dub at which it is cut off; None to let it sound to its end.
    """

    start: float | Fraction
    dub: str | os.PathLike[str] | vs.AudioNode
    stop: float | Fraction | None = None


class CueSound:
    """The sounds of cues on one timeline. Where cues overlap, they are heard together.

    A file is opened when its cue is near, and a few are kept open. To know whether an earlier cue is still heard, the
    packets of its file are counted, which needs no decoding.
    """

    def __init__(self, cues: Sequence[Cue]) -> None:
        """Place cues, in any order.

        Raises:
            DubError: there are none, or one has no valid time or cannot be opened.
        """
        if not cues:
            raise DubError("there is no cue")
        for number, cue in enumerate(cues, 1):
            _check(number, cue)
        for number, path in _first_of_each_file(cues).items():
            try:
                FileSound(path)
            except DubError as error:
                raise DubError(f"cue {number}: {error}") from error
        self._cues = sorted(cues, key=lambda cue: cue.start)
        self._starts = np.array([_sample(cue.start) for cue in self._cues], np.int64)
        self._stops = np.array([_NEVER if cue.stop is None else _sample(cue.stop) for cue in self._cues], np.int64)
        # Found out as needed; -1 is not known yet.
        self._bounds = np.full(len(cues), -1, np.int64)  # samples from which on cues are surely not heard any more
        self._ends = np.full(len(cues), -1, np.int64)  # samples from which on they are not
        self._nodes = {i: NodeSound(cue.dub) for i, cue in enumerate(self._cues) if isinstance(cue.dub, vs.AudioNode)}
        self._open: LRUCache[Path, FileSound] = LRUCache(_OPEN)
        self._lock = threading.Lock()  # for this alone; whoever holds it waits for nothing

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start, 0 where there is no cue."""
        out = np.zeros(stop - start, np.float32)
        for i in self._near(start, stop):
            begin = int(self._starts[i])
            first, last = max(start, begin), min(stop, int(self._stops[i]))
            if first < last:
                found = self._sound(i).read(first - begin, last - begin)
                out[first - start : first - start + len(found)] += found
        return out

    def has(self, number: int) -> bool:
        """Tell whether a cue is heard at or behind a sample."""
        return bool((self._starts > number).any() or self.covers(np.array([number]))[0])

    def length(self) -> int:
        """Return the number of samples to the end of the last cue."""
        return max(self._end(i) for i in range(len(self._cues)))

    def covers(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell at which samples [n] a cue is heard."""
        covered = np.zeros(len(numbers), bool)
        if len(numbers):
            for i in self._near(int(numbers.min()), int(numbers.max()) + 1):
                within = ~covered & (numbers >= self._starts[i]) & (numbers < self._stops[i])
                if within.any():
                    covered[within] = self._sound(i).covers(numbers[within] - self._starts[i])
        return covered

    def spans(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which samples [n] lie between the start of the first cue and the end of the last one."""
        begun = numbers >= self._starts[0]
        ended = numbers >= self._starts[-1]
        ended[ended] = ~self.covers(numbers[ended])
        return np.asarray(begun & ~ended)

    def _near(self, start: int, stop: int) -> list[int]:
        """Return the cues that may be heard at samples start..stop."""
        begun = int(np.searchsorted(self._starts, stop, "left"))
        for i in np.flatnonzero(self._bounds[:begun] < 0):
            self._bounds[i] = self._bound(int(i))
        return [int(i) for i in np.flatnonzero(self._bounds[:begun] > start)]

    def _bound(self, i: int) -> int:
        """Return a sample from which on cue i is surely not heard."""
        if i in self._nodes:
            return self._end(i)
        if self._stops[i] < _NEVER:
            return int(self._stops[i])
        most = self._file(i).bound()
        return self._end(i) if most is None else int(self._starts[i]) + most

    def _end(self, i: int) -> int:
        """Return the sample from which on cue i is not heard."""
        if self._ends[i] < 0:
            self._ends[i] = min(int(self._starts[i]) + self._sound(i).length(), int(self._stops[i]))
        return int(self._ends[i])

    def _sound(self, i: int) -> Sound:
        return self._nodes[i] if i in self._nodes else self._file(i)

    def _file(self, i: int) -> FileSound:
        source = self._cues[i].dub
        assert not isinstance(source, vs.AudioNode)
        path = Path(source)
        with self._lock:
            if path not in self._open:
                self._open[path] = FileSound(path)
            return self._open[path]


def _check(number: int, cue: Cue) -> None:
    for name, value in (("start", cue.start), ("stop", cue.stop)):
        if name == "stop" and value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | Fraction) or not 0 <= value < _LONGEST:
            raise DubError(f"cue {number}: its {name} must be a number of seconds from 0 on, not {value!r:.60}")
    if cue.stop is not None and _sample(cue.stop) <= _sample(cue.start):
        raise DubError(f"cue {number} ends at {float(cue.stop):g} s, which is not after its start")
    if not isinstance(cue.dub, str | os.PathLike | vs.AudioNode):
        raise DubError(f"cue {number}: its dub must be a file or an audio node, not {cue.dub!r:.60}")


def _first_of_each_file(cues: Sequence[Cue]) -> dict[int, Path]:
    """Return the files of cues, each by the number of the first cue that names it."""
    paths = {Path(cue.dub): n for n, cue in reversed([*enumerate(cues, 1)]) if not isinstance(cue.dub, vs.AudioNode)}
    return {number: path for path, number in sorted(paths.items(), key=lambda item: item[1])}


def _sample(seconds: float | Fraction) -> int:
    return round(Fraction(seconds) * SAMPLE_RATE)
