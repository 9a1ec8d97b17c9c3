"""VP9: a key frame resets all that a decoder knows."""

from typing import ClassVar, override

from vs_lipsync.media.smart.codec import Codec

__all__ = ["Vp9"]


class Vp9(Codec):
    """VP9 (VP9 Bitstream & Decoding Process Specification, 6.2)."""

    encoders: ClassVar = ("libvpx-vp9",)
    default: ClassVar = ("-c:v", "libvpx-vp9", "-crf", "16", "-b:v", "0", "-row-mt", "1")
    container: ClassVar = "mp4"

    @override
    def is_entry(self, data: bytes, is_key: bool) -> bool:
        has_reserved_bit = data[0] & 0x30 == 0x30  # of profile 3
        first = data[0] << 1 if has_reserved_bit else data[0]
        return is_key and data[0] >> 6 == 2 and not first & 0x08 and not first & 0x04  # not shown again; a key frame

    @override
    def extradata(self, piece: bytes) -> bytes:
        return self.facts.extradata
