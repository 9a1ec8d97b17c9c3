"""A sound file as the mouth hears it: 16 kHz mono, decoded where it is asked for."""

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.speech.decoding import Decoding, Stretch, decoding_of
from vs_lipsync.speech.sound_timeline import most_seconds, open_sound
from vs_lipsync.speech.sounds import SAMPLE_RATE, ContinuousSound

__all__ = ["FileSound"]


class FileSound(ContinuousSound):
    """The first sound track of a file. May be used from several threads.

    A track whose packets follow each other is decoded where it is asked for, in fixed chunks; any other one forward, as
    far as needed. Which of them is a matter of the file alone, and so are the samples.
    """

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
        self._decoding: Decoding | None = None
        self._failure: DubError | None = None

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        with self._decoded() as decoding:
            return decoding.read(start, stop)

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        with self._decoded() as decoding:
            return decoding.has(number)

    def length(self) -> int:
        """Return the number of samples; decodes the whole file unless it can be read from anywhere."""
        with self._decoded() as decoding:
            return decoding.length()

    def stretches(self, most: int) -> Iterator[Stretch]:
        """Yield what the sound is like here and there.

        Args:
            most: stretches to look at, spread evenly; of a file that cannot be read from anywhere it is all of them.
        """
        with self._decoded() as decoding:
            numbers = decoding.stretches(most)
        for number in numbers:
            with self._decoded() as decoding:
                stretch = decoding.stretch(number)
            yield stretch

    def bound(self) -> int | None:
        """Return a number of samples that there are not more of, from the packets alone; None if they do not tell."""
        seconds = most_seconds(self._path)
        return None if seconds is None else math.ceil(seconds * SAMPLE_RATE)

    @contextmanager
    def _decoded(self) -> Iterator[Decoding]:
        """Give what decodes the file, for one thread at a time.

        Raises:
            DubError: it cannot be decoded, now or before.
        """
        with self._lock:
            if self._failure is not None:  # going on would take the end of what could be read for the end of the dub
                raise self._failure
            try:
                if self._decoding is None:
                    self._decoding = decoding_of(self._path, self._origin)
                yield self._decoding
            except (av.FFmpegError, OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                self._failure = DubError(f"cannot decode {self._path}: {reason}")
                raise self._failure from error
