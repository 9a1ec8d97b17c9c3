"""When the frames of a file are shown, and which constant rate that comes to."""

import statistics
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import av
import numpy as np

from vs_lipsync.errors import JobError
from vs_lipsync.timing.position import format_time
from vs_lipsync.timing.timeline import stays_at_rate

__all__ = ["continuous", "forced_rate", "joined_rate", "packet_rate"]

_COMMON_RATES: Final = tuple(Fraction(n, 1001) for n in (24000, 30000, 60000, 120000)) + tuple(
    Fraction(n) for n in (8, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 100, 120)
)

_LONGEST: Final = 3600
"""Seconds for which a picture may be shown."""

_NEW_START: Final = 100
"""Milliseconds by which times run backwards for what follows to be a new beginning, as FFmpeg has it."""


def continuous(times: Sequence[Fraction]) -> tuple[list[Fraction], tuple[Fraction, ...]]:
    """Put what begins anew behind what is before it.

    Args:
        times: milliseconds at which frames start, as the file has them.

    Returns:
        The milliseconds, ever later, and the seconds that were added from each new beginning on.
    """
    steps = [after - before for before, after in pairwise(times) if after > before]
    usual = statistics.median(steps) if steps else Fraction(0)
    made, shifts, shift = list(times[:1]), [], Fraction(0)
    for before, time in pairwise(times):
        if time < before - _NEW_START:
            shift = made[-1] + usual - time
            shifts.append(shift / 1000)
        made.append(time + shift)
    return made, tuple(shifts)


def packet_rate(path: Path, stream: int) -> Fraction | None:
    """Return the rate of a stream whose frames have no times, by those at which its packets are to be decoded.

    An AVI's own rate may be that of its clock: with 600 ticks a second, of 24 chunks 23 are empty.

    Args:
        path: the file.
        stream: number of its picture stream.

    Returns:
        Frames per second; None if packets have no times either, or they are not evenly spaced.
    """
    try:
        with av.open(str(path)) as container:
            packets = container.demux(container.streams[stream])
            ticks = [packet.dts for packet in packets if packet.size and packet.dts is not None]
            time_base = container.streams[stream].time_base
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return None
    steps = Counter(after - before for before, after in pairwise(ticks))
    step, count = steps.most_common(1)[0] if steps else (0, 0)
    # The first frame of a late start may wait for the others.
    if step <= 0 or not time_base or steps.total() - count > 1:
        return None
    return 1 / (step * time_base)


def joined_rate(path: Path, times: Sequence[Fraction]) -> Fraction:
    """Return the rate of recordings that were joined, out of the milliseconds at which their frames start.

    Raises:
        JobError: it is not constant.
    """
    average = 1000 * (len(times) - 1) / (times[-1] - times[0])
    rate = min(_COMMON_RATES, key=lambda rate: abs(rate - average))
    rate = rate if abs(rate - average) < average / 500 else average.limit_denominator(1001)
    if forced_rate(path, times, rate) is not None:
        raise JobError(
            f"the times in {path} begin anew, and its frame rate varies; convert it first, such as with "
            "ffmpeg -i INPUT -fps_mode cfr -c:v ffv1 OUTPUT.mkv"
        )
    return rate


def forced_rate(path: Path, times: Sequence[Fraction], average: Fraction) -> Fraction | None:
    """Return the constant rate that a clip should be brought to, or None if its frames are evenly spaced already.

    Args:
        path: the file.
        times: milliseconds at which the frames start.
        average: frames per second over the whole clip.

    Raises:
        JobError: a frame would be shown for hours: of recordings that were joined, FFmpeg takes times that begin anew
            for a clock that has run over, which it does after 26 hours.
    """
    starts = np.array([float(time) for time in times]) / 1000
    if (np.diff(starts) > _LONGEST).any():
        at = int(np.argmax(np.diff(starts))) + 1
        jump = format_time((times[at] - times[at - 1]) / 1000)
        raise JobError(
            f"the times in {path} jump by {jump} at frame {at}; convert it "
            "first, such as with ffmpeg -i INPUT -fps_mode cfr -c:v ffv1 OUTPUT.mkv, or give --timecodes"
        )
    if stays_at_rate(starts - starts[:1] - np.arange(len(starts)) / float(average), average):
        return None
    usual = Fraction(1000 / statistics.median(float(after - before) for before, after in pairwise(times)))
    nearest = min(_COMMON_RATES, key=lambda rate: abs(rate - usual))
    return nearest if abs(nearest - usual) < usual / 100 else usual.limit_denominator(1001)
