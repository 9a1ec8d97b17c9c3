"""Timecodes as users give them: a file of format v1 or v2, or a list of seconds."""

import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from math import lcm
from pathlib import Path
from typing import Final

from vs_lipsync.errors import TimecodeError
from vs_lipsync.timing.seconds import Seconds, is_number
from vs_lipsync.timing.timeline import NANOSECONDS, Timecodes

__all__ = ["TimecodeSource", "open_timecodes", "read_timecodes"]

type TimecodeSource = str | os.PathLike[str] | Sequence[Seconds]

_MOST_BYTES: Final = 256 << 20
"""A day at 120 frames a second has ten million lines of at most 20 bytes."""

_LATEST: Final = 10**9  # seconds: 31 years, and in nanoseconds still a number of 64 bits

_HEADER: Final = re.compile(r"#\s*time(?:code|stamp)\s+format\s+v(\d+)", re.IGNORECASE)


def open_timecodes(source: TimecodeSource, length: int) -> Timecodes:
    """Read the times of a clip's frames.

    Args:
        source: a file of format v1 or v2, as mkvextract, FFmpeg's and VapourSynth's tools write them, or when each
            frame is shown, in seconds. One more than there are frames is when the last one ends.
        length: frames of the clip.

    Returns:
        The times, from the first frame's on.

    Raises:
        TimecodeError: they cannot be read, are too few or too many, or do not increase; the message says where.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        times = read_timecodes(path, length)
        name = str(path)
    else:
        times = [_nanoseconds(value, number) for number, value in enumerate(_listed(source))]
        name = "timecodes"
    if len(times) not in (length, length + 1):
        raise TimecodeError(f"{name}: there are times of {len(times)} frames, and the clip has {length}")
    for number, (before, after) in enumerate(pairwise(times), 1):
        if after <= before:
            raise TimecodeError(f"{name}: frame {number} is not shown later than the frame before it")
    return Timecodes(times[:length], times[length] if len(times) > length else None)


def _listed(source: object) -> Iterable[object]:
    """Return the items of a list of any kind; arrays give Python's own numbers."""
    items = source.tolist() if hasattr(source, "tolist") else source
    if not isinstance(items, Iterable):
        raise TimecodeError(f"timecodes must be a file or a list of seconds, not {source!r:.60}")
    return items


def _nanoseconds(value: object, number: int) -> int:
    if not is_number(value) or not -_LATEST < value < _LATEST:
        raise TimecodeError(f"timecodes: frame {number} must have a number of seconds, not {value!r:.60}")
    return round(value * NANOSECONDS)


def read_timecodes(path: Path, length: int = 0) -> list[int]:
    """Return the times in a file, in nanoseconds, in any order and of any number.

    Args:
        path: a file of format v1 or v2.
        length: frames of the clip; only for v1, which does not say.

    Raises:
        TimecodeError: it cannot be read; the message says where.
    """
    try:
        if not path.is_file():
            raise TimecodeError(f"{path}: there is no such file" if not path.exists() else f"{path} is no file")
        if path.stat().st_size > _MOST_BYTES:
            raise TimecodeError(f"{path} is larger than any file of timecodes ({_MOST_BYTES >> 20} MB)")
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError) as error:
        if isinstance(error, TimecodeError):
            raise
        raise TimecodeError(f"cannot read {str(path)!r}: {error}") from error
    lines = text.splitlines()
    found = _HEADER.match(lines[0]) if lines else None
    if found is None or found[1] not in ("1", "2"):
        raise TimecodeError(f"{path} must begin with '# timecode format v2' or v1")
    body = ((n, line.strip()) for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#"))
    try:
        return _rates(body, length) if found[1] == "1" else _times(body)
    except TimecodeError as error:
        raise TimecodeError(f"{path}, {error}") from error


def _times(lines: Iterator[tuple[int, str]]) -> list[int]:
    """Read format v2: the milliseconds at which each frame is shown."""
    return [round(_number(text, n, -1000 * _LATEST, 1000 * _LATEST) * 1_000_000) for n, text in lines]


def _rates(lines: Iterator[tuple[int, str]], length: int) -> list[int]:
    """Read format v1: a rate, and others for ranges "first,last,rate" of frames."""
    n, first = next(lines, (1, ""))
    word, _, text = first.partition(" ")
    if word.lower() != "assume":
        raise TimecodeError(f"line {n}: format v1 begins with 'Assume' and a rate")
    usual = _rate(text.strip(), n)
    starts: list[int] = []
    stops: list[int] = []
    rates: list[Fraction] = []
    for n, line in lines:
        parts = [part.strip() for part in line.split(",")]
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts[:2]):
            raise TimecodeError(f"line {n}: {line!r:.60} is not 'first,last,rate'")
        begin, end = int(parts[0]), int(parts[1]) + 1
        if begin >= end or (stops and begin < stops[-1]):
            raise TimecodeError(f"line {n}: ranges must be in order, and not overlap")
        starts.append(begin)
        stops.append(end)
        rates.append(_rate(parts[2], n))
    # Frames of one rate are counted from where they begin, so that no rounding adds up.
    edges = sorted({0, length, *(edge for edge in (*starts, *stops) if edge < length)})
    times, origin = [0], Fraction(0)
    for begin, end in pairwise(edges):
        at = bisect_right(starts, begin) - 1
        rate = rates[at] if at >= 0 and begin < stops[at] else usual
        # In whole parts of a nanosecond: a fraction for every frame of a film would take seconds.
        step = NANOSECONDS / rate
        ticks = lcm(origin.denominator, step.denominator)
        whole, by = int(origin * ticks), int(step * ticks)
        times += [(whole + n * by + ticks // 2) // ticks for n in range(1, end - begin + 1)]
        origin += (end - begin) * step
    return times


def _rate(text: str, line: int) -> Fraction:
    """Read frames per second; 23.976 stands for 24000/1001, and so on."""
    written = _number(text, line, Decimal("0.001"), Decimal(100_000))
    exact = Fraction(written)
    likely = Fraction(round(exact * 1001 / 1000) * 1000, 1001)
    digits = -int(written.as_tuple().exponent)
    return likely if digits >= 2 and likely and round(likely, digits) == exact else exact


def _number(text: str, line: int, least: Decimal | int, most: Decimal | int) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not least <= number <= most:
        raise TimecodeError(f"line {line}: {text!r:.60} is not a number that is possible here")
    return number
