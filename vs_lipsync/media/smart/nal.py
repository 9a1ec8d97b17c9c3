"""NAL units, of which H.264 (ITU-T H.264, 7.3.1) and HEVC (ITU-T H.265, 7.3.1) streams are made."""

from collections.abc import Iterable, Iterator

__all__ = ["BitReader", "split_annex_b", "split_prefixed", "to_prefixed", "unescaped"]

_START = b"\x00\x00\x01"


def split_annex_b(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units of a byte stream (Annex B), without start codes and the zeros around them."""
    at = data.find(_START)
    while at >= 0:
        begun = at + len(_START)
        at = data.find(_START, begun)
        unit = data[begun:] if at < 0 else data[begun:at]
        unit = unit.rstrip(b"\x00")  # a unit ends with a stop bit: zeros behind it belong to the next start code
        if unit:
            yield unit


def split_prefixed(data: bytes, length_size: int) -> Iterator[bytes]:
    """Yield NAL units before each of which its length stands in `length_size` bytes, as in MP4 and Matroska.

    Raises:
        ValueError: the lengths do not fit the data.
    """
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + length_size])
        begun = at + length_size
        at = begun + size
        if begun > len(data) or at > len(data):
            raise ValueError("the lengths of its NAL units do not fit its packets")
        if size:
            yield data[begun:at]


def to_prefixed(units: Iterable[bytes], length_size: int) -> bytes:
    """Join NAL units, each with its length before it.

    Raises:
        ValueError: one is too long for lengths of so few bytes.
    """
    parts = []
    for unit in units:
        if len(unit) >> (8 * length_size):
            raise ValueError("a NAL unit is too long for the lengths in this file")
        parts += [len(unit).to_bytes(length_size), unit]
    return b"".join(parts)


def unescaped(unit: bytes) -> bytes:
    """Return a NAL unit without the bytes that keep its contents from looking like a start code."""
    parts, begun = [], 0
    while (at := unit.find(b"\x00\x00\x03", begun)) >= 0:
        parts.append(unit[begun : at + 2])
        begun = at + 3
    parts.append(unit[begun:])
    return b"".join(parts)


class BitReader:
    """Reads the bits of a parameter set or a header."""

    def __init__(self, data: bytes) -> None:
        """Begin with the first bit of `data`."""
        self._data = data
        self.position = 0

    def bits(self, count: int) -> int:
        """Return the next bits as a number.

        Raises:
            ValueError: there are no more.
        """
        stop = self.position + count
        if stop > 8 * len(self._data):
            raise ValueError("a header of the stream ends too early")
        number = 0
        while self.position < stop:
            byte, offset = divmod(self.position, 8)
            taken = min(8 - offset, stop - self.position)
            part = self._data[byte] >> (8 - offset - taken) & ((1 << taken) - 1)
            number = number << taken | part
            self.position += taken
        return number

    def flag(self) -> bool:
        """Return the next bit."""
        return self.bits(1) == 1

    def ue(self) -> int:
        """Return the next unsigned Exp-Golomb code (H.264 and H.265, 9.1)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise ValueError("a header of the stream makes no sense")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """Return the next signed Exp-Golomb code."""
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -(number // 2)
