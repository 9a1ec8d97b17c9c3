"""What H.264 and HEVC have in common: NAL units, and parameter sets that packets refer to by numbers."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar, override

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.smart.codec import Codec, StreamFacts
from vs_lipsync.media.smart.nal import split_annex_b, split_prefixed, to_prefixed

__all__ = ["NalCodec"]


class NalCodec(Codec):
    """A codec of NAL units, in packets with lengths before them (MP4, Matroska) or with start codes (MPEG-TS).

    Attributes:
        name: of the codec, for users.
        set_kinds: types of NAL units that are parameter sets.
        length_at: which byte of the file's header holds the size of the lengths.
    """

    name: ClassVar[str]
    set_kinds: ClassVar[tuple[int, ...]]
    length_at: ClassVar[int]

    def __init__(self, facts: StreamFacts) -> None:
        super().__init__(facts)
        header = facts.extradata
        self._sets: dict[int, dict[int, bytes]] = {kind: {} for kind in self.set_kinds}
        self._prefixed = header[:1] == b"\x01"
        is_whole = self._prefixed and len(header) > self.length_at + 1
        self._length_size = (header[self.length_at] & 3) + 1 if is_whole else 4
        try:
            for unit in self.header_units(header) if self._prefixed else split_annex_b(header):
                self._keep(unit)
        except (ValueError, IndexError) as error:
            raise SmartRenderError(f"its {self.name} header cannot be read") from error

    @staticmethod
    @abstractmethod
    def kind_of(unit: bytes) -> int:
        """Return the type of a NAL unit."""

    @staticmethod
    @abstractmethod
    def number_of(unit: bytes) -> int:
        """Return the number of a parameter set; ValueError if it makes no sense."""

    @staticmethod
    @abstractmethod
    def header_units(header: bytes) -> Iterable[bytes]:
        """Return the parameter sets in the header of a file of prefixed units; ValueError, IndexError if damaged."""

    @override
    def copied(self, data: bytes, *, enters: bool) -> bytes:
        return data if self._prefixed else to_prefixed(split_annex_b(data), self._length_size)

    def _units(self, data: bytes) -> list[bytes]:
        """Return the NAL units of a packet of the source.

        Raises:
            SmartRenderError: it cannot be taken apart.
        """
        try:
            return list(split_prefixed(data, self._length_size) if self._prefixed else split_annex_b(data))
        except ValueError as error:
            raise SmartRenderError(str(error)) from error

    def _keep(self, unit: bytes) -> None:
        """Keep a parameter set.

        Raises:
            SmartRenderError: another one had its number: which of them holds would depend on what is copied.
            ValueError: it makes no sense.
        """
        sets = self._sets.get(self.kind_of(unit))
        if sets is not None and sets.setdefault(self.number_of(unit), unit) != unit:
            raise SmartRenderError(f"its {self.name} changes its parameter sets on the way")

    def _free_number(self, numbers: Iterable[int]) -> int:
        """Return the first of some numbers that no parameter set of the source has.

        Raises:
            SmartRenderError: there is none.
        """
        used = {number for sets in self._sets.values() for number in sets}
        free = next((number for number in numbers if number not in used), None)
        if free is None:
            raise SmartRenderError(f"its {self.name} leaves no number free for another parameter set")
        return free
