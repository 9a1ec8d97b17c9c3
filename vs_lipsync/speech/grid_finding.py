"""Which sound tracks can be read from anywhere: those whose packets follow each other without a gap.

In such a track the time of a packet tells which samples it holds, and `speech.placing.place` would put it just there.
So nothing before it has to be decoded, but for what brings a decoder into its state. It is a property of the file
alone, whatever was read of it before.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer

from vs_lipsync.speech.placing import ROUNDING, Piece
from vs_lipsync.speech.sound_grid import Grid, StreamKind, frame_kind
from vs_lipsync.speech.sound_seek import alone, sought
from vs_lipsync.speech.sound_stream import opened, start_of

__all__ = ["LEAST", "find_grid"]

_FIXED: Final = {"aac", "mp3", "mp3float", "mp2", "mp2float", "ac3", "eac3"}
"""FFmpeg's decoders of packets that all last as long, and whose state is that of a second at most."""

_VARYING: Final = {"flac", "alac", "opus", "libopus"}
"""The same for those that may vary. Of Vorbis, FFmpeg does not tell rightly how long packets last."""

_AAC_PROFILES: Final = {"LC", "HE-AAC", "HE-AACv2"}
"""Of AAC; Main and LTP predict from all that was before, and xHE-AAC can be entered only here and there."""

_CONTIGUOUS: Final = {"wav", "w64", "aiff", "au"}
"""FFmpeg's formats in which samples have numbers and not times, and one rate. Files of FLAC may have been joined."""

_RATE_BITS: Final = {"aac": (2, 0b00111100), "mp3": (2, 0b00001100)}
"""Of raw streams that may change their rate on the way, the bits of a packet that tell it: which byte, and a mask."""

_COUNTED: Final = {"ac3", "eac3"}
"""The same without such bits; they are counted from the start."""

_INDEXED: Final = {"matroska", "mp4"}
"""Formats that are sought in by the times of their packets, which are read here and there only."""

_FORMATS: Final = {"u8", "s16", "s32", "flt", "dbl"}
"""Of samples, planar or not, that arrays can hold and frames be made of."""

LEAST: Final = 30
"""Seconds up to which decoding everything is as good."""

_HEAD: Final = 8
"""Packets whose samples are counted."""

_MOST_SILENT: Final = 16
"""Packets that may give no samples at the start."""

_PROBES: Final = 48
"""Places at which packets are looked at in formats that are `_INDEXED`."""

_FEW_PROBES: Final = 4
"""The same in formats all of whose packets were read."""

_ENTRIES: Final = 4096
"""Entries of an index that are looked at."""

_NEAR: Final = 120
"""Seconds before a place at which a search for it has to end for reading from anywhere to be worth while."""


def find_grid(path: Path, origin: Fraction | None) -> tuple[Grid, InputContainer] | None:
    """Return where the samples of the first sound track of a file lie; None if it has to be decoded from the start.

    Args:
        path: the file.
        origin: second in the file's own time at which its timeline begins; None for the start of the file.

    Returns:
        The grid, and the file, open: of some formats FFmpeg has its places by now.
    """
    try:
        with opened(path) as container:
            stream = alone(container)
            grid = _head(container, stream, origin) if _is_known(container, stream) else None
        if grid is None:
            return None
        container = opened(path)
        checked = _checked(container, alone(container), grid)
    except (av.FFmpegError, OSError, ValueError):  # whoever decodes it will say what is wrong
        return None
    return None if checked is None else (checked, container)


def _is_known(container: InputContainer, stream: av.AudioStream) -> bool:
    """Tell whether a decoder is ready after a second, in a file that is long enough for it to matter."""
    context = stream.codec_context
    if context is None:  # of a codec that FFmpeg does not know
        return False
    seconds = _seconds(container, stream)
    if seconds is not None and seconds <= LEAST:
        return False
    if container.format.name in _COUNTED:
        return False
    if context.name == "aac":
        return stream.profile in _AAC_PROFILES
    return context.name in _FIXED | _VARYING or context.name.startswith("pcm_")


def _seconds(container: InputContainer, stream: av.AudioStream) -> Fraction | None:
    """Return how long a track is, as far as the file says it; of one from a pipe, as long as its bytes last."""
    if container.format.name in ("wav", "w64", "aiff", "au") and stream.codec_context.bit_rate:
        return Fraction(8 * (container.size or 0), stream.codec_context.bit_rate)
    if stream.duration and stream.time_base:
        return Fraction(stream.duration * stream.time_base)
    return Fraction(container.duration, av.time_base) if container.duration else None


def _head(container: InputContainer, stream: av.AudioStream, origin: Fraction | None) -> Grid | None:
    """Decode the first packets, and return where samples lie if they follow each other; without `Grid.last`."""
    first: Piece[av.AudioFrame] | None = None
    kind: StreamKind | None = None
    counted = []  # time of a packet, number of its first sample, samples
    total = 0
    for number, packet in enumerate(container.demux(stream)):
        frames = [frame for frame in packet.decode() if frame.samples]
        if not frames and number < _MOST_SILENT and packet.size and first is None:
            continue
        if not frames or packet.pts is None or frames[0].pts is None or not stream.time_base:
            return None
        here = frame_kind(frames[0])
        if first is None:
            kind, frame = here, frames[0]
            first = Piece(Fraction(frames[0].pts * stream.time_base), Fraction(frame.samples, here.rate), frame)
        elif any(frame_kind(frame) != kind for frame in frames) or frames[0].pts != packet.pts:
            return None
        counted.append((packet.pts, total, sum(frame.samples for frame in frames)))
        total += counted[-1][2]
        if len(counted) == _HEAD:
            break
    if len(counted) < _HEAD or first is None or kind is None or first.time is None or not stream.time_base:
        return None
    if kind.form.removesuffix("p") not in _FORMATS or kind.rate <= 0:
        return None
    ticks = Fraction(kind.rate * stream.time_base)
    lengths = {samples for _, _, samples in counted[1:]}
    by_time = stream.codec_context.name not in _FIXED and ticks <= 1
    if not by_time and len(lengths) != 1:
        return None
    start = first.time - (start_of(container, stream, first, first.time) if origin is None else origin)
    time, sample, _ = counted[1]
    grid = Grid(kind, ticks, time, sample, 1 if by_time else lengths.pop(), start, time)
    most = ROUNDING * kind.rate
    if abs(first.time * kind.rate - time * ticks + sample) > most:
        return None
    return grid if all(abs(grid.sample_at(at) - number) <= most for at, number, _ in counted[1:]) else None


def _checked(container: InputContainer, stream: av.AudioStream, grid: Grid) -> Grid | None:
    """Return a grid with its last packet if the packets of a file keep to it and can be sought, or None."""
    names = container.format.name.split(",")
    seconds = _seconds(container, stream)
    if seconds is not None and (
        names[0] in _CONTIGUOUS
        or (_INDEXED & set(names) and grid.unit > 1 and _probed(container, stream, grid, seconds))
    ):
        packets = sought(container, stream, grid, int((seconds - 1) * grid.kind.rate))
        last = None if packets is None else _last(packets, grid, None)
        return None if last is None else replace(grid, last=last)
    with opened(Path(container.name)) as again:
        # Of raw streams, what has been read of them has to be known to seek in them.
        source = container if names[0] in _RATE_BITS else again
        last = _last(source.demux(alone(source)), grid, _RATE_BITS.get(names[0]))
    if last is None:
        return None
    grid = replace(grid, last=last)
    end = Fraction(grid.sample_at(last), grid.kind.rate)
    found = all(_is_found(container, stream, grid, n * end / _FEW_PROBES) for n in range(1, _FEW_PROBES))
    return grid if found else None


def _probed(container: InputContainer, stream: av.AudioStream, grid: Grid, seconds: Fraction) -> bool:
    """Tell whether packets here and there are where they would be without gaps, and can be found."""
    table = stream.index_entries
    if "mp4" in container.format.name:
        step, first = grid.unit / grid.ticks, table[0].timestamp if len(table) else 0
        if abs(Fraction(len(table) * grid.unit, grid.kind.rate) - seconds) > 1:  # in fragments, it is not all there
            return False
        most = ROUNDING * grid.kind.rate / grid.ticks
        numbers = range(0, len(table) - 1, max(1, len(table) // _ENTRIES))
        return all(abs(table[n].timestamp - first - n * step) <= most for n in numbers)
    return all(_is_found(container, stream, grid, n * seconds / _PROBES) for n in range(1, _PROBES))


def _is_found(container: InputContainer, stream: av.AudioStream, grid: Grid, second: Fraction) -> bool:
    """Tell whether there is a packet that keeps to the grid not far before a second of the track."""
    sample = int(second * grid.kind.rate)
    packet = next(sought(container, stream, grid, sample) or iter(()), None)
    if packet is None or packet.pts is None:
        return False
    return grid.holds(packet.pts) and grid.sample_at(packet.pts) >= sample - _NEAR * grid.kind.rate


def _last(packets: "Iterator[av.Packet[av.AudioStream]]", grid: Grid, rate_bits: tuple[int, int] | None) -> int | None:
    """Return the time of the last one of packets; None if they do not follow each other, or not on the grid.

    Args:
        packets: which are not decoded.
        grid: where they should lie.
        rate_bits: as in `_RATE_BITS`.
    """
    rate: int | None = None
    most = float(ROUNDING * grid.kind.rate / grid.ticks)
    step = float(grid.unit / grid.ticks)
    base = due = 0.0
    last: int | None = None
    for number, packet in enumerate(packets):
        time = packet.pts
        if time is None:
            if packet.size:
                return None
            continue
        if last is None:
            if not grid.holds(time):
                return None
            base = due = float(time)
        elif abs(time - due) > most or time <= last:
            return None
        last = time
        if rate_bits is not None:
            byte, mask = rate_bits
            here = memoryview(packet)[byte] & mask
            if rate not in (None, here):
                return None
            rate = here
        due = base + (number + 1) * step if grid.unit > 1 else due + (packet.duration or 0)
    return last
