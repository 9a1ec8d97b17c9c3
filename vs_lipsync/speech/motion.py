"""The dub as lip motion: what the mouth does, at any time of the dub."""

import threading
from dataclasses import dataclass, field
from itertools import batched
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH_POINTS, MOUTH_VALUES
from vs_lipsync.speech import windows
from vs_lipsync.speech.dub import Dub, FileState
from vs_lipsync.speech.model import MotionModel, default_model
from vs_lipsync.speech.windows import FRAME_RATE, KEPT
from vs_lipsync.workers import map_on_workers, processors

__all__ = ["Motion"]

_BLOCKS = 110  # blocks kept, those used last: 11 minutes of motion, 11 MB


@dataclass(frozen=True, slots=True)
class MotionSamples:
    """Lip motion at n times.

    Attributes:
        points: [n, 53, 3] displacement of `landmarks.MOUTH` from the closed neutral mouth, in the pose-free frame of
            `landmarks`, in inter-ocular units; exactly 0 where the dub is silent.
        speech: [n] how surely somebody speaks, 0..1; 0 where the dub is silent.
        inside: [n] whether the time lies within the dub.
    """

    points: NDArray[np.float32]
    speech: NDArray[np.float32]
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class _Kept:
    """Blocks of motion, those used last, and the lock to be held while they are looked up or added to."""

    blocks: LRUCache[int, NDArray[np.float32]] = field(default_factory=lambda: LRUCache(_BLOCKS))
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept_of_dubs: WeakKeyDictionary[Dub, _Kept] = WeakKeyDictionary()
_kept_of_files: WeakValueDictionary[FileState, _Kept] = WeakValueDictionary()
_LOOKUP = threading.Lock()
"""Held while it is looked up what is kept of a dub."""


class Motion:
    """A dub as lip motion. May be used from several threads.

    Motion is computed in fixed blocks of the dub's own time, 25 frames a second, and interpolated: what `at` returns
    for a time depends on the dub and on that time alone. A block is 6 seconds long; 2 seconds more are heard on each
    side, and the level of the voice is taken from 8. Nothing is computed before it is asked for, and a bounded number
    of blocks is kept, for all who use the same dub or the same file.
    """

    def __init__(self, dub: Dub, model: MotionModel | None = None) -> None:
        """Prepare to turn a dub into motion; nothing is read yet.

        Args:
            dub: the sound.
            model: the net to use; None for the one that comes with the package.
        """
        self._dub = dub
        self._model = model
        with _LOOKUP:
            self._kept = _Kept() if model is not None else _kept_of(dub)

    @property
    def spread(self) -> float:
        """Standard deviation of `landmarks.mouth_opening` of such motion while people speak, inter-ocular units."""
        return self._net().spread

    def at(self, times: NDArray[np.float64]) -> MotionSamples:
        """Return the motion at times [n] in seconds, in any order; outside of the dub it is 0.

        With a dub from an audio node this asks VapourSynth for frames: hold no lock then (see `Dub.open`).

        Raises:
            DubError: the dub cannot be decoded.
        """
        times = np.asarray(times, np.float64).reshape(-1)
        inside = self._dub.contains(times)
        values = np.zeros((len(times), 1 + MOUTH_VALUES), np.float32)
        if inside.any():
            values[inside] = self._interpolate(times[inside] * FRAME_RATE)
        return MotionSamples(values[:, 1:].reshape(-1, MOUTH_POINTS, 3), np.clip(values[:, 0], 0.0, 1.0), inside)

    def _interpolate(self, positions: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return speech and points [n, 1 + MOUTH_VALUES] at positions [n] in motion frames, by Catmull-Rom splines."""
        base = np.floor(positions).astype(np.int64)
        u = (positions - base)[:, None]
        around = base[:, None] + np.arange(-1, 3)
        wanted, index = np.unique(around, return_inverse=True)
        frames = np.empty((len(wanted), 1 + MOUTH_VALUES), np.float32)
        numbers = np.unique(wanted // KEPT)
        for number, block in zip(numbers, self._blocks_of([int(number) for number in numbers]), strict=True):
            here = wanted // KEPT == number
            frames[here] = block[wanted[here] - number * KEPT]
        a, b, c, d = np.moveaxis(frames[index.reshape(around.shape)].astype(np.float64), 1, 0)
        curve = b + u / 2 * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)))
        return np.asarray(curve, np.float32)

    def _blocks_of(self, numbers: list[int]) -> list[NDArray[np.float32]]:
        """Return speech and points [KEPT, 1 + MOUTH_VALUES] of blocks of motion frames; new ones side by side."""
        kept = self._kept
        with kept.lock:
            found = {number: kept.blocks[number] for number in numbers if number in kept.blocks}
        before = np.zeros((KEPT, 1 + MOUTH_VALUES), np.float32)
        found |= {number: before for number in numbers if number < 0}
        new = [number for number in numbers if number not in found]
        # Read and computed without the lock: reading may ask VapourSynth for frames. Two threads may do the same work,
        # with the same result. A long call reads and makes a few blocks at a time, so that it holds few samples.
        net = self._net() if new else None
        for some in batched(new, processors()):
            assert net is not None
            sounds = [self._dub.read(*windows.samples_for(number * KEPT)) for number in some]
            made = map_on_workers(net.motion, sounds) if len(some) > 1 else [net.motion(sounds[0])]
            found |= dict(zip(some, made, strict=True))
        with kept.lock:
            kept.blocks.update({number: found[number] for number in new})
        return [found[number] for number in numbers]

    def _net(self) -> MotionModel:
        if self._model is None:
            self._model = default_model()
        return self._model


def _kept_of(dub: Dub) -> _Kept:
    """Return what is kept of a dub; hold `_LOOKUP`."""
    kept = _kept_of_dubs.get(dub)
    if kept is None:
        made = _Kept()
        kept = made if dub.file is None else _kept_of_files.setdefault(dub.file, made)
        _kept_of_dubs[dub] = kept
    return kept
