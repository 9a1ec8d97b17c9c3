"""The sound track of the output, written before it is encoded: one dub as it is, or several sounds mixed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import DubError, JobError, one_line
from vs_lipsync.speech.mono import downmix_weights, has_places
from vs_lipsync.speech.sound_timeline import Block, SoundKind, blocks, kind_of

__all__ = ["RATE", "AudioClip", "Mix", "has_sound", "render", "render_dub"]

RATE: Final = 48000
"""Samples per second of the track."""

_CEILING: Final = 10 ** (-1 / 20)
"""Amplitude that the highest sample of a mix has when it would have been beyond full scale: 1 dB below it, room that
lossy encoders need (EBU R 128 asks for as much)."""

_FADE: Final = RATE // 100
"""Samples over which a sound fades in or out, where it does."""

_CHUNK: Final = RATE
"""Samples that are mixed at once."""

_LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}

_CODECS: Final = {
    "u8": "pcm_u8", "s16": "pcm_s16le", "s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le",
}  # fmt: skip
_DTYPES: Final = {"u8": "u1", "s16": "i2", "s32": "i4", "flt": "f4", "dbl": "f8"}

type Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AudioClip:
    """A file that is heard in a track.

    Attributes:
        path: of the file, of which the first sound track is taken.
        at: second of the track at which the file begins; below 0, its beginning is left out.
        spans: seconds of the track from which and until which it is heard, in order.
        zero: second in the file's own time that counts as its beginning, such as that of its first picture; None for
            the start of the file, as for dubs.
        fades: whether it fades in and out where it is cut off.
        shifts: as for `speech.placing.place`, for sound that has to keep to pictures.
        gain: factor by which its samples are louder.
    """

    path: Path
    at: Fraction
    spans: Sequence[tuple[Fraction, Fraction]]
    zero: Fraction | None = None
    fades: bool = False
    shifts: Sequence[Fraction] = ()
    gain: float = 1.0


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
        clips: what it is mixed of.
        length: its seconds.
        language: its ISO 639-2 code; empty if it is not known.
    """

    clips: Sequence[AudioClip]
    length: Fraction
    language: str = ""


def render(clips: Sequence[AudioClip], length: Fraction, output: Path) -> float:
    """Mix sounds into a track of 32-bit floats: the channels of the richest one, mono in the middle.

    Where sounds that overlap add up to more than full scale, the whole track is made quieter, until its highest sample
    is 1 dB below that: nothing is clipped, and nothing moves against the rest.

    Args:
        clips: what it is mixed of.
        length: seconds of the track.
        output: the .w64 file to write.

    Returns:
        The dB by which it was made quieter; 0 if the sounds fit.

    Raises:
        JobError: a file cannot be decoded, or the track not be written.
    """
    peak = _render(clips, length, output, 1.0)
    if peak <= 1.0 or (len(clips) == 1 and clips[0].gain <= 1.0):  # one sound alone is left as it is
        return 0.0
    _render(clips, length, output, _CEILING / peak)
    return float(20 * np.log10(peak / _CEILING))


def _render(clips: Sequence[AudioClip], length: Fraction, output: Path, gain: float) -> float:
    """Write the mix of sounds times a factor; returns its peak."""
    layout = av.AudioLayout(_layout([one.path for one in clips]))
    total = round(length * RATE)
    waiting = [_MixInput(one, layout, total) for one in clips]
    peak = 0.0
    with _written(output, "pcm_f32le", SoundKind(RATE, layout.name, "flt", 32)) as write:
        for start in range(0, total, _CHUNK):
            mixed = np.zeros((layout.nb_channels, min(_CHUNK, total - start)), np.float32)
            for source in waiting:
                source.add_to(mixed, start)
            waiting = [source for source in waiting if source.stop > start + _CHUNK]
            mixed *= np.float32(gain)
            peak = max(peak, float(np.abs(mixed).max(initial=0.0)))
            write(mixed)
    return peak


def render_dub(
    path: Path,
    delay: Fraction,
    length: Fraction | None,
    output: Path,
    *,
    track: int = 0,
    origin: Fraction | None = None,
    shifts: Sequence[Fraction] = (),
    kind: SoundKind | None = None,
) -> None:
    """Write a sound track of a file as it is on its timeline.

    Args:
        path: the file.
        delay: seconds of silence before its start; below 0, its beginning is left out.
        length: seconds at which it is cut off, counted from the start of what is written; None for its end.
        output: the .w64 file to write.
        track: number of the sound track, from 0 on.
        origin: second in the file's own time at which its timeline begins; None for the start of the file.
        shifts: as for `speech.placing.place`.
        kind: the rate, the channels and the kind of samples to write; None for the sound's own.

    Raises:
        JobError: the file cannot be decoded, or the track not be written.
    """
    try:
        kind = kind or kind_of(path, track)
    except DubError as error:
        raise JobError(one_line(error)) from error
    channels = av.AudioLayout(kind.layout).nb_channels
    total = None if length is None else round(length * kind.rate)
    shift, at = round(delay * kind.rate), 0
    dtype = np.dtype(_DTYPES[kind.form])
    silence = 128 if kind.form == "u8" else 0
    with _written(output, _codec(kind), kind) as write:

        def be_silent(stop: int) -> int:
            for start in range(at, stop, _CHUNK):
                write(np.full((channels, min(_CHUNK, stop - start)), silence, dtype))
            return max(at, stop)

        for block in _decoded(path, kind, track, lambda own: kind.layout, origin, shifts):
            start = block.start + shift
            samples = block.samples[:, max(0, at - start) :]
            start = max(start, at)
            if total is not None and start >= total:
                at = be_silent(total)
                break
            if samples.shape[1]:
                at = be_silent(start)
                samples = samples if total is None else samples[:, : total - at]
                write(samples)
                at += samples.shape[1]
        if at == 0:  # nothing of it is heard
            be_silent(total or 1)


@contextmanager
def _written(output: Path, codec: str, kind: SoundKind) -> Iterator[Callable[[NDArray[Any]], None]]:
    """Open a .w64 file, and give what writes samples [channels, n] to it."""
    try:
        with av.open(str(output), "w", format="w64") as container:
            stream = container.add_stream(codec, rate=kind.rate, layout=kind.layout)
            assert isinstance(stream, av.AudioStream)
            at = 0

            def write(samples: NDArray[Any]) -> None:
                nonlocal at
                packed = np.ascontiguousarray(samples.T).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(packed, kind.form, kind.layout)
                frame.sample_rate, frame.pts = kind.rate, at
                at += samples.shape[1]
                container.mux(stream.encode(frame))

            yield write
            container.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as error:
        raise JobError(f"cannot write the sound: {one_line(error)}") from error


def _codec(kind: SoundKind) -> str:
    """Return the PCM codec that keeps samples as they are."""
    return "pcm_s24le" if kind.form == "s32" and 0 < kind.bits <= 24 else _CODECS[kind.form]


def _decoded(
    path: Path,
    kind: SoundKind,
    track: int,
    layout: Callable[[str], str],
    origin: Fraction | None,
    shifts: Sequence[Fraction],
) -> Iterator[Block]:
    """Decode a sound track; arguments and results as for `speech.sound_timeline.blocks`, errors as JobError."""
    try:
        yield from blocks(path, kind.rate, track=track, form=kind.form, layout=layout, origin=origin, shifts=shifts)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise JobError(f"cannot decode {path}: {one_line(error)}") from error


class _MixInput:
    """One sound, read forward."""

    def __init__(self, clip: AudioClip, layout: av.AudioLayout, total: int) -> None:
        self._clip = clip
        self._layout = layout
        self._at = round(clip.at * RATE)
        spans = [(max(0, round(first * RATE)), min(total, round(stop * RATE))) for first, stop in clip.spans]
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
        if self._clip.fades:
            if first > 0:
                gain = np.minimum(gain, (numbers - first + 0.5) / _FADE)
            if stop < self._total:
                gain = np.minimum(gain, (stop - numbers - 0.5) / _FADE)
        return np.asarray(gain * self._clip.gain, np.float32)

    def _read(self, start: int, stop: int) -> Samples:
        """Return samples [channels, stop - start] of the file, none of them before any that were read."""
        if self._blocks is None:
            kind = SoundKind(RATE, self._layout.name, "flt", 32)
            clip = self._clip
            decoded = _decoded(clip.path, kind, 0, self._channels, clip.zero, clip.shifts)
            self._blocks = ((block.start, self._spread(block)) for block in decoded)
        out = np.zeros((self._layout.nb_channels, stop - start), np.float32)
        self._held = [held for held in self._held if held[0] + held[1].shape[1] > start]
        while not self._held or self._held[-1][0] < stop:
            block = next(self._blocks, None)
            if block is None:
                break
            if block[0] + block[1].shape[1] > start:
                self._held.append(block)
        for at, samples in self._held:
            first, last = max(at, start), min(at + samples.shape[1], stop)
            if first < last:
                out[:, first - start : last - start] = samples[:, first - at : last - at]
        return out

    def _channels(self, own: str) -> str:
        """Return what a file's channels are brought to: mono, and many without places, are put in the middle later."""
        count = av.AudioLayout(own).nb_channels
        if count > max(_LAYOUTS) and not has_places(own):
            return own
        return "mono" if count == 1 else self._layout.name

    def _spread(self, block: Block) -> Samples:
        """Put mono sound in the middle, as loud as it is, and a mono of channels without places."""
        samples = block.samples
        names = [channel.name for channel in self._layout.channels]
        if len(samples) == len(names):
            return samples
        if len(samples) > 1:
            samples = (downmix_weights(block.layout) @ samples)[None]
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
