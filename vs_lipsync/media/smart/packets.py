"""The packets of a file's picture stream, and where the stream can be taken apart."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from vs_lipsync.errors import SmartRenderError, one_line
from vs_lipsync.media.smart.codec import Codec, StreamFacts

__all__ = ["Entry", "Packets", "facts_of", "numbered_packets", "read_packets"]

_MATRIX: Final = struct.Struct("<9i")
_QUARTERS: Final = {(1, 0, 0, 1): 0, (0, -1, 1, 0): 1, (-1, 0, 0, -1): 2, (0, 1, -1, 0): 3}


@dataclass(frozen=True, slots=True)
class Entry:
    """A packet with which decoding can begin after pictures of another encoder.

    Attributes:
        packet: its number.
        leading: how many packets behind it are of pictures that are shown before it.
    """

    packet: int
    leading: int

    @property
    def frame(self) -> int:
        """The first frame that is shown of what is copied from here on."""
        return self.packet + self.leading


@dataclass(frozen=True, slots=True)
class Packets:
    """The packets of a stream that are shown, in the order in which they are decoded.

    Attributes:
        times: [packets] when each is shown, in the stream's own ticks.
        sizes: [packets] bytes of each.
        keys: [packets] whether the file says of each that it can be decoded without others.
        places: [packets] which of the frames, in the order in which they are shown, is in each.
        numbers: [packets] which of all of the stream's packets each is: some may be decoded and not shown.
        entries: where copying can begin.
        exits: [packets + 1] whether all frames before a packet are shown before all that come from it on, so that
            copying can end there.
        delay: by how many packets a picture is shown later than it is decoded, at most.
        time_base: seconds of a tick.
    """

    times: NDArray[np.int64]
    sizes: NDArray[np.int64]
    keys: NDArray[np.bool_]
    places: NDArray[np.int64]
    numbers: NDArray[np.int64]
    entries: tuple[Entry, ...]
    exits: NDArray[np.bool_]
    delay: int
    time_base: Fraction

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.times)

    @property
    def gaps(self) -> NDArray[np.int64]:
        """Packets before which there is one that is not shown: what comes behind may need it, so it is not copied."""
        return np.flatnonzero(np.diff(self.numbers) != 1) + 1

    @property
    def shown(self) -> NDArray[np.int64]:
        """[frames] when each is shown, in the order in which they are, in the stream's own ticks."""
        return np.sort(self.times)


def facts_of(path: Path, number: int) -> StreamFacts:
    """Read what a file says of its picture stream.

    Args:
        path: the file.
        number: of the stream among all of the file's.

    Raises:
        SmartRenderError: it cannot be read.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams[number]
            if not isinstance(stream, av.VideoStream) or stream.codec_context.format is None:
                raise SmartRenderError("its picture stream is of no known kind")
            codec, form = stream.codec_context, stream.codec_context.format
            chroma = 0
            if len(form.components) >= 3:
                half = form.chroma_width(64) == 32, form.chroma_height(64) == 32
                chroma = {(True, True): 1, (True, False): 2}.get(half, 3)
            return StreamFacts(
                codec=codec.codec.canonical_name,
                profile=codec.profile or "",
                pixel_format=form.name.replace("yuvj", "yuv"),
                bits=form.components[0].bits,
                chroma=chroma,
                extradata=bytes(codec.extradata or b""),
                turns=_turns(codec),
                tag=int.from_bytes((codec.codec_tag or "").encode("latin-1")[:4].ljust(4, b"\0"), "little"),
            )
    except (av.FFmpegError, OSError, IndexError) as error:
        raise SmartRenderError(f"it cannot be read: {one_line(error)}") from error


def _turns(codec: av.VideoCodecContext) -> int | None:
    """Return the quarter turns that a display matrix asks for: nine numbers, of which the first are in 1/65536."""
    data = dict(getattr(codec, "coded_side_data", {})).get("display_matrix", b"")
    if len(data) != _MATRIX.size:
        return 0
    a, b, _, c, d, *_ = _MATRIX.unpack(data)
    return _QUARTERS.get((a >> 16, b >> 16, c >> 16, d >> 16))


def numbered_packets(container: InputContainer, stream: int) -> Iterator[tuple[int, "av.Packet[Any]"]]:
    """Yield the packets of a stream with their numbers: all that hold anything."""
    packets = (packet for packet in container.demux(container.streams[stream]) if packet.size)
    return enumerate(packets)


def read_packets(path: Path, number: int, codec: Codec, done: Callable[[], None] = lambda: None) -> Packets:
    """Read all packets of a stream.

    Args:
        path: the file.
        number: of the stream among all of the file's.
        codec: looks at each packet.
        done: called after each packet.

    Raises:
        SmartRenderError: the packets cannot be told apart from each other by their times, or must not be copied.
    """
    times: list[int] = []
    sizes: list[int] = []
    numbers: list[int] = []
    keys: list[bool] = []
    candidates: list[int] = []
    try:
        with av.open(str(path)) as container:
            base = container.streams[number].time_base
            for n, packet in numbered_packets(container, number):
                if packet.is_corrupt:
                    raise SmartRenderError("it is damaged")
                entry = codec.is_entry(bytes(packet), packet.is_keyframe)
                done()
                if packet.is_discard:
                    continue
                if packet.pts is None:
                    raise SmartRenderError("its packets do not say when they are shown")
                if entry:
                    candidates.append(len(times))
                times.append(packet.pts)
                sizes.append(packet.size)
                numbers.append(n)
                keys.append(packet.is_keyframe)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SmartRenderError(f"it cannot be read: {one_line(error)}") from error
    codec.check()
    if not times or base is None:
        raise SmartRenderError("it has no pictures")
    step = Fraction(base.numerator, base.denominator)
    shown = np.array(times, np.int64)
    if len(np.unique(shown)) != len(shown):
        raise SmartRenderError("several of its packets are shown at the same time")
    places = np.empty(len(shown), np.int64)
    places[np.argsort(shown)] = np.arange(len(shown))
    before = np.maximum.accumulate(places)
    exits = np.ones(len(shown) + 1, bool)
    exits[1:] = before == np.arange(len(shown))
    entries = tuple(_entries(candidates, places, exits, codec, is_whole=numbers[0] == 0))
    delay = max(0, int((places - np.arange(len(places))).max()))
    return Packets(
        shown, np.array(sizes, np.int64), np.array(keys), places, np.array(numbers), entries, exits, delay, step
    )


def _entries(
    candidates: list[int], places: NDArray[np.int64], exits: NDArray[np.bool_], codec: Codec, *, is_whole: bool
) -> Iterator[Entry]:
    """Yield where copying can begin: what comes from there on is shown after what comes before, but for the leading."""
    if is_whole and 0 not in candidates and places[0] == 0:
        yield Entry(0, 0)  # where the file begins, whatever it begins with
    for packet in candidates:
        leading = int(places[packet]) - packet
        if not exits[packet] or leading < 0 or (leading and not codec.replaces_leading):
            continue
        following = places[packet + 1 : packet + 1 + leading]
        if (following < places[packet]).all():  # no other one of those that follow is shown earlier: there are none
            yield Entry(packet, leading)
