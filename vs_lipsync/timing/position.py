"""Places in a clip as users write them: a frame number, or a time."""

import re
from dataclasses import dataclass
from fractions import Fraction

from vs_lipsync.timing.timeline import Timeline

__all__ = ["Position", "format_time", "parse_position"]

_TIME = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):([0-5]?\d(?:\.\d+)?)|(\d+\.\d+|\d+(?=s))s?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a clip: a frame number, or a time in seconds; the other one is None."""

    frame: int | None = None
    seconds: Fraction | None = None

    def at(self, timeline: Timeline) -> int:
        """Return the number of the frame that starts nearest to the place."""
        if self.frame is not None:
            return self.frame
        assert self.seconds is not None
        return timeline.nearest(self.seconds)


def parse_position(text: str) -> Position:
    """Read a place: "250" is a frame; "10.0", "10s", "0:10" and "0:00:10.000" are times.

    Raises:
        ValueError: it is neither.
    """
    if text.isascii() and text.isdigit():
        return Position(frame=int(text))
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is neither a frame number nor a time such as 1:23.5 or 0:01:23.500")
    hours, minutes, seconds, plain = found.groups()
    if plain is not None:
        return Position(seconds=Fraction(plain))
    return Position(seconds=3600 * int(hours or 0) + 60 * int(minutes) + Fraction(seconds))


def format_time(seconds: Fraction) -> str:
    """Write a time as h:mm:ss.mmm, rounded to the millisecond."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
