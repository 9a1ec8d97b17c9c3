"""What a user should know of a dub before it is put into a mouth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from vs_lipsync.errors import DubError
from vs_lipsync.speech.sound_timeline import count_of_tracks, late_start
from vs_lipsync.speech.sounds import SAMPLE_RATE, FileSound

__all__ = ["remarks"]

_SILENT: Final = 1e-3
"""Amplitude below which all of a sound counts as silent: 60 dB below full scale."""

_CANCELLED: Final = 0.1
"""Share of a sound, at least, whose channels cancel each other, for the user to be told."""

_LATE: Final = 0.1
"""Seconds after the zero of its own time at which a file starts, at least, for the user to be told."""

_CHUNK: Final = 60 * SAMPLE_RATE


def remarks(path: Path) -> Iterator[str]:
    """Yield lines about the sound of a file, which is decoded to its end; none where nothing is remarkable.

    A file that cannot be decoded to its end has none: whoever needs all of it will find out.
    """
    try:
        sound = FileSound(path)
        length = sound.length()
    except DubError:
        return
    peaks = (np.abs(sound.read(at, at + _CHUNK)) for at in range(0, length, _CHUNK))
    tracks = count_of_tracks(path)
    if tracks > 1:
        yield f"{path} has {tracks} sound tracks: the first one is spoken"
    late = late_start(path)
    if late > _LATE:
        yield (
            f"the first sound of {path} is at {float(late):.3f} s of the file's own time, which counts as its start; "
            f"give --offset {float(late):.3f} if the silence before it is meant"
        )
    # A sample that is no number is silence.
    if max(float(np.nan_to_num(peak, posinf=0.0).max(initial=0.0)) for peak in peaks) < _SILENT:
        yield f"{path} is silent in mono, or almost: no mouth speaks for it"
    elif sound.cancelled() > _CANCELLED * length:
        share = sound.cancelled() / length
        yield (
            f"the channels of {path} are opposite to each other in {share:.0%} of it, and nothing is left of them in "
            "mono; the mouth follows the louder one there"
        )
