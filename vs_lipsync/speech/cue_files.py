"""Cues out of subtitle files, whose texts name sound files."""

import warnings
from fractions import Fraction
from pathlib import Path
from typing import Final

from vs_lipsync.errors import DubError
from vs_lipsync.files import read_small_text
from vs_lipsync.speech.cues import Cue

__all__ = ["is_cue_file", "read_cues"]

_MOST_BYTES: Final = 16 << 20

_SUFFIXES: Final = (".srt", ".vtt")


def is_cue_file(path: Path) -> bool:
    """Tell by its name whether a file is one of cues."""
    return path.suffix.lower() in _SUFFIXES


def read_cues(path: Path) -> list[Cue]:
    """Read the cues of a SubRip or WebVTT file.

    The text of a cue is the name of a sound file, relative to the subtitle file's folder. The sound is cut off at the
    cue's end; a cue that ends when it starts lets it sound to its end. A text is a name and nothing else: it is never
    expanded, fetched or run.

    Args:
        path: a file for which `is_cue_file` holds, in UTF-8.

    Raises:
        DubError: the file cannot be read, or a cue in it, with its line.
    """
    # Few dubs come with cues, and the library takes a while to load.
    from pysubs2 import SSAFile
    from pysubs2.exceptions import Pysubs2Error
    from pysubs2.formats.subrip import SubripFormat
    from pysubs2.formats.webvtt import WebVTTFormat
    from pysubs2.warnings import PossibleMissedSubtitleWarning

    form = {".srt": SubripFormat, ".vtt": WebVTTFormat}[path.suffix.lower()]
    try:
        text = read_small_text(path, _MOST_BYTES)
    except OSError as error:
        raise DubError(f"cannot read {path}: {error.strerror}") from error
    lines = [*text.split("\n"), ""]
    timed = []  # the lines with the times of cues: those that the library counts, and none that only look like them
    for number, line in enumerate(lines, 1):
        times = len(form.TIMESTAMP.findall(line))
        if times == 2 and "-->" in line:
            timed.append(number)
        elif times == 2 or "-->" in line:
            raise DubError(f"{path}, line {number}: {line.strip()!r:.60} are not the times of a cue")
    if not timed:
        raise DubError(f"{path} has no cue")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PossibleMissedSubtitleWarning)  # names may look like times
            events = SSAFile.from_string(text, path.suffix[1:].lower()).events
    except (Pysubs2Error, ValueError) as error:
        raise DubError(f"cannot read {path}: {error}") from error
    # Names are taken as they stand: the library's texts have their tags and escapes undone.
    return [
        _cue(path, number, lines[number : number + 2], event.start, event.end)
        for number, event in zip(timed, events, strict=True)
    ]


def _cue(path: Path, number: int, text: list[str], start: int, stop: int) -> Cue:
    """Return the cue with its times in line `number`, in milliseconds, and the lines behind it."""
    name, *rest = (line.strip() for line in text)
    if not name:
        raise DubError(f"{path}, line {number}: the cue names no file")
    if any(rest) and not rest[0].isdigit():  # the number of the next cue
        raise DubError(f"{path}, line {number + 2}: the text of a cue is the name of one file")
    sound = path.parent / name
    if "\0" in name or not sound.is_file():
        raise DubError(f"{path}, line {number + 1}: there is no file {name!r:.200}")
    if stop < start:
        raise DubError(f"{path}, line {number}: the cue ends before it starts")
    return Cue(Fraction(start, 1000), sound, Fraction(stop, 1000) if stop > start else None)
