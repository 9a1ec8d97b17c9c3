"""AV1: a shown key frame resets all that a decoder knows, and has its sequence header with it."""

from collections.abc import Iterator
from typing import ClassVar, Final, override

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.smart.codec import Codec

__all__ = ["Av1"]

_SEQUENCE: Final = 1
_DELIMITER: Final = 2
_FRAMES: Final = (3, 6)  # the header of a frame, with or without the frame
_PADDING: Final = 15


class Av1(Codec):
    """AV1 (AV1 Bitstream & Decoding Process Specification, 5.3 and 5.9)."""

    encoders: ClassVar = ("libsvtav1", "libaom-av1")
    default: ClassVar = ("-c:v", "libsvtav1", "-crf", "16", "-preset", "6")
    container: ClassVar = "mp4"

    @override
    def is_entry(self, data: bytes, is_key: bool) -> bool:
        has_header = False
        for kind, unit, body in _units(data):
            if kind == _SEQUENCE:
                has_header = True
            elif kind in _FRAMES:
                first = unit[body] if body < len(unit) else 0xFF
                # show_existing_frame 0, frame_type 0 (a key frame), show_frame 1
                return has_header and is_key and first >> 4 == 1
        return False

    @override
    def extradata(self, piece: bytes) -> bytes:
        return self.facts.extradata

    @override
    def copied(self, data: bytes, *, enters: bool) -> bytes:
        return _without_delimiters(data)

    @override
    def encoded(self, data: bytes, *, leaves: bool) -> bytes:
        return _without_delimiters(data)


def _without_delimiters(data: bytes) -> bytes:
    """Return a packet without what MP4 and Matroska leave out of it."""
    return b"".join(unit for kind, unit, _ in _units(data) if kind not in (_DELIMITER, _PADDING))


def _units(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield the open bitstream units of a packet: their types, they, and where their contents begin in them."""
    at = 0
    while at < len(data):
        begun = at
        kind, has_extension, has_size = data[at] >> 3 & 15, data[at] & 4, data[at] & 2
        at += 2 if has_extension else 1
        size, shift = 0, 0
        if not has_size:
            size = len(data) - at
        while has_size:
            if at >= len(data) or shift > 28:
                raise SmartRenderError("its AV1 cannot be read")
            byte = data[at]
            size |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                break
        body = at - begun
        at += size
        if at > len(data):
            raise SmartRenderError("its AV1 cannot be read")
        yield kind, data[begun:at], body
