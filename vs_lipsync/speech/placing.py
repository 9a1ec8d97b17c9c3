"""Where pieces of sound lie in time, by their timestamps and lengths: gaps, overlaps, and times that begin anew.

FFmpeg's own rules are followed. Its filter `aresample=async=1` fills gaps of more than 0.1 s (`min_hard_comp`) with
silence and drops samples for which there is no time. In formats that may be discontinuous (`AVFMT_TS_DISCONT`: MPEG-TS,
MPEG-PS, Ogg), its program takes times that run backwards by 0.1 s, or forward by 10 s (`-dts_delta_threshold`), for a
new beginning; elsewhere it passes over times that are 30 hours off (`-dts_error_threshold`). Smaller gaps and overlaps,
such as those of one lost packet, are honoured where they last; jitter and rounding are not. A few packets with wrong
times, behind which all is as before, are put where they would be without any, and so are many that share one time.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

__all__ = ["ROUNDING", "Piece", "place"]

_HARD: Final = Fraction(1, 10)
"""Seconds of a gap or an overlap that is believed at once."""

_LASTING: Final = Fraction(15, 1000)
"""Seconds of a gap or an overlap that is believed if it lasts: less than a packet of 20 ms, the shortest usual one."""

ROUNDING: Final = Fraction(2, 1000)
"""Seconds by which rounding may change the difference of two times: Matroska, Flash and ASF count milliseconds."""

_ALIKE: Final = 8
"""Consecutive pieces that share a difference for it to last: what jitters seldom errs so often to the same side."""

_STRAY: Final = 3
"""Consecutive pieces whose times may be wrong by any amount without being believed."""

_NEW_START: Final = 10
"""Seconds by which times run ahead in formats that may be discontinuous for what follows to be a new beginning."""

_IMPOSSIBLE: Final = 30 * 3600
"""Seconds beyond which a difference is taken for an error."""


@dataclass(frozen=True, slots=True)
class Piece[T]:
    """Consecutive samples, such as those of one packet.

    Attributes:
        time: second in the file at which they start; None if it does not say.
        duration: seconds that they last, above 0.
        content: the samples, or what stands for them.
        after_loss: whether what came before could not be decoded.
    """

    time: Fraction | None
    duration: Fraction
    content: T
    after_loss: bool = False


def place[T](
    pieces: Iterable[Piece[T]], *, discontinuous: bool, shifts: Sequence[Fraction] = ()
) -> Iterator[tuple[Piece[T], Fraction, bool]]:
    """Put pieces on a timeline.

    Args:
        pieces: in the order of the file.
        discontinuous: whether the format's times may begin anew in the middle of a file.
        shifts: for each new beginning, the seconds that are added to the file's times from there on, if something else
            tells them, such as pictures; what has none goes on at the end of what is before.

    Yields:
        Each piece; the second at which it starts, in the file's time up to the first new beginning; and whether it does
        not simply follow the piece before it. One that starts before the end of another one yields to it: its samples
        up to there are not heard.
    """
    source = iter(pieces)
    told = iter(shifts)
    ahead: deque[Piece[T]] = deque()
    first: Fraction | None = None
    at = end = Fraction(0)  # where the next piece starts if it simply follows; where the latest one ends
    shift = Fraction(0)  # what is added to the file's times
    stuck: Fraction | None = None  # a time that piece after piece has
    while (piece := ahead.popleft() if ahead else next(source, None)) is not None:
        jumps = first is None
        if first is None:
            at = first = end = piece.time or Fraction(0)
            stuck = piece.time if _is_stuck(piece.time, source, ahead) else None
        elif piece.time is not None and piece.time != stuck:
            stuck = piece.time if _is_stuck(piece.time, source, ahead) else None
            late = piece.time + shift - at
            if abs(late) > _HARD and _is_stray(late, at - shift + piece.duration, source, ahead):
                pass
            elif _begins_anew(late, piece.time, first, discontinuous):
                shift = next(told, end - piece.time)
                at, jumps = piece.time + shift, at != piece.time + shift
            elif abs(late) < _IMPOSSIBLE:
                step = Fraction(0)
                if abs(late) > _HARD or (piece.after_loss and abs(late) > ROUNDING):
                    step = late
                elif abs(late) > _LASTING:
                    step = _lasting(late, at - shift + piece.duration, source, ahead)
                at += step
                jumps = step != 0
        yield piece, at, jumps
        at += piece.duration
        end = max(end, at)


def _is_stray[T](late: Fraction, at: Fraction, source: Iterator[Piece[T]], ahead: deque[Piece[T]]) -> bool:
    """Tell whether a piece's time is an error, since those behind it are where they would be without it.

    Args: as for `_lasting`.
    """
    for number in range(_STRAY):
        following = _piece_ahead(number, source, ahead)
        if following is None:
            break
        if following.time is not None and abs(following.time - at) <= min(_HARD, abs(late) / 2):
            return True
        at += following.duration
    return False


def _is_stuck[T](time: Fraction | None, source: Iterator[Piece[T]], ahead: deque[Piece[T]]) -> bool:
    """Tell whether pieces have no times but one for all of them.

    Args:
        time: of a piece, in the file.
        source: the pieces behind those in `ahead`.
        ahead: pieces that follow; more are added to it.
    """
    for number in range(_ALIKE - 1):
        following = _piece_ahead(number, source, ahead)
        if following is None or following.time != time:
            return False
    return time is not None


def _begins_anew(late: Fraction, time: Fraction, first: Fraction, discontinuous: bool) -> bool:
    """Tell whether times begin anew.

    Args:
        late: seconds between when a piece should start and when it would if it followed the one before.
        time: when it should start.
        first: when the first piece does.
        discontinuous: as for `place`.
    """
    if discontinuous and late > _NEW_START:
        return True
    # In formats that know no discontinuity, times that go back are an overlap, but for files that were joined as bytes.
    return late < -_HARD and (discontinuous or time <= first + _HARD)


def _lasting[T](late: Fraction, at: Fraction, source: Iterator[Piece[T]], ahead: deque[Piece[T]]) -> Fraction:
    """Return the part of a difference that a piece and those behind it share; 0 if that is too little.

    Args:
        late: seconds by which a piece is late; negative if it is early.
        at: when the next one would start, in the file's time.
        source: the pieces behind those in `ahead`.
        ahead: pieces that follow; more are added to it.
    """
    least = most = before = late
    for number in range(_ALIKE - 1):
        piece = _piece_ahead(number, source, ahead)
        if piece is None or piece.time is None or abs(piece.time - at - before) > _HARD:
            break
        before = piece.time - at
        least, most = min(least, before), max(most, before)
        at += piece.duration
    if least > _LASTING:
        return least
    return most if most < -_LASTING else Fraction(0)


def _piece_ahead[T](number: int, source: Iterator[Piece[T]], ahead: deque[Piece[T]]) -> Piece[T] | None:
    """Return a piece that follows, 0 for the next one, reading it if need be; None behind the last one."""
    if number == len(ahead):
        following = next(source, None)
        if following is None:
            return None
        ahead.append(following)
    return ahead[number]
