"""Matroska files with one sound track whose packets have any times, as no muxer of FFmpeg would write them."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

__all__ = ["EncodedSound", "encode", "write"]

_CODECS = {
    "pcm_s16le": "A_PCM/INT/LIT", "aac": "A_AAC", "libopus": "A_OPUS", "libmp3lame": "A_MPEG/L3", "flac": "A_FLAC",
}  # fmt: skip


@dataclass(frozen=True)
class EncodedSound:
    """The packets of a sound.

    Attributes:
        codec: name of the encoder.
        rate: samples per second.
        private: what the decoder needs before the first packet.
        delay: samples that the decoder gives before the sound's first one.
        packets: in their order.
        samples: how many samples each of them lasts.
    """

    codec: str
    rate: int
    private: bytes
    delay: int
    packets: Sequence[bytes]
    samples: Sequence[int]


def encode(samples: NDArray[np.float32], rate: int, codec: str) -> EncodedSound:
    """Encode mono samples [n]; those that an encoder needs whole packets of get silence at the end."""
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate, context.layout = rate, "mono"
    context.format = av.AudioFormat("fltp" if codec in ("aac", "libmp3lame") else "s16")
    context.open()
    size = context.frame_size or 960
    resampler = av.AudioResampler(context.format.name, "mono", rate, frame_size=size)
    frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
    frame.sample_rate = rate
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    packets = [packet for part in [*frames, None] for packet in context.encode(part)]
    return EncodedSound(
        codec=codec,
        rate=rate,
        private=context.extradata or b"",
        delay=context.initial_padding,
        packets=[bytes(packet) for packet in packets],
        samples=[size] * len(packets),
    )


def write(path: Path, sound: EncodedSound, times: Sequence[int]) -> Path:
    """Write packets with times in whole milliseconds, from 0 on, in any order."""
    audio = _element("B5", struct.pack(">d", sound.rate)) + _number("9F", 1)
    if sound.codec == "pcm_s16le":
        audio += _number("6264", 16)
    track = _number("D7", 1) + _number("73C5", 1) + _number("83", 2) + _element("86", _CODECS[sound.codec].encode())
    if sound.private:
        track += _element("63A2", sound.private)
    if sound.codec == "libopus":
        track += _number("56AA", round(sound.delay / sound.rate * 1e9)) + _number("56BB", 80_000_000)
    track += _element("E1", audio)
    clusters = (
        _element("1F43B675", _number("E7", time) + _element("A3", b"\x81\x00\x00\x80" + packet))
        for time, packet in zip(times, sound.packets, strict=True)
    )
    head = _element("1549A966", _number("2AD7B1", 1_000_000)) + _element("1654AE6B", _element("AE", track))
    path.write_bytes(
        _element("1A45DFA3", _element("4282", b"matroska")) + _element("18538067", head + b"".join(clusters))
    )
    return path


def _element(name: str, data: bytes) -> bytes:
    return bytes.fromhex(name) + struct.pack(">Q", len(data) | 1 << 56) + data


def _number(name: str, value: int) -> bytes:
    return _element(name, struct.pack(">Q", value))
