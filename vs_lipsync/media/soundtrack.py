"""The sound track of a file as it is on its timeline, written before it is encoded."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np

from vs_lipsync.errors import DubError, JobError, one_line
from vs_lipsync.media.sound_writer import decoded, written
from vs_lipsync.speech.sound_timeline import SoundKind, kind_of

__all__ = ["render_dub"]

_SILENCE_AT_ONCE: Final = 48000
"""Samples of silence that are written at once."""

_DTYPES: Final = {"u8": "u1", "s16": "i2", "s32": "i4", "flt": "f4", "dbl": "f8"}


def render_dub(
    path: Path,
    delay: Fraction,
    length: Fraction | None,
    output: Path,
    *,
    track: int = 0,
    origin: Fraction | None = None,
    shifts: Sequence[Fraction] = (),
    kind: SoundKind | None = None,
) -> None:
    """Write a sound track of a file as it is on its timeline.

    Args:
        path: the file.
        delay: seconds of silence before its start; below 0, its beginning is left out.
        length: seconds at which it is cut off, counted from the start of what is written; None for its end.
        output: the .w64 file to write.
        track: number of the sound track, from 0 on.
        origin: second in the file's own time at which its timeline begins; None for the start of the file.
        shifts: as for `speech.placing.place`.
        kind: the rate, the channels and the kind of samples to write; None for the sound's own.

    Raises:
        JobError: the file cannot be decoded, or the track not be written.
    """
    try:
        kind = kind or kind_of(path, track)
    except DubError as error:
        raise JobError(one_line(error)) from error
    channels = av.AudioLayout(kind.layout).nb_channels
    total = None if length is None else round(length * kind.rate)
    shift, at = round(delay * kind.rate), 0
    dtype = np.dtype(_DTYPES[kind.form])
    silence = 128 if kind.form == "u8" else 0
    with written(output, kind) as write:

        def be_silent(stop: int) -> int:
            for start in range(at, stop, _SILENCE_AT_ONCE):
                write(np.full((channels, min(_SILENCE_AT_ONCE, stop - start)), silence, dtype))
            return max(at, stop)

        for block in decoded(path, kind, track, lambda own: kind.layout, origin, shifts, max(0, -shift)):
            start = block.start + shift
            samples = block.samples[:, max(0, at - start) :]
            start = max(start, at)
            if total is not None and start >= total:
                at = be_silent(total)
                break
            if samples.shape[1]:
                at = be_silent(start)
                samples = samples if total is None else samples[:, : total - at]
                write(samples)
                at += samples.shape[1]
        if at == 0:  # nothing of it is heard
            be_silent(total or 1)
