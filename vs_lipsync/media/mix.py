"""A sound track that is mixed of several sounds, such as a dub over what is kept of the original."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.sound_writer import decoded, written
from vs_lipsync.speech.mono import downmix_weights, has_places
from vs_lipsync.speech.sound_timeline import Block, SoundKind

__all__ = ["RATE", "AudioClip", "Mix", "has_sound", "render"]

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
    with written(output, SoundKind(RATE, layout.name, "flt", 32)) as write:
        for start in range(0, total, _CHUNK):
            mixed = np.zeros((layout.nb_channels, min(_CHUNK, total - start)), np.float32)
            for source in waiting:
                source.add_to(mixed, start)
            waiting = [source for source in waiting if source.stop > start + _CHUNK]
            mixed *= np.float32(gain)
            peak = max(peak, float(np.abs(mixed).max(initial=0.0)))
            write(mixed)
    return peak


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
            found = decoded(clip.path, kind, 0, self._channels, clip.zero, clip.shifts, start)
            self._blocks = ((block.start, self._spread(block)) for block in found)
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
