"""MPEG-2 and MPEG-1 (ISO/IEC 13818-2 and 11172-2), which repeat all that a decoder has to know with their groups."""

from collections.abc import Sequence
from typing import ClassVar, Final, override

from vs_lipsync.media.encoding.lossless import option_value
from vs_lipsync.media.smart.codec import Codec

__all__ = ["Mpeg1", "Mpeg2"]

_SEQUENCE: Final = b"\x00\x00\x01\xb3"
_PICTURE: Final = b"\x00\x00\x01\x00"
_INTRA: Final = 1


class Mpeg2(Codec):
    """MPEG-2.

    A picture refers to the two I or P pictures at most that are decoded last before it. So the B pictures behind an I
    picture that are shown before it are the only ones there that need an earlier group; the others can be copied.
    """

    encoders: ClassVar = ("mpeg2video",)
    default: ClassVar = ("-c:v", "mpeg2video", "-q:v", "2")
    replaces_leading: ClassVar = True

    @override
    def is_entry(self, data: bytes, is_key: bool) -> bool:
        at = data.find(_PICTURE)
        return _SEQUENCE in data and 0 <= at < len(data) - 5 and data[at + 5] >> 3 & 7 == _INTRA

    @override
    def options(self, given: Sequence[str], delay: int, *, every: bool) -> list[str]:
        made = super().options(given, delay, every=every)
        return made if option_value(made, "-bf") else [*made, "-bf", "2" if delay else "0"]

    @override
    def extradata(self, piece: bytes) -> bytes:
        return self.facts.extradata


class Mpeg1(Mpeg2):
    """MPEG-1."""

    encoders: ClassVar = ("mpeg1video",)
    default: ClassVar = ("-c:v", "mpeg1video", "-q:v", "2")
