"""The clip that is to be dubbed, opened with BestSource."""

import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import vapoursynth as vs

from vs_lipsync.errors import JobError, TimecodeError, one_line
from vs_lipsync.media.frame_times import continuous, forced_rate, joined_rate, packet_rate
from vs_lipsync.media.index_progress import reading
from vs_lipsync.media.odd_size import padded
from vs_lipsync.media.picture_form import crop_of, cropped, is_odd, notes_of_pictures, progressive
from vs_lipsync.media.pixel_shape import note_of_pixel_shapes
from vs_lipsync.media.probe import DeclaredVideo, declared_video, first_time
from vs_lipsync.planes.frames import number_of
from vs_lipsync.timing.position import format_time
from vs_lipsync.timing.timecodes import open_timecodes, read_timecodes
from vs_lipsync.timing.timeline import ConstantRate, Timecodes, Timeline
from vs_lipsync.weights.store import cache_dir

__all__ = ["SourceClip", "SourceOptions"]

_TOLERANCE: Final = Fraction(1, 2)
"""Seconds by which a file may overstate its length: some count a pause at the end."""

_SAME_RATE: Final = Fraction(1, 200)
"""By how much of it a rate may be another one than what the file says, before that is told."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a file is to be opened.

    Attributes:
        stream: number of its picture stream; None for the one with the flag "default", or the first.
        timecodes: a file that says when its frames are shown; None to go by the file's own times.
        deinterlace: True to make whole pictures of fields, False to take them as whole; None to refuse fields.
        every_frame: whether to take a variable rate as it is, by the file's own times.
        odd_size: whether sizes that VapourSynth does not have are padded to the next larger one, or else cropped.
    """

    stream: int | None = None
    timecodes: Path | None = None
    deinterlace: bool | None = None
    every_frame: bool = False
    odd_size: bool = True


@dataclass(frozen=True, slots=True)
class SourceClip:
    """A video file and how to open it so that all frames have one size and last equally long.

    Attributes:
        path: the file.
        clip: the opened clip.
        timeline: when its frames are shown: at its rate, or as timecodes say.
        forced_rate: frames per second that a file of variable rate is brought to; None where the rate is constant.
        start: the second in the file at which the first frame is shown.
        stream: number of the picture stream; None if the file does not tell.
        declared: seconds that the pictures last by the file's own account, if so much could not be read.
        assumed_rate: frames per second of the file's own frames, where its times do not tell it to BestSource.
        shifts: where the file's times begin anew, as in recordings that were joined: for each new beginning, the
            seconds that are added to its times from there on for it to follow what is before.
        field: number by which Bwdif deinterlaced; None where it did not.
        crop: columns on the left and right, and rows at the top and bottom, that were left out as the file says.
        size: width and height of the pictures where the clip is padded for its chroma to be whole; None where all of
            it is to be seen.
        notes: what the user should know of how the file was opened.
    """

    path: Path
    clip: vs.VideoNode
    timeline: Timeline
    forced_rate: Fraction | None
    start: Fraction = Fraction(0)
    stream: int | None = None
    declared: Fraction | None = None
    assumed_rate: Fraction | None = None
    shifts: tuple[Fraction, ...] = ()
    field: int | None = None
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)
    size: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()

    @property
    def note(self) -> str | None:
        """What the user should know of how the file was opened, if anything; for some of it packets are read."""
        changed = note_of_pixel_shapes(self.path, self.stream)
        return "\n".join([*self.notes, *([changed] if changed else [])]) or None

    @classmethod
    def open(cls, path: Path, options: SourceOptions = SourceOptions()) -> "SourceClip":
        """Open a file of any kind that FFmpeg reads. The first time, BestSource reads all of it, for its index.

        Raises:
            JobError: it has no video, or one that cannot be opened as the options say.
        """
        path = path.absolute()
        said = declared_video(path, options.stream)
        # The index of a long file is worth keeping, but not in the user's home folder, where BestSource puts it.
        index = str(cache_dir() / "index")
        track = -1 if said.stream is None else said.stream
        assumed, forced = None, None
        timeline: Timeline | None = None
        size: tuple[int, int] | None = None
        shifts: tuple[Fraction, ...] = ()
        try:
            with reading():
                clip, starts = _opened(path, track, index)
            if clip.width == 0 or clip.height == 0 or clip.format.color_family == vs.UNDEFINED:
                raise JobError(
                    f"{path} changes its size or format on the way; convert it first, such as with "
                    "ffmpeg -i INPUT -vf scale=WIDTH:HEIGHT -c:v ffv1 -c:a copy OUTPUT.mkv"
                )
            fps = clip.fps
            if options.timecodes is not None:
                timeline = _timecodes(options.timecodes, clip.num_frames)
            elif not starts:
                stated = None if said.stream is None else packet_rate(path, said.stream)
                stated = said.rate if stated is None else stated
                if stated is not None and abs(stated - fps) > fps / 1000:
                    fps = assumed = stated
            else:
                times, shifts = continuous(starts)
                if shifts:
                    fps = assumed = joined_rate(path, times)
                elif not options.every_frame:
                    forced = forced_rate(path, times, fps)
                elif forced_rate(path, times, fps) is not None:
                    timeline = Timecodes([round(time * 1_000_000) for time in times])
            notes = _notes_of_times(path, clip, starts, shifts, said, fps, forced, assumed, options)
            if forced is not None:
                num, den, count = forced.numerator, forced.denominator, clip.num_frames
                clip = vs.core.bs.VideoSource(str(path), track=track, cachepath=index, fpsnum=num, fpsden=den)
                if clip.num_frames != count:
                    notes[-1] += f"; its {count} frames become {clip.num_frames}"
            else:  # so that what jitters says so no more
                if timeline is not None:
                    fps = (clip.num_frames / timeline.start(clip.num_frames)).limit_denominator(100_000)
                clip = clip.std.AssumeFPS(fpsnum=fps.numerator, fpsden=fps.denominator)
            with clip.get_frame(0) as first:
                notes += notes_of_pictures(path, said, first)
                crop = crop_of(said, first)
                odd, turned = is_odd(said, first), number_of(first, "Rotation", 0) != 0
            if odd:
                is_wanted = options.odd_size and not turned and not any(crop)
                clip, size, cropping = _whole(path, clip, said, is_wanted=is_wanted, is_forced=forced is not None)
                notes += [cropping] if cropping else []
            clip, field = progressive(path, clip, options.deinterlace)
            if any(crop):
                clip = cropped(clip, crop)
                notes.append(
                    f"{path} says that its pictures are to be cropped, to {clip.width} x {clip.height}: so it is"
                )
        except vs.Error as error:
            advice = ""
            if "Unsupported video format" in str(error):
                advice = "; convert it first, such as with ffmpeg -i INPUT -pix_fmt gbrp -c:v ffv1 -c:a copy OUTPUT.mkv"
            raise JobError(f"cannot open {path}: {one_line(error)}{advice}") from error
        if timeline is None:
            timeline = ConstantRate(clip.fps)
        shown = clip.num_frames / (fps if forced is None else forced)
        length = said.length
        # A file that has all the frames that it counts is whole, however long it shows the last one.
        is_whole = length is None or said.frames == clip.num_frames
        lost = None if is_whole or length is None or length - shown < max(_TOLERANCE, length / 50) else length
        if lost is not None and options.timecodes is None:
            notes.insert(
                0, f"{path} is damaged or not whole: of {format_time(lost)} only {format_time(shown)} can be read"
            )
        return cls(
            path=path,
            clip=clip,
            timeline=timeline,
            forced_rate=forced,
            start=starts[0] / 1000 if starts else first_time(path, said.stream),
            stream=said.stream,
            declared=lost,
            assumed_rate=assumed,
            shifts=shifts,
            field=field,
            crop=crop,
            size=size,
            notes=tuple(notes),
        )


def _whole(
    path: Path, clip: vs.VideoNode, said: DeclaredVideo, *, is_wanted: bool, is_forced: bool
) -> tuple[vs.VideoNode, tuple[int, int] | None, str | None]:
    """Add the columns and rows that BestSource leaves out.

    Returns:
        The clip, padded, and what is to be seen of it; or the clip as it is, None, and what the user should know.
    """
    why = "VapourSynth has no such size"
    if is_forced:
        why = "its frame rate varies; with --timecodes all of it is kept"
    elif is_wanted and said.stream is not None:
        try:
            return padded(path, said.stream, clip, said.size), said.size, None
        except JobError as error:
            why = one_line(error)
    lost = (
        f"{path} is {said.size[0]} x {said.size[1]}, for which its chroma is not whole; it becomes "
        f"{clip.width} x {clip.height}: {why}"
    )
    return clip, None, lost


def _opened(path: Path, track: int, index: str) -> tuple[vs.VideoNode, list[Fraction]]:
    """Return a clip, and the milliseconds at which its frames start; none for files that do not say when."""
    with tempfile.TemporaryDirectory() as scratch:
        timecodes = Path(scratch) / "timecodes.txt"
        try:
            clip = vs.core.bs.VideoSource(str(path), track=track, cachepath=index, timecodes=str(timecodes))
            return clip, [Fraction(time, 1_000_000) for time in read_timecodes(timecodes)]
        except vs.Error as error:
            if "unknown timestamp" not in str(error):  # raw streams, and B frames in AVI
                raise
    return vs.core.bs.VideoSource(str(path), track=track, cachepath=index), []


def _timecodes(path: Path, length: int) -> Timeline:
    """Read the user's timecodes of a clip of `length` frames."""
    try:
        return open_timecodes(path, length)
    except TimecodeError as error:
        raise JobError(one_line(error)) from error


def _notes_of_times(
    path: Path,
    clip: vs.VideoNode,
    starts: list[Fraction],
    shifts: tuple[Fraction, ...],
    said: DeclaredVideo,
    fps: Fraction,
    forced: Fraction | None,
    assumed: Fraction | None,
    options: SourceOptions,
) -> list[str]:
    """Return what the user should know of a file's times."""
    if options.timecodes is not None:
        return []
    if forced is not None:
        rate = f"{float(forced):.3f}"
        return [
            f"{path} has a variable frame rate; it is brought to {rate} frames a second (to keep it, give --timecodes)"
        ]
    notes = []
    if shifts:
        notes.append(f"the times in {path} begin anew: it is taken for {len(shifts) + 1} recordings in a row")
    elif assumed is not None:
        notes.append(f"{path} does not say when its frames are shown; it is its {float(assumed):.3f} frames a second")
    elif starts and said.rates and not any(abs(rate - fps) <= fps * _SAME_RATE for rate in _likely(said.rates)):
        stated = f"{float(said.rates[0]):.3f}"
        notes.append(
            f"{path} says that it has {stated} frames a second, and shows {float(fps):.3f}: its frames' times count"
        )
    last = Fraction(0)
    if starts and said.length is not None and said.frames == clip.num_frames:
        last = said.length - (starts[-1] - starts[0]) / 1000
    elif starts:
        last = _last_duration(clip)
    if last > 2 / fps:
        notes.append(f"the last frame of {path} is shown for {float(last):.3f} s; it becomes as long as the others")
    return notes


def _last_duration(clip: vs.VideoNode) -> Fraction:
    """Return the seconds for which a clip's last frame is shown; 0 if it does not say, or is damaged."""
    try:
        with clip.get_frame(clip.num_frames - 1) as last:
            count, parts = (number_of(last, name, 0) for name in ("_DurationNum", "_DurationDen"))
    except vs.Error:
        return Fraction(0)
    return Fraction(count, parts) if count > 0 and parts > 0 else Fraction(0)


def _likely(rates: tuple[Fraction, ...]) -> list[Fraction]:
    """Return rates and what FFmpeg gives in their place: that of fields, and that with repeated fields."""
    return [rate * by for rate in rates for by in (1, Fraction(1, 2), 2, Fraction(4, 5))]
