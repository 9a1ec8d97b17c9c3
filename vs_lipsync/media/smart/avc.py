"""H.264: parameter sets of two encoders side by side, under numbers of their own.

The packets refer to parameter sets by numbers (ITU-T H.264, 7.4.1.2.1). x264 takes numbers that the source does not use
(`sps-id`), and the file's header holds the sets of both. So copied packets stay as they are, no set has to be repeated
in the stream, and the file is what players expect: one description of its samples, `avc1`.
"""

from collections.abc import Sequence
from typing import ClassVar, Final, override

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.encoding.lossless import option_value
from vs_lipsync.media.smart.nal import BitReader, split_annex_b, to_prefixed, unescaped
from vs_lipsync.media.smart.nal_codec import NalCodec
from vs_lipsync.media.smart.options import joined_parameters

__all__ = ["Avc"]

_IDR, _SPS, _PPS = 5, 7, 8
_PARTITIONS: Final = (2, 3, 4)
_LAYERS: Final = (14, 15, 20, 21)  # of scalable, multi-view and 3D video

_PROFILES: Final = {66: "baseline", 77: "main", 100: "high", 110: "high10", 122: "high422", 244: "high444"}
"""x264's names of `profile_idc`, in an order in which decoders of one decode those before it."""

_WITH_FORMAT: Final = (100, 110, 122, 144, 244)
"""Profiles whose file header goes on with the format of samples (ISO/IEC 14496-15, 5.3.3.1.2)."""


class Avc(NalCodec):
    """H.264, which libx264 writes."""

    name: ClassVar = "H.264"
    set_kinds: ClassVar = (_SPS, _PPS)
    length_at: ClassVar = 4
    encoders: ClassVar = ("libx264",)
    default: ClassVar = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "14")
    file_tag: ClassVar = "avc1"

    @staticmethod
    @override
    def kind_of(unit: bytes) -> int:
        return unit[0] & 31

    @staticmethod
    @override
    def number_of(unit: bytes) -> int:
        reader = BitReader(unescaped(unit[:16]))  # ITU-T H.264, 7.3.2.1.1 and 7.3.2.2
        reader.bits(32 if unit[0] & 31 == _SPS else 8)  # the unit's own header, and a sequence's profile and level
        return reader.ue()

    @staticmethod
    @override
    def header_units(header: bytes) -> list[bytes]:
        units, at = [], 6  # ISO/IEC 14496-15, 5.3.3.1.2
        for group in range(2):
            if group == 0:
                count = header[5] & 31
            else:
                count, at = header[at], at + 1
            for _ in range(count):
                size = int.from_bytes(header[at : at + 2])
                units.append(header[at + 2 : at + 2 + size])
                at += 2 + size
        if at > len(header) or not all(units):
            raise ValueError
        return units

    @override
    def is_entry(self, data: bytes, is_key: bool) -> bool:
        entry = False
        try:
            for unit in self._units(data):
                kind = self.kind_of(unit)
                if kind in _PARTITIONS or kind in _LAYERS:
                    raise SmartRenderError("its H.264 has layers, views or partitions")
                entry = entry or kind == _IDR
                self._keep(unit)
        except ValueError as error:
            raise SmartRenderError("its H.264 header cannot be read") from error
        return entry

    @override
    def check(self) -> None:
        if not self._sets[_SPS] or not self._sets[_PPS]:
            raise SmartRenderError("its H.264 has no parameter sets")
        if next(iter(self._sets[_SPS].values()))[1] not in _PROFILES:
            raise SmartRenderError("its profile of H.264 is one that x264 does not write")

    @property
    def _number(self) -> int:
        """The first number that neither a sequence's nor a picture's parameter set of the source has."""
        return self._free_number(range(32))

    @override
    def options(self, given: Sequence[str], delay: int, *, every: bool) -> list[str]:
        made = super().options(given, delay, every=every)
        sps = next(iter(self._sets[_SPS].values()))
        if option_value(made, "-profile") is None:
            made += ["-profile:v", _PROFILES[sps[1]]]
        is_1b = sps[3] == 11 and bool(sps[2] & 16)
        if option_value(made, "-level") is None and sps[3] >= 10 and not is_1b:
            made += ["-level:v", f"{sps[3] // 10}.{sps[3] % 10}"]
        # Pictures are to be held back no longer than the source's.
        if delay == 0:
            made += ["-bf", "0"]
        elif delay == 1:
            made += ["-b-pyramid", "none"]
        return joined_parameters(made, "-x264-params", f"sps-id={self._number}:open-gop=0")

    @override
    def extradata(self, piece: bytes) -> bytes:
        mine, number = self._sets, self._number
        made: dict[int, list[bytes]] = {_SPS: [], _PPS: []}
        for unit in split_annex_b(piece):
            kind = self.kind_of(unit)
            if kind in made:
                if self.number_of(unit) != number:
                    raise SmartRenderError("the encoder gives its parameter sets other numbers than it was told to")
                made[kind].append(unit)
        if len(made[_SPS]) != 1 or not made[_PPS]:
            raise SmartRenderError("the encoder's H.264 has no parameter sets")
        order = list(_PROFILES)
        sequences = [*mine[_SPS].values(), *made[_SPS]]
        first = sequences[0]
        if order.index(first[1]) < order.index(_known(made[_SPS][0][1])):
            raise SmartRenderError("the encoder's profile of H.264 is a higher one than the source's")
        pictures = [*mine[_PPS].values(), *made[_PPS]]
        header = bytearray((1, first[1], first[2], max(unit[3] for unit in sequences)))
        header += bytes((0xFC | (self._length_size - 1), 0xE0 | len(sequences)))
        for unit in sequences:
            header += len(unit).to_bytes(2) + unit
        header.append(len(pictures))
        for unit in pictures:
            header += len(unit).to_bytes(2) + unit
        if first[1] in _WITH_FORMAT:
            bits = self.facts.bits - 8
            header += bytes((0xFC | self.facts.chroma, 0xF8 | bits, 0xF8 | bits, 0))
        return bytes(header)

    @override
    def encoded(self, data: bytes, *, leaves: bool) -> bytes:
        try:
            return to_prefixed(split_annex_b(data), self._length_size)
        except ValueError as error:
            raise SmartRenderError(str(error)) from error


def _known(profile: int) -> int:
    if profile not in _PROFILES:
        raise SmartRenderError("the encoder's profile of H.264 is not known")
    return profile
