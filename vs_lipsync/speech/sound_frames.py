"""The frames of a sound track from anywhere in it, as its decoder gives them after all that is before."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer

from vs_lipsync.speech.sound_grid import Grid
from vs_lipsync.speech.sound_seek import alone, sought
from vs_lipsync.speech.sound_stream import opened

__all__ = ["PREROLL", "frames_from"]

PREROLL: Final = 1
"""Seconds that a decoder hears before what is used: AAC and MP3 need some 0.1 s, Opus 0.08 s, SBR's header 0.5 s."""


def frames_from(
    path: Path, container: InputContainer, grid: Grid, begin: int, stop: int | None
) -> Iterator[tuple[int, av.AudioFrame]]:
    """Yield frames from a packet that starts at a sample or behind it, and the sample at which each starts.

    Args:
        path: the file.
        container: the same, open.
        grid: where its samples lie.
        begin: number of the sample, as in the grid; up to the grid's own first one, all of the file is read.
        stop: number of a sample from which on nothing is needed; None for the end.
    """
    packets = sought(container, alone(container), grid, begin) if begin > grid.sample else None
    if packets is None:
        with opened(path) as again:
            stream = alone(again)
            yield from _decoded(again.demux(stream), stream.codec_context, grid, None, stop)
        return
    stream = alone(container)
    decoder = av.CodecContext.create(stream.codec_context.name, "r") if _has_state(stream) else None
    if isinstance(decoder, av.AudioCodecContext):
        decoder.extradata = stream.codec_context.extradata
        decoder.pkt_timebase = stream.time_base
    else:
        decoder = stream.codec_context
    yield from _decoded(packets, decoder, grid, begin, stop)


def _decoded(
    packets: "Iterator[av.Packet[av.AudioStream]]",
    decoder: av.AudioCodecContext,
    grid: Grid,
    begin: int | None,
    stop: int | None,
) -> Iterator[tuple[int, av.AudioFrame]]:
    """Decode packets from those on that start at a sample or behind it, or all, without what is damaged."""
    at = 0
    heard = begin is not None
    for packet in packets:
        start = at if packet.pts is None else grid.sample_at(packet.pts)
        lasts = 0 if grid.unit > 1 else (packet.duration or 0) * grid.ticks
        if begin is not None and start < begin and start + lasts <= begin:
            continue
        begin = None
        try:
            frames = decoder.decode(packet if packet.size else None)
        except av.InvalidDataError:
            continue
        for frame in frames:
            if frame.samples and frame.sample_rate:
                at = start if heard else 0
                heard = True
                yield at, frame
                start = at = at + frame.samples * grid.kind.rate // frame.sample_rate
        if stop is not None and start >= stop:
            return


def _has_state(stream: av.AudioStream) -> bool:
    """Tell whether what a decoder makes of a packet depends on those before it, and needs no more than its header."""
    return not stream.codec_context.name.startswith("pcm_") and stream.codec_context.name not in ("flac", "alac")
