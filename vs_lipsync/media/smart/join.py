"""Copied and encoded packets as one stream, in a file of their own that FFmpeg then puts together with the rest."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av

from vs_lipsync.errors import SmartRenderError, one_line
from vs_lipsync.media.smart.codec import Codec
from vs_lipsync.media.smart.packets import Packets, numbered_packets
from vs_lipsync.media.smart.runs import Run
from vs_lipsync.timing.timeline import ConstantRate, PartOf, Timeline

__all__ = ["EncodedPart", "digest", "join", "parts_of"]

_TICKS: Final = 1_000_000
"""Of a second, where the rate of the frames gives none."""

_MOST_TICKS: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class EncodedPart:
    """A file of encoded pictures.

    Attributes:
        path: of the file.
        first: number of its first frame in the clip.
        stop: number of the first frame behind it.
    """

    path: Path
    first: int
    stop: int


def parts_of(run: Run, parts: Sequence[EncodedPart]) -> list[EncodedPart]:
    """Return those parts that hold the frames of a run, in order."""
    return [part for part in parts if run.first <= part.first < run.stop]


def digest(data: bytes) -> bytes:
    """Return 16 bytes by which packets are told apart."""
    return hashlib.blake2b(data, digest_size=16).digest()


def join(
    source: tuple[Path, int],
    packets: Packets,
    codec: Codec,
    runs: Sequence[Run],
    parts: Sequence[EncodedPart],
    timeline: Timeline,
    output: Path,
) -> tuple[bytes, ...]:
    """Write one stream of copied and encoded packets.

    Args:
        source: the source and the number of its stream.
        packets: those of the source.
        codec: the source's.
        runs: what is copied, and what is encoded.
        parts: what was encoded, in order: all frames of the runs that are not copied.
        timeline: when the frames of the clip are shown; that of the first run's first one becomes 0.
        output: the file to write, in the container that the codec names.

    Returns:
        Digests of the packets in the order in which they are decoded, as the file has to hold them.

    Raises:
        SmartRenderError: the packets make no stream.
    """
    first, stop = runs[0].first, runs[-1].stop
    shown = PartOf(timeline, first)
    base = _time_base(timeline)
    try:
        with ExitStack() as stack:
            read = stack.enter_context(av.open(str(source[0])))
            numbers: Iterator[tuple[int, av.Packet[Any]]] = numbered_packets(read, source[1])
            places = _places(packets, runs, parts)
            delay = max(place - n for n, place in enumerate(places))  # 0 at least: some frame is the first
            written = stack.enter_context(av.open(str(output), "w", format=codec.container))
            stream = written.add_stream_from_template(read.streams[source[1]], opaque=True)
            assert isinstance(stream, av.VideoStream)
            if parts:
                stream.codec_context.extradata = codec.extradata(_extradata(parts[0].path))
            stream.time_base = base
            if (tag := codec.file_tag) is not None:
                stream.codec_context.codec_tag = tag
            digests: list[bytes] = []
            for data, is_key in _data(numbers, packets, codec, runs, parts):
                n, place = len(digests), places[len(digests)]
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, base
                packet.pts = round(shown.start(place) / base)
                decoded = n - delay
                time = shown.start(decoded) if decoded >= 0 else decoded * shown.start(1)
                packet.dts = min(round(time / base), packet.pts)
                packet.duration = round(shown.start(place + 1) / base) - packet.pts
                packet.is_keyframe = is_key
                written.mux(packet)
                digests.append(digest(data))
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise SmartRenderError(f"copied and encoded pictures cannot be joined: {one_line(error)}") from error
    if len(digests) != stop - first:
        raise SmartRenderError(f"of {stop - first} pictures {len(digests)} were joined")
    return tuple(digests)


def _time_base(timeline: Timeline) -> Fraction:
    """Return the seconds of a tick, of which all frames start at whole ones if their rate is constant."""
    whole = timeline
    while isinstance(whole, PartOf):
        whole = whole.whole
    if isinstance(whole, ConstantRate):
        ticks = whole.fps.numerator * -(-10_000 // whole.fps.numerator)
        if ticks <= _MOST_TICKS:
            return Fraction(1, ticks)
    return Fraction(1, _TICKS)


def _extradata(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


def _order(path: Path) -> list[int]:
    """Return which frame, in the order in which they are shown, each packet of a file holds."""
    with av.open(str(path)) as container:
        shown = [packet.pts for packet in container.demux(video=0) if packet.size and packet.pts is not None]
    places = {pts: place for place, pts in enumerate(sorted(shown))}
    if len(places) != len(shown):
        raise ValueError("several encoded pictures are shown at the same time")
    return [places[pts] for pts in shown]


def _places(packets: Packets, runs: Sequence[Run], parts: Sequence[EncodedPart]) -> list[int]:
    """Return which frame of the output each packet holds, in the order in which they are decoded."""
    places: list[int] = []
    first = runs[0].first
    for run in runs:
        if run.packets is not None:
            places += [int(packets.places[n]) - first for n in run.packets]
            continue
        for part in parts_of(run, parts):
            order = _order(part.path)
            if len(order) != part.stop - part.first:
                raise ValueError(f"{part.stop - part.first} pictures were sent, and {len(order)} have come of them")
            places += [part.first - first + place for place in order]
    if sorted(places) != list(range(runs[-1].stop - first)):
        raise ValueError("they are not all there")
    return places


def _data(
    numbers: Iterator[tuple[int, "av.Packet[Any]"]],
    packets: Packets,
    codec: Codec,
    runs: Sequence[Run],
    parts: Sequence[EncodedPart],
) -> Iterator[tuple[bytes, bool]]:
    """Yield for each packet of the output what it holds, and whether it is a key frame."""
    for index, run in enumerate(runs):
        if run.packets is not None:
            enters = index > 0
            for wanted in packets.numbers[list(run.packets)]:
                packet = next(packet for number, packet in numbers if number == wanted)
                yield codec.copied(bytes(packet), enters=enters), packet.is_keyframe or enters
                enters = False
            continue
        for part in parts_of(run, parts):
            last = part.stop == run.stop and index + 1 < len(runs)
            with av.open(str(part.path)) as container:
                left = part.stop - part.first
                for packet in container.demux(video=0):
                    if packet.size:
                        left -= 1
                        yield codec.encoded(bytes(packet), leaves=last and left == 0), packet.is_keyframe
