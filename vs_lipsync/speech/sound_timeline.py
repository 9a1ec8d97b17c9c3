"""The sound of a media file on one timeline: the only place where the sound of files is decoded.

The mouth, the sound that is written to a file, cues, zones and segments all read it here, and so agree on when a sample
is heard.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer
from numpy.typing import NDArray

from vs_lipsync.errors import DubError
from vs_lipsync.speech.grid_finding import LEAST, find_grid
from vs_lipsync.speech.placing import ROUNDING, place
from vs_lipsync.speech.sound_frames import PREROLL, frames_from
from vs_lipsync.speech.sound_grid import Grid
from vs_lipsync.speech.sound_stream import (
    NoDurationError,
    decoded,
    is_discontinuous,
    layout_name,
    opened,
    packets,
    start_of,
    starts,
)

__all__ = [
    "Block",
    "SoundKind",
    "blocks",
    "count_of_tracks",
    "first_sample",
    "kind_of",
    "late_start",
    "most_seconds",
    "open_sound",
    "start_of_pictures",
]

_LEAST_SILENCE: Final = Fraction(1, 1000)
"""Seconds; sound that starts this little after the file starts with it."""

_PACKETS_ERR: Final = 1
"""Seconds by which decoders may give more than the packets say."""

_PACKED: Final = {"u8": "u8", "s16": "s16", "s32": "s32", "s64": "dbl", "flt": "flt", "dbl": "dbl"}
"""FFmpeg's formats of samples, by what they and their planar kin are written as."""

_SANE_RATES: Final = (4000, 768_000)
_USUAL_RATE: Final = 48000


@dataclass(frozen=True, slots=True)
class SoundKind:
    """What the samples of a sound are.

    Attributes:
        rate: samples per second.
        layout: FFmpeg's name of the channels.
        form: FFmpeg's name of the samples' format, not planar.
        bits: that are used of each sample; 0 if the file does not say.
    """

    rate: int
    layout: str
    form: str
    bits: int


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples of a timeline.

    Attributes:
        start: number of the first one, from 0 on, never before the end of the block before.
        samples: [channels, n] of the format that was asked for.
        layout: FFmpeg's name of the channels.
    """

    start: int
    samples: NDArray[Any]
    layout: str


def first_sample(start: Fraction, rate: int) -> int:
    """Return the number, in samples of a rate, at which sound lies that starts at a second of the timeline."""
    return round(start * rate) if abs(start) > _LEAST_SILENCE else 0


def open_sound(source: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a media file with sound, which FFmpeg cannot take for the address of anything else.

    Raises:
        DubError: there is no such file, or no sound in it.
    """
    try:
        path = Path(source).absolute()
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise DubError(f"cannot open {os.fspath(source)!r}: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(mode):  # nobody may ever write to a pipe
        raise DubError(f"{path} is not a file")
    try:
        with opened(path) as container:
            if not container.streams.audio:
                raise DubError(f"{path} has no sound")
    except (av.FFmpegError, OSError) as error:
        raise DubError(f"cannot open {path}: {getattr(error, 'strerror', None) or error}") from error
    return path


def kind_of(path: Path, track: int = 0) -> SoundKind:
    """Return what the first samples of a sound track are.

    Args:
        path: a file.
        track: number of the sound track, from 0 on.

    Raises:
        DubError: nothing in it can be decoded.
    """
    try:
        with opened(path) as container:
            stream = container.streams.audio[track]
            for piece in decoded(container, stream):
                frame = piece.content
                low, high = _SANE_RATES
                rate = frame.sample_rate if low <= frame.sample_rate <= high else _USUAL_RATE
                form = _PACKED.get(frame.format.name.removesuffix("p"), "flt")
                return SoundKind(rate, layout_name(frame.layout), form, stream.codec_context.bits_per_raw_sample or 0)
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise DubError(f"cannot decode {path}: {getattr(error, 'strerror', None) or error}") from error
    raise DubError(f"cannot decode {path}: there is nothing in its sound track")


def blocks(
    path: Path,
    rate: int,
    *,
    track: int = 0,
    form: str = "flt",
    layout: Callable[[str], str] = lambda own: own,
    origin: Fraction | None = None,
    shifts: Sequence[Fraction] = (),
    wanted: int = 0,
) -> Iterator[Block]:
    """Decode a sound track from its start on, or from anywhere.

    Between the blocks, and before the first one, there is silence: where timestamps leave a gap, or packets are
    damaged. Where they overlap, what comes first in the file is heard. Encoders' delay and padding, and what edit lists
    leave out, are not part of the sound.

    Args:
        path: a file that has sound.
        rate: samples per second of the blocks.
        track: number of the sound track, from 0 on.
        form: FFmpeg's name of a format of samples that is not planar.
        layout: returns the channels to have, for those that the samples come with, by FFmpeg's names.
        origin: second in the file's own time at which sample 0 is heard; None for the start of the file, which is where
            its first sound or picture starts.
        shifts: as for `speech.placing.place`.
        wanted: number of the first sample that is wanted; of those before it, any may be left out.

    Raises:
        av.FFmpegError, OSError, ValueError: it cannot be read or decoded.
    """
    if wanted > LEAST * rate and track == 0 and not shifts:
        found = find_grid(path, origin)
        if found is not None:
            yield from _blocks_from(path, *found, _Timeline(rate, form, layout), Fraction(wanted, rate))
            return
    with opened(path) as container:
        stream = container.streams.audio[track]
        timeline = _Timeline(rate, form, layout)
        pieces = decoded(container, stream)
        for piece, start, jumps in place(pieces, discontinuous=is_discontinuous(container), shifts=shifts):
            if origin is None:
                origin = start_of(container, stream, piece, start)
            yield from timeline.add(piece.content, start - origin, jumps)
        yield from timeline.finish()


def _blocks_from(
    path: Path, grid: Grid, container: InputContainer, timeline: "_Timeline", second: Fraction
) -> Iterator[Block]:
    """Decode a sound track that lies on a grid from shortly before a second of the timeline on."""
    rate = grid.kind.rate
    begin = int((second - grid.start - PREROLL) * rate)
    due: int | None = None
    with container:
        for at, frame in frames_from(path, container, grid, begin, None):
            follows = due is not None and abs(at - due) <= ROUNDING * rate
            yield from timeline.add(frame, grid.start + Fraction(at, rate), not follows)
            due = at + frame.samples * rate // frame.sample_rate
        yield from timeline.finish()


def start_of_pictures(path: Path) -> Fraction | None:
    """Return the second in a file's own time at which its pictures start; None for a file without any."""
    try:
        with opened(path) as container:
            return min(starts(container, sounds=False), default=None)
    except (av.FFmpegError, OSError):
        return None


def count_of_tracks(path: Path) -> int:
    """Return how many sound tracks a file has; 0 if it cannot be read."""
    try:
        with opened(path) as container:
            return len(container.streams.audio)
    except (av.FFmpegError, OSError):
        return 0


def late_start(path: Path) -> Fraction:
    """Return by how many seconds a file starts after the zero of its own time; 0 where zero means nothing.

    In Matroska and MP4 an empty beginning may be meant, such as by an empty edit. Recordings of streams start anywhere.
    """
    try:
        with opened(path) as container:
            if is_discontinuous(container):
                return Fraction(0)
            return max(Fraction(0), min(starts(container), default=Fraction(0)))
    except (av.FFmpegError, OSError):
        return Fraction(0)


def most_seconds(path: Path) -> Fraction | None:
    """Return a number of seconds that the timeline of the first sound track does not exceed; None if it cannot be told.

    The packets are counted, and nothing is decoded.
    """
    try:
        with opened(path) as container:
            stream = container.streams.audio[0]
            first, end = None, Fraction(0)
            for piece, start, _ in place(packets(container, stream), discontinuous=is_discontinuous(container)):
                if first is None:
                    first = min([start, *starts(container, but=stream)])
                end = max(end, start + piece.duration - first)
            return end + _PACKETS_ERR
    except (av.FFmpegError, OSError, NoDurationError):
        return None


class _Timeline:
    """Brings frames to one rate, and tells where their samples lie."""

    def __init__(self, rate: int, form: str, layout: Callable[[str], str]) -> None:
        self._rate = rate
        self._form = form
        self._layout = layout
        self._kind: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None
        self._name = ""
        self._at = 0  # of the resampler's next sample
        self._end = 0  # of the last block

    def add(self, frame: av.AudioFrame, start: Fraction, jumps: bool) -> Iterator[Block]:
        """Take a frame that starts at a second of the timeline."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if jumps or kind != self._kind:  # broadcasts change their layout between programmes
            yield from self.finish()
            self._kind = kind
            self._name = self._layout(layout_name(frame.layout))
            self._resampler = av.AudioResampler(self._form, self._name, self._rate)
            self._at = first_sample(start, self._rate)
        assert self._resampler is not None
        yield from self._blocks(self._resampler.resample(frame))

    def finish(self) -> Iterator[Block]:
        """Give what the resampler still holds."""
        if self._resampler is not None:
            yield from self._blocks(self._resampler.resample(None))
            self._resampler = None

    def _blocks(self, frames: list[av.AudioFrame]) -> Iterator[Block]:
        for frame in frames:
            channels = frame.layout.nb_channels
            samples = frame.to_ndarray().reshape(-1, channels).T
            start = max(self._at, self._end)
            heard = samples[:, start - self._at :]
            self._at += samples.shape[1]
            if heard.shape[1]:
                self._end = start + heard.shape[1]
                yield Block(start, heard, self._name)
