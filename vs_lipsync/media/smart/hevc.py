"""HEVC: parameter sets of two encoders side by side, as for H.264, and pictures that lead to another group.

Of an open group the pictures that are shown before its first one, and refer to the group before as well (RASL), are
encoded where that group is. The picture itself (CRA) is copied: behind an end of sequence decoding begins with it
(ITU-T H.265, 8.1.3), and what is decoded after the leading pictures refers to none before it. A decoder then drops what
it has not shown yet (C.5.2.2), so that pictures before such an end are encoded without any that wait: no B frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, override

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.smart.codec import StreamFacts
from vs_lipsync.media.smart.hevc_numbers import PPS, SPS, VPS, Renumbering, kind_of, number_of
from vs_lipsync.media.smart.nal import split_annex_b, to_prefixed, unescaped
from vs_lipsync.media.smart.nal_codec import NalCodec
from vs_lipsync.media.smart.options import joined_parameters

__all__ = ["Hevc"]

_SLICES: Final = range(32)
_IDR: Final = (19, 20)
_RANDOM_ACCESS: Final = range(16, 22)  # BLA, IDR and CRA
_END_OF_SEQUENCE: Final = bytes((36 << 1, 1))

_COMMON: Final = "open-gop=0:repeat-headers=0:slices=1:weightp=0:weightb=0:temporal-layers=0:hrd=0"
"""x265's parameters that leave out of headers what `Renumbering` does not know."""

_FIXED: Final = 22
"""Bytes of the file's header before its parameter sets (ISO/IEC 14496-15, 8.3.3.1.2), but for their count."""

_LEVEL: Final = 12  # where the level is in it


@dataclass(slots=True)
class _Array:
    """Parameter sets of one kind in a file's header: the byte before them, and they."""

    head: int
    units: list[bytes]


class Hevc(NalCodec):
    """HEVC, which libx265 writes."""

    name: ClassVar = "HEVC"
    set_kinds: ClassVar = (VPS, SPS, PPS)
    length_at: ClassVar = 21
    encoders: ClassVar = ("libx265",)
    default: ClassVar = ("-c:v", "libx265", "-crf", "16")
    replaces_leading: ClassVar = True
    file_tag: ClassVar = "hvc1"

    def __init__(self, facts: StreamFacts) -> None:
        super().__init__(facts)
        self._renumbering: Renumbering | None = None
        self._is_open = False  # whether decoding begins with other pictures than IDR

    @staticmethod
    @override
    def kind_of(unit: bytes) -> int:
        return kind_of(unit)

    @staticmethod
    @override
    def number_of(unit: bytes) -> int:
        return number_of(unit)

    @staticmethod
    @override
    def header_units(header: bytes) -> list[bytes]:
        return [unit for array in _arrays(header) for unit in array.units]

    @override
    def is_entry(self, data: bytes, is_key: bool) -> bool:
        entry = False
        try:
            for unit in self._units(data):
                kind = kind_of(unit)
                if len(unit) > 1 and (unit[0] & 1 or unit[1] >> 3) and kind in _SLICES:
                    raise SmartRenderError("its HEVC has layers")
                if kind in _RANDOM_ACCESS:
                    entry = True
                    self._is_open = self._is_open or kind not in _IDR
                self._keep(unit)
        except ValueError as error:
            raise SmartRenderError(str(error)) from error
        return entry

    @override
    def check(self) -> None:
        if not all(self._sets.values()):
            raise SmartRenderError("its HEVC has no parameter sets")

    @property
    def _number(self) -> int:
        """The first number that no parameter set of the source has."""
        return self._free_number(range(1, 16))

    @override
    def options(self, given: Sequence[str], delay: int, *, every: bool) -> list[str]:
        made = super().options(given, delay, every=every)
        if delay == 0 or self._is_open:
            made += ["-bf", "0"]
        held = "" if delay > 1 else ":b-pyramid=0"
        return joined_parameters(made, "-x265-params", f"{_COMMON}{held}:log-level=error")

    @override
    def extradata(self, piece: bytes) -> bytes:
        try:
            sets = [unit for unit in split_annex_b(piece) if kind_of(unit) in self._sets]
            self._renumbering = Renumbering(sets, self._number)
            header, arrays = self._header(piece)
        except (ValueError, IndexError) as error:
            raise SmartRenderError(f"the encoder's HEVC cannot stand beside the source's: {error}") from error
        made = bytes(header) + bytes((len(arrays),))
        for array in arrays:
            made += bytes((array.head,)) + len(array.units).to_bytes(2)
            made += b"".join(len(unit).to_bytes(2) + unit for unit in array.units)
        return made

    @override
    def encoded(self, data: bytes, *, leaves: bool) -> bytes:
        assert self._renumbering is not None
        try:
            units = [
                self._renumbering.slice(unit) if kind_of(unit) in _SLICES else unit
                for unit in split_annex_b(data)
                if kind_of(unit) not in self._sets
            ]
            return to_prefixed([*units, *([_END_OF_SEQUENCE] if leaves and self._is_open else [])], self._length_size)
        except (ValueError, IndexError) as error:
            raise SmartRenderError(f"the encoder's HEVC cannot stand beside the source's: {error}") from error

    def _header(self, piece: bytes) -> tuple[bytearray, list[_Array]]:
        """Return what the file's header begins with, and the parameter sets of both encoders."""
        assert self._renumbering is not None
        sps = next(unit for unit in split_annex_b(piece) if kind_of(unit) == SPS)
        if self._prefixed:
            header, arrays = bytearray(self.facts.extradata[:_FIXED]), _arrays(self.facts.extradata)
        else:
            header = _new_header(next(iter(self._sets[SPS].values())), self.facts)
            arrays = [_Array(0x80 | kind, list(sets.values())) for kind, sets in self._sets.items()]
        header[_LEVEL] = max(header[_LEVEL], _profile_of(sps)[11])
        for unit in self._renumbering.sets:
            array = next((one for one in arrays if one.head & 63 == kind_of(unit)), None)
            if array is None:
                array = _Array(kind_of(unit), list(self._sets[kind_of(unit)].values()))
                arrays.append(array)
            array.units.append(unit)
        return header, arrays


def _arrays(header: bytes) -> list[_Array]:
    """Return the parameter sets of a file's header."""
    arrays, at = [], _FIXED + 1
    for _ in range(header[_FIXED]):
        array = _Array(header[at], [])
        count, at = int.from_bytes(header[at + 1 : at + 3]), at + 3
        for _ in range(count):
            size = int.from_bytes(header[at : at + 2])
            array.units.append(header[at + 2 : at + 2 + size])
            at += 2 + size
        arrays.append(array)
    if at > len(header):
        raise ValueError
    return arrays


def _profile_of(sps: bytes) -> bytes:
    """Return the 12 bytes of profile, tier, compatibility, constraints and level in a sequence's parameter set."""
    return unescaped(sps)[3:15]


def _new_header(sps: bytes, facts: StreamFacts) -> bytearray:
    """Return what a file's header begins with (ISO/IEC 14496-15, 8.3.3.1.2), with nothing said of frame rates."""
    bits = facts.bits - 8
    head = bytes((1,)) + _profile_of(sps)
    return bytearray(head + bytes((0xF0, 0, 0xFC, 0xFC | facts.chroma, 0xF8 | bits, 0xF8 | bits, 0, 0, 0x0F)))
