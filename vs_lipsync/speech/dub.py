"""The dub: the sound of the new voice, as 16 kHz mono, read when it is first needed."""

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.speech.cue_files import is_cue_file, read_cues
from vs_lipsync.speech.cues import Cue, CueSound
from vs_lipsync.speech.file_sound import FileSound
from vs_lipsync.speech.sound_timeline import open_sound, start_of_pictures
from vs_lipsync.speech.sounds import SAMPLE_RATE, ArraySound, NodeSound, Sound

__all__ = ["Dub", "DubSource", "FileState", "SilencePolicy"]

type DubSource = str | os.PathLike[str] | vs.AudioNode | Sequence[Cue]

type SilencePolicy = Literal["close", "pass"]
"""What happens where a dub has nothing to say: the mouth is shut, or the footage passes."""

type FileState = tuple[Path, int, int, Fraction | None]
"""A file, its bytes, the nanosecond at which it was changed, and the second at which its sound begins."""

_LOUDEST = 1e6  # full scale is 1; some files of floats have that of integers, and squares of more would overflow


class Dub:
    """The sound of the new voice: 16 kHz, mono, float32, silence outside of its length.

    Opening is cheap; sound is decoded when it is asked for. May be used from several threads.
    """

    def __init__(
        self,
        sound: Sound,
        name: str,
        *,
        silence: SilencePolicy = "close",
        outside: SilencePolicy = "pass",
        file: FileState | None = None,
    ) -> None:
        """Use `Dub.open` or `Dub.of`."""
        for option, value in (("silence", silence), ("outside", outside)):
            if value not in get_args(SilencePolicy.__value__):
                raise DubError(f"{option} must be 'close' or 'pass', not {value!r}")
        self._sound = sound
        self._silence = silence
        self._outside = outside
        self.name = name
        self.file = file
        """What tells it from dubs of other samples, if it is one file; else None."""

    @classmethod
    def open(cls, source: DubSource, *, silence: SilencePolicy = "close", outside: SilencePolicy = "pass") -> "Dub":
        """Open a dub.

        A file is decoded where it is asked for, or, if its sound has gaps, from its start up to the latest sample asked
        for; what was decoded stays in memory, and beyond about 17 minutes in a temporary file (230 MB an hour).
        An audio node is asked for the frames of each
        read by plain, synchronous requests and nothing is kept: **hold no lock while reading from it** in a
        VapourSynth callback, since a thread that waits for a lock keeps its place in the core's thread pool.

        Args:
            source: a file of any kind that FFmpeg reads, of which the first sound track is taken; an audio node; cues;
                or a subtitle file (.srt, .vtt) whose cues name sound files.
            silence: what happens between cues. Pauses inside of a recording always shut the mouth.
            outside: what happens before the start of the dub and after its end.

        Raises:
            DubError: no such file, not a media file, no sound in it, or cues that cannot be placed.
        """
        if isinstance(source, vs.AudioNode):
            return cls(NodeSound(source), "audio node", silence=silence, outside=outside)
        if isinstance(source, str | os.PathLike):
            path = Path(source)
            if is_cue_file(path):
                return cls(CueSound(read_cues(path)), path.name, silence=silence, outside=outside)
            return cls(FileSound(source), path.name, silence=silence, outside=outside, file=_state(path))
        cues = [cue for cue in source if isinstance(cue, Cue)] if isinstance(source, Sequence) else []
        if not cues or len(cues) < len(source):
            raise DubError(f"a dub is a file, an audio node or a list of cues, not {source!r:.100}")
        return cls(CueSound(cues), f"{len(cues)} cues", silence=silence, outside=outside)

    @classmethod
    def of_clip(cls, source: DubSource, start: Fraction | None = None) -> "Dub":
        """Open the sound of a clip, which begins with its first picture and not where the sound does.

        Args:
            source: as for `open`; a file without pictures begins with its sound.
            start: second in the file's own time at which the first picture is shown; None for what the file says.

        Raises:
            DubError: as for `open`.
        """
        if not isinstance(source, str | os.PathLike) or is_cue_file(Path(source)):
            return cls.open(source)
        path = open_sound(source)
        origin = start_of_pictures(path) if start is None else start
        return cls(FileSound(path, origin), path.name, file=_state(path, origin))

    @classmethod
    def of(cls, samples: NDArray[np.floating], name: str = "samples") -> "Dub":
        """Make a dub of samples [n] at 16 kHz."""
        return cls(ArraySound(np.asarray(samples, np.float32)), name)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples [stop - start] from number `start`, which may be negative; 0 outside of the dub.

        Values that are not finite are replaced by 0, and those beyond a million, in either direction, by a million.

        Raises:
            DubError: the file cannot be decoded.
        """
        out = np.zeros(max(stop - start, 0), np.float32)
        if stop > 0:
            first = max(start, 0)
            found = self._sound.read(first, stop)
            out[first - start : first - start + len(found)] = found
            out[~np.isfinite(out)] = 0.0
            np.clip(out, -_LOUDEST, _LOUDEST, out=out)
        return out

    def has(self, number: int) -> bool:
        """Tell whether the dub is longer than `number` samples; decodes no further than that."""
        return self._sound.has(number)

    def contains(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell at which times [n], in seconds, the mouth is the dub's; decodes no further than the latest of them.

        Those are the times within the dub, and those that `silence` and `outside` add or take away. No time that is
        not finite is among them.
        """
        known, numbers = _numbers(times)
        sound = self._sound
        if self._silence == "pass" and self._outside == "pass":
            return known & sound.covers(numbers)
        if self._silence == "close":
            return known & sound.spans(numbers) if self._outside == "pass" else known
        return known & (sound.covers(numbers) | ~sound.spans(numbers))

    def pauses(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which times [n], in seconds, lie between the cues of the dub."""
        known, numbers = _numbers(times)
        return known & self._sound.spans(numbers) & ~self._sound.covers(numbers)

    @property
    def duration(self) -> float:
        """Length in seconds. Asking a file for it decodes the whole file."""
        return float(self.length)

    @property
    def length(self) -> Fraction:
        """Length in seconds, exactly. Asking a file for it decodes the whole file."""
        return Fraction(self._sound.length(), SAMPLE_RATE)

    @property
    def samples(self) -> NDArray[np.float32]:
        """All samples [n]; decodes everything and holds it in memory (230 MB an hour)."""
        return self.read(0, self._sound.length())


def _state(path: Path, origin: Fraction | None = None) -> FileState | None:
    try:
        status = path.stat()
        return path.resolve(), status.st_size, status.st_mtime_ns, origin
    except OSError:
        return None


def _numbers(times: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which times [n] are finite, and the numbers of the samples that are heard at them."""
    times = np.asarray(times, np.float64)
    known = np.isfinite(times)
    return known, np.floor(np.where(known, times, -1.0) * SAMPLE_RATE).astype(np.int64)
