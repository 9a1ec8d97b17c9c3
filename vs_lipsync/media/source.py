"""The clip that is to be dubbed, opened with BestSource."""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import vapoursynth as vs

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.index_progress import reading
from vs_lipsync.media.probe import declared_video, first_time
from vs_lipsync.timing.position import format_time
from vs_lipsync.timing.timecodes import read_timecodes
from vs_lipsync.weights.store import cache_dir

__all__ = ["SourceClip"]

_COMMON_RATES = tuple(Fraction(n, 1001) for n in (24000, 30000, 60000, 120000)) + tuple(
    Fraction(n) for n in (8, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 100, 120)
)


_NEW_START = 100
"""Milliseconds by which times run backwards for what follows to be a new beginning, as FFmpeg has it."""

_TOLERANCE = Fraction(1, 2)  # seconds by which a file may overstate its length: some count a pause at the end


@dataclass(frozen=True, slots=True)
class SourceClip:
    """A video file and how to open it so that all frames have one size and last equally long.

    Attributes:
        path: the file.
        clip: the opened clip.
        forced_rate: frames per second that a file of variable rate is brought to; None where the rate is constant.
        start: the second in the file at which the first frame is shown.
        declared: seconds that the pictures last by the file's own account, if so much could not be read.
        assumed_rate: frames per second of the file's own frames, where its times do not tell it to BestSource.
        shifts: where the file's times begin anew, as in recordings that were joined: for each new beginning, the
            seconds that are added to its times from there on for it to follow what is before.
    """

    path: Path
    clip: vs.VideoNode
    forced_rate: Fraction | None
    start: Fraction = Fraction(0)
    declared: Fraction | None = None
    assumed_rate: Fraction | None = None
    shifts: tuple[Fraction, ...] = ()

    @property
    def note(self) -> str | None:
        """What the user should know of how the file was opened, if anything."""
        notes = []
        if self.declared is not None:
            read = format_time(self.clip.num_frames / self.clip.fps)
            notes.append(
                f"{self.path} is damaged or not whole: of {format_time(self.declared)} only {read} can be read"
            )
        if self.forced_rate is not None:
            rate = f"{float(self.forced_rate):.3f}"
            notes.append(f"{self.path} has a variable frame rate; it is brought to {rate} frames a second")
        if self.shifts:
            count = len(self.shifts) + 1
            notes.append(f"the times in {self.path} begin anew: it is taken for {count} recordings in a row")
        elif self.assumed_rate is not None:
            rate = f"{float(self.assumed_rate):.3f}"
            notes.append(f"{self.path} does not say when its frames are shown; it is its {rate} frames a second")
        return "\n".join(notes) or None

    @classmethod
    def open(cls, path: Path) -> "SourceClip":
        """Open a file of any kind that FFmpeg reads. The first time, BestSource reads all of it, for its index.

        Raises:
            JobError: it has no video, or one that cannot be opened.
        """
        path = path.absolute()
        declared = declared_video(path)
        # The index of a long file is worth keeping, but not in the user's home folder, where BestSource puts it.
        index = str(cache_dir() / "index")
        assumed: Fraction | None = None
        shifts: tuple[Fraction, ...] = ()
        try:
            with reading():
                clip, starts = _opened(path, index)
            if not starts:
                rate = None
                if declared.rate is not None and abs(declared.rate - clip.fps) > clip.fps / 1000:
                    assumed = declared.rate
            else:
                times, shifts = _continuous(starts)
                if shifts:
                    assumed = _joined_rate(path, times)
                rate = None if shifts else _regular_rate(times, clip.fps)
            if rate is not None:
                clip = vs.core.bs.VideoSource(
                    str(path), cachepath=index, fpsnum=rate.numerator, fpsden=rate.denominator
                )
            else:  # so that what jitters says so no more
                fps = assumed or clip.fps
                clip = clip.std.AssumeFPS(fpsnum=fps.numerator, fpsden=fps.denominator)
        except vs.Error as error:
            raise JobError(f"cannot open {path}: {one_line(error)}") from error
        if clip.width == 0 or clip.height == 0:
            raise JobError(f"{path} changes its size or format on the way; convert it first")
        shown = clip.num_frames / clip.fps
        length = declared.length
        lost = None if length is None or length - shown < max(_TOLERANCE, length / 50) else length
        start = starts[0] / 1000 if starts else first_time(path)
        return cls(path, clip, rate, start, lost, assumed, shifts)


def _opened(path: Path, index: str) -> tuple[vs.VideoNode, list[Fraction]]:
    """Return a clip, and the milliseconds at which its frames start; none for files that do not say when."""
    with tempfile.TemporaryDirectory() as scratch:
        timecodes = Path(scratch) / "timecodes.txt"
        try:
            clip = vs.core.bs.VideoSource(str(path), cachepath=index, timecodes=str(timecodes))
            return clip, [Fraction(time, 1_000_000) for time in read_timecodes(timecodes)]
        except vs.Error as error:
            if "unknown timestamp" not in str(error):  # raw streams, and B frames in AVI
                raise
    return vs.core.bs.VideoSource(str(path), cachepath=index), []


def _continuous(times: Sequence[Fraction]) -> tuple[list[Fraction], tuple[Fraction, ...]]:
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


def _joined_rate(path: Path, times: Sequence[Fraction]) -> Fraction:
    """Return the rate of recordings that were joined, out of the milliseconds at which their frames start.

    Raises:
        JobError: it is not constant.
    """
    average = 1000 * (len(times) - 1) / (times[-1] - times[0])
    rate = min(_COMMON_RATES, key=lambda rate: abs(rate - average))
    rate = rate if abs(rate - average) < average / 500 else average.limit_denominator(1001)
    if _regular_rate(times, rate) is not None:
        raise JobError(
            f"the times in {path} begin anew, and its frame rate varies; convert it first, such as with "
            "ffmpeg -i INPUT -fps_mode cfr -c:v ffv1 OUTPUT.mkv"
        )
    return rate


def _regular_rate(times: Sequence[Fraction], average: Fraction) -> Fraction | None:
    """Return the constant rate that a clip should be brought to, or None if its frames are evenly spaced already.

    Args:
        times: milliseconds at which the frames start.
        average: frames per second over the whole clip.
    """
    starts = [float(time) for time in times]
    step = float(1000 / average)
    # Containers round to a millisecond; a frame that is half a frame off is shown at another frame's time.
    if len(starts) < 2 or all(abs(start - starts[0] - n * step) < step / 2 for n, start in enumerate(starts)):
        return None
    usual = Fraction(1000 / statistics.median(after - before for before, after in pairwise(starts)))
    nearest = min(_COMMON_RATES, key=lambda rate: abs(rate - usual))
    return nearest if abs(nearest - usual) < usual / 100 else usual.limit_denominator(1001)
