"""What a user should know of a dub before it is put into a mouth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vs_lipsync.errors import DubError
from vs_lipsync.speech.file_sound import FileSound
from vs_lipsync.speech.sound_timeline import count_of_tracks, late_start

__all__ = ["remarks"]

_SILENT: Final = 1e-3
"""Amplitude below which all of a sound counts as silent: 60 dB below full scale."""

_CANCELLED: Final = 0.1
"""Share of a sound, at least, whose channels cancel each other, for the user to be told."""

_LATE: Final = 0.1
"""Seconds after the zero of its own time at which a file starts, at least, for the user to be told."""

_ALL: Final = 1 << 30
_STRETCHES: Final = 32
"""Stretches of a sound that are looked at: 4 minutes in all, and less than 4 minutes apart in 2 hours."""


def remarks(path: Path) -> Iterator[str]:
    """Yield lines about the sound of a file; none where nothing is remarkable.

    Of a long file only parts are decoded, if that can be done and they are not silent. A file that cannot be decoded
    has no lines: whoever needs all of it will find out.
    """
    try:
        sound = FileSound(path)
        found = list(sound.stretches(_STRETCHES))
        if all(stretch.peak < _SILENT for stretch in found):
            found = list(sound.stretches(_ALL))
    except DubError:
        return
    tracks = count_of_tracks(path)
    if tracks > 1:
        yield f"{path} has {tracks} sound tracks: the first one is spoken"
    late = late_start(path)
    if late > _LATE:
        yield (
            f"the first sound of {path} is at {float(late):.3f} s of the file's own time, which counts as its start; "
            f"give --offset {float(late):.3f} if the silence before it is meant"
        )
    cancelled = sum(stretch.cancelled for stretch in found)
    looked_at = sum(stretch.samples for stretch in found)
    if all(stretch.peak < _SILENT for stretch in found):
        yield f"{path} is silent in mono, or almost: no mouth speaks for it"
    elif cancelled > _CANCELLED * looked_at:
        yield (
            f"the channels of {path} are opposite to each other in {cancelled / looked_at:.0%} of it, and nothing is "
            "left of them in mono; the mouth follows the louder one there"
        )
