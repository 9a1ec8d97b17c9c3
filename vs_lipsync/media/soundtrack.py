"""One sound track out of several files, to the sample."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import JobError, one_line

__all__ = ["RATE", "AudioClip", "Mix", "has_sound", "render"]

RATE: Final = 48000
"""Samples per second of the track."""

_FADE: Final = RATE // 100
"""Samples over which a sound fades in or out, where it does."""

_CHUNK: Final = RATE
"""Samples that are mixed at once."""

_GAP: Final = Fraction(1, 10)
"""Seconds that a sound's own times must lack for there to be a gap in it: containers round times."""

_LEAST_SILENCE: Final = 1e-3
"""Seconds: a dub that starts this little after its file starts with it."""

_EARLY: Final = 5
"""Seconds before a place from which a file is read, for decoders to be at ease there."""

_LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}

type Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AudioClip:
    """A file that is heard in a track.

    Attributes:
        path: of the file, of which the first sound track is taken.
        at: second of the track at which the file begins; below 0, its beginning is left out.
        spans: seconds of the track from which and until which it is heard, in order.
        zero: second in the file's own time that is its beginning, for sound that has to keep to it, gaps and all; None
            for one that begins when the file does and goes on without gaps, as dubs are read.
        fades: whether it fades in and out where it is cut off.
    """

    path: Path
    at: Fraction
    spans: Sequence[tuple[Fraction, Fraction]]
    zero: Fraction | None = None
    fades: bool = False


def has_sound(path: Path) -> bool:
    """Tell whether a media file has a sound track."""
    try:
        with _open(path) as container:
            return bool(container.streams.audio)
    except (av.FFmpegError, OSError):
        return False


@dataclass(frozen=True, slots=True)
class Mix:
    """A track that is still to be made.

    Attributes:
        heard: what is heard.
        length: its seconds.
        language: its ISO 639-2 code; empty if it is not known.
    """

    heard: Sequence[AudioClip]
    length: Fraction
    language: str = ""


def render(heard: Sequence[AudioClip], length: Fraction, output: Path) -> None:
    """Mix sounds into a track of 32-bit floats: the channels of the richest one, mono in the middle.

    Args:
        heard: what is heard.
        length: seconds of the track.
        output: the .w64 file to write.

    Raises:
        JobError: a file cannot be decoded, or the track not be written.
    """
    layout = av.AudioLayout(_layout([one.path for one in heard]))
    total = round(length * RATE)
    waiting = [_MixInput(one, layout, total) for one in heard]
    try:
        with av.open(str(output), "w", format="w64") as container:
            stream = container.add_stream("pcm_f32le", rate=RATE, layout=layout.name)
            for start in range(0, total, _CHUNK):
                mixed = np.zeros((layout.nb_channels, min(_CHUNK, total - start)), np.float32)
                for source in waiting:
                    source.add_to(mixed, start)
                waiting = [source for source in waiting if source.stop > start + _CHUNK]
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(mixed.T).reshape(1, -1), "flt", layout.name)
                frame.sample_rate, frame.pts = RATE, start
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as error:
        raise JobError(f"cannot write the sound: {one_line(error)}") from error


class _MixInput:
    """One sound, read forward."""

    def __init__(self, heard: AudioClip, layout: av.AudioLayout, total: int) -> None:
        self._heard = heard
        self._layout = layout
        self._at = round(heard.at * RATE)
        spans = [(max(0, round(first * RATE)), min(total, round(stop * RATE))) for first, stop in heard.spans]
        self._spans = [(max(first, self._at), stop) for first, stop in spans if stop > max(first, self._at)]
        self.stop = self._spans[-1][1] if self._spans else 0
        self._total = total
        self._blocks: Iterator[tuple[int, Samples]] | None = None
        self._held: list[tuple[int, Samples]] = []  # what was decoded and is not over yet

    def add_to(self, mixed: Samples, start: int) -> None:
        """Add what is heard to samples [channels, n] of the track from number `start` on."""
        end = start + mixed.shape[1]
        for first, stop in self._spans:
            begin, until = max(first, start), min(stop, end)
            if begin < until:
                found = self._read(begin - self._at, until - self._at)
                mixed[:, begin - start : until - start] += found * self._gain(np.arange(begin, until), first, stop)

    def _gain(self, numbers: NDArray[np.int64], first: int, stop: int) -> Samples:
        """Return how loud samples of the track are heard that lie in a span."""
        gain = np.ones(len(numbers), np.float32)
        if self._heard.fades:
            if first > 0:
                gain = np.minimum(gain, (numbers - first + 0.5) / _FADE)
            if stop < self._total:
                gain = np.minimum(gain, (stop - numbers - 0.5) / _FADE)
        return np.asarray(gain, np.float32)

    def _read(self, start: int, stop: int) -> Samples:
        """Return samples [channels, stop - start] of the file, none of them before any that were read."""
        if self._blocks is None:
            self._blocks = _blocks(self._heard, self._layout, start)
        out = np.zeros((self._layout.nb_channels, stop - start), np.float32)
        while not self._held or self._held[-1][0] < stop:
            block = next(self._blocks, None)
            if block is None:
                break
            self._held = [held for held in self._held if held[0] + held[1].shape[1] > start]
            self._held.append(block)
        for at, samples in self._held:
            first, last = max(at, start), min(at + samples.shape[1], stop)
            if first < last:
                out[:, first - start : last - start] = samples[:, first - at : last - at]
        return out


def _blocks(heard: AudioClip, layout: av.AudioLayout, start: int) -> Iterator[tuple[int, Samples]]:
    """Decode a file, from well before sample `start` on, into blocks [channels, n] and the numbers they begin with."""
    try:
        with _open(heard.path) as container:
            stream = container.streams.audio[0]
            zero = heard.zero
            if zero is not None and start > 2 * _EARLY * RATE:
                container.seek(int((zero + Fraction(start, RATE) - _EARLY) * av.time_base))
            converter = _Converter(layout)
            at: int | None = None
            for frame in _frames(container, stream):
                if frame is not None and frame.pts is not None and (at is None or zero is not None):
                    origin = Fraction(container.start_time or 0, av.time_base) if zero is None else zero
                    place = round((frame.pts * frame.time_base - origin) * RATE)
                    if at is None:
                        at = place if zero is not None or place > _LEAST_SILENCE * RATE else 0
                    elif place > at + _GAP * RATE:
                        for block in converter.convert(None):
                            yield at, block
                            at += block.shape[1]
                        at = place
                at = at or 0
                for block in converter.convert(frame):
                    yield at, block
                    at += block.shape[1]
    except (av.FFmpegError, OSError, ValueError) as error:
        raise JobError(f"cannot decode {heard.path}: {one_line(error)}") from error


def _frames(container: "av.container.InputContainer", stream: av.AudioStream) -> Iterator[av.AudioFrame | None]:
    """Yield the frames of a stream, without those that are damaged, and None behind the last."""
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue  # what follows may be sound again
    yield None


class _Converter:
    """Brings frames of any kind to the rate and the channels of a track."""

    def __init__(self, layout: av.AudioLayout) -> None:
        self._layout = layout
        self._kind: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def convert(self, frame: av.AudioFrame | None) -> list[Samples]:
        """Return what is there by now, as blocks [channels, n]; None ends the sound."""
        kind = None if frame is None else (frame.format.name, frame.layout.name, frame.sample_rate)
        parts: list[av.AudioFrame] = []
        if kind != self._kind and self._resampler is not None:  # broadcasts change their layout between programmes
            parts += self._resampler.resample(None)
            self._resampler = None
        self._kind = kind
        if frame is not None:
            if self._resampler is None:
                mono = frame.layout.nb_channels == 1
                self._resampler = av.AudioResampler("fltp", "mono" if mono else self._layout.name, RATE)
            parts += self._resampler.resample(frame)
        return [self._spread(np.asarray(part.to_ndarray(), np.float32)) for part in parts]

    def _spread(self, samples: Samples) -> Samples:
        """Put mono sound in the middle, as loud as it is."""
        names = [channel.name for channel in self._layout.channels]
        if len(samples) == len(names):
            return samples
        out = np.zeros((len(names), samples.shape[1]), np.float32)
        out[names.index("FC") if "FC" in names else slice(None)] = samples[0]
        return out


def _layout(paths: Sequence[Path]) -> str:
    """Return the least of the usual layouts that has room for the channels of every file."""
    most = 1
    for path in set(paths):
        try:
            with _open(path) as container:
                most = max(most, container.streams.audio[0].codec_context.layout.nb_channels)
        except (av.FFmpegError, OSError, IndexError) as error:
            raise JobError(f"{path} has no sound that can be read: {one_line(error)}") from error
    return next((name for channels, name in _LAYOUTS.items() if channels >= most), "7.1")


def _open(path: Path) -> "av.container.InputContainer":
    return av.open(str(path.absolute()), options={"protocol_whitelist": "file"})
