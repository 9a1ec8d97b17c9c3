"""HEVC of x265 with other numbers for its parameter sets, since x265 gives all of them number 0.

Syntax by ITU-T H.265: parameter sets 7.3.2, headers of slices 7.3.6. Of the latter nothing changes but the number; what
follows is moved by some bits, up to the byte with which the slice's data begin.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vs_lipsync.media.smart.nal import BitReader, unescaped

__all__ = ["PPS", "SPS", "VPS", "Renumbering", "kind_of", "number_of"]

VPS: Final = 32
SPS: Final = 33
PPS: Final = 34

_IDR: Final = (19, 20)
_HEADER: Final = 2  # bytes of a unit's own header
_PROFILE_BITS: Final = 96  # of the general profile, tier and level

_RISKY: Final = re.compile(rb"\x00\x00[\x00-\x03]")


def kind_of(unit: bytes) -> int:
    """Return the type of a NAL unit."""
    return unit[0] >> 1 & 63


def number_of(unit: bytes) -> int:
    """Return the number of a parameter set.

    Raises:
        ValueError: it makes no sense.
    """
    reader = BitReader(unescaped(unit)[_HEADER:])
    kind = kind_of(unit)
    if kind == VPS:
        return reader.bits(4)
    if kind == SPS:
        _skip_profile(reader)
    return reader.ue()


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What of a sequence's parameter set says how long headers of slices are; `at`: bits before its number."""

    at: int
    has_chroma: bool
    poc_bits: int
    sao: bool
    temporal_mvp: bool

    @classmethod
    def of(cls, unit: bytes) -> "_Sequence":
        reader = BitReader(unescaped(unit)[_HEADER:])
        _skip_profile(reader)
        at = reader.position
        reader.ue()
        chroma = reader.ue()
        planes = chroma == 3 and reader.flag()
        reader.ue(), reader.ue()  # width and height
        if reader.flag():
            _skip_ue(reader, 4)
        _skip_ue(reader, 2)
        poc_bits = reader.ue() + 4
        reader.flag()
        _skip_ue(reader, 3 + 6)  # of the one temporal layer; sizes of blocks
        if planes or (reader.flag() and reader.flag()):
            raise ValueError("x265 was not to write planes or lists of scaling factors of their own")
        reader.flag()
        sao = reader.flag()
        if reader.flag():
            raise ValueError("x265 was not to write PCM")
        if reader.ue() or reader.flag():
            raise ValueError("x265 was not to write sets of references, nor long-term ones")
        return cls(at, chroma != 0, poc_bits, sao, reader.flag())


@dataclass(frozen=True, slots=True)
class _Picture:
    """What of a picture's parameter set says how long headers of slices are."""

    output_flag: bool
    extra_bits: int
    cabac_init: bool
    references: tuple[int, int]
    chroma_offsets: bool
    entry_points: bool
    across_slices: bool
    deblocking_override: bool
    deblocking_off: bool
    extension: bool

    @classmethod
    def of(cls, unit: bytes) -> "_Picture":
        reader = BitReader(unescaped(unit)[_HEADER:])
        _skip_ue(reader, 2)
        reader.flag()  # dependent slices: there is one slice
        output_flag, extra_bits = reader.flag(), reader.bits(3)
        reader.flag()
        cabac_init = reader.flag()
        references = reader.ue() + 1, reader.ue() + 1
        reader.se()
        reader.bits(2)
        if reader.flag():
            reader.ue()
        reader.se(), reader.se()
        chroma_offsets, weighted = reader.flag(), reader.bits(2)
        reader.flag()
        tiles, entry_points = reader.flag(), reader.flag()
        across_slices = reader.flag()
        override = off = False
        if reader.flag():
            override, off = reader.flag(), reader.flag()
            if not off:
                reader.se(), reader.se()
        lists = reader.bits(2)
        if weighted or tiles or lists:
            raise ValueError("x265 was not to write weights, tiles or lists")
        reader.ue()
        return cls(
            output_flag, extra_bits, cabac_init, references, chroma_offsets, entry_points, across_slices, override, off,
            reader.flag(),
        )  # fmt: skip


class Renumbering:
    """Gives all parameter sets of a stream of x265 another number."""

    def __init__(self, sets: Sequence[bytes], number: int) -> None:
        """Take the stream's parameter sets.

        Args:
            sets: one of each kind.
            number: their new number, 1 to 15.

        Raises:
            ValueError: they are not as x265 writes them when it is told to leave out what is rare.
        """
        by_kind = {kind_of(unit): unit for unit in sets}
        if len(by_kind) != len(sets) or set(by_kind) != {VPS, SPS, PPS} or any(map(number_of, sets)):
            raise ValueError("x265 was to write one parameter set of each kind, of number 0")
        self._sequence = _Sequence.of(by_kind[SPS])
        self._picture = _Picture.of(by_kind[PPS])
        self._code = f"{number + 1:b}".zfill(2 * (number + 1).bit_length() - 1)  # Exp-Golomb
        nibble = bytes((number << 4,))[0]
        made = {}
        for kind, unit in by_kind.items():
            plain = bytearray(unescaped(unit))
            if kind in (VPS, SPS):
                plain[_HEADER] = plain[_HEADER] & 15 | nibble
            bits = _bits_of(bytes(plain[_HEADER:]))
            bits = bits[: bits.rindex("1")]  # without the stop bit
            if kind == SPS:
                bits = bits[: self._sequence.at] + self._code + bits[self._sequence.at + 1 :]
            elif kind == PPS:
                bits = self._code * 2 + bits[2:]
            made[kind] = _escaped(bytes(plain[:_HEADER]) + _bytes_of(bits))
        self.sets = [made[kind] for kind in (VPS, SPS, PPS)]

    def slice(self, unit: bytes) -> bytes:
        """Return the NAL unit of a slice that refers to the renumbered sets.

        Raises:
            ValueError: its header is not as the parameter sets say.
        """
        plain = unescaped(unit)
        body = plain[_HEADER:]
        reader = BitReader(body)
        at = self._read(reader, kind_of(unit))
        stop = reader.position
        if not reader.flag() or any(reader.bits(1) for _ in range(-reader.position % 8)):
            raise ValueError("the header of a slice of x265 is not understood")
        data = body[reader.position // 8 :]
        bits = _bits_of(body[: -(-stop // 8)])[:stop]
        return _escaped(plain[:_HEADER] + _bytes_of(bits[:at] + self._code + bits[at + 1 :]) + data)

    def _read(self, reader: BitReader, kind: int) -> int:
        """Read the header of a slice up to its end; returns how many bits are before its number, which is 0."""
        sequence, picture = self._sequence, self._picture
        if not reader.flag():
            raise ValueError("x265 was to write one slice for each picture")
        if 16 <= kind <= 23:
            reader.flag()
        at = reader.position
        if reader.ue():
            raise ValueError("x265 was to write parameter sets of number 0")
        reader.bits(picture.extra_bits)
        slice_type = reader.ue()
        is_b, is_inter = slice_type == 0, slice_type < 2
        if picture.output_flag:
            reader.flag()
        temporal = False
        if kind not in _IDR:
            reader.bits(sequence.poc_bits)
            if reader.flag():
                raise ValueError("x265 was to write the references of each picture")
            for _ in range(reader.ue() + reader.ue()):
                reader.ue(), reader.flag()
            temporal = sequence.temporal_mvp and reader.flag()
        sao = False
        if sequence.sao:
            sao = reader.flag()
            if sequence.has_chroma:
                sao = reader.flag() or sao
        if is_inter:
            self._read_inter(reader, is_b=is_b, temporal=temporal)
        reader.se()
        if picture.chroma_offsets:
            reader.se(), reader.se()
        off = picture.deblocking_off
        if picture.deblocking_override and reader.flag():
            off = reader.flag()
            if not off:
                reader.se(), reader.se()
        if picture.across_slices and (sao or not off):
            reader.flag()
        if picture.entry_points and (count := reader.ue()):
            size = reader.ue() + 1
            reader.bits(count * size)
        if picture.extension:
            reader.bits(8 * reader.ue())
        return at

    def _read_inter(self, reader: BitReader, *, is_b: bool, temporal: bool) -> None:
        """Read what headers of slices of P and B pictures have more."""
        references = list(self._picture.references)
        if reader.flag():
            references[0] = reader.ue() + 1
            if is_b:
                references[1] = reader.ue() + 1
        if is_b:
            reader.flag()
        if self._picture.cabac_init:
            reader.flag()
        if temporal:
            from_first = reader.flag() if is_b else True
            if references[0 if from_first else 1] > 1:
                reader.ue()
        reader.ue()


def _skip_profile(reader: BitReader) -> None:
    """Skip what a sequence's parameter set begins with."""
    reader.bits(4)
    if reader.bits(3):
        raise ValueError("it has several temporal layers")
    reader.bits(1 + _PROFILE_BITS)


def _skip_ue(reader: BitReader, count: int) -> None:
    for _ in range(count):
        reader.ue()


def _bits_of(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


def _bytes_of(bits: str) -> bytes:
    """Return bits as bytes, with a stop bit and zeros behind them."""
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def _escaped(plain: bytes) -> bytes:
    """Return a NAL unit with the bytes that keep its contents from looking like a start code."""
    parts, begun = [], 0
    while (found := _RISKY.search(plain, begun)) is not None:
        parts += [plain[begun : found.start() + 2], b"\x03"]
        begun = found.start() + 2
    parts.append(plain[begun:])
    return b"".join(parts)
