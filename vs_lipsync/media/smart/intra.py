"""Codecs each of whose packets is decoded by itself: ProRes, DNxHR, Motion JPEG, and FFV1 where it is set up so."""

from collections.abc import Sequence
from typing import ClassVar, Final, override

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.encoding.lossless import option_value
from vs_lipsync.media.smart.codec import Codec, StreamFacts

__all__ = ["Dnxhr", "Ffv1", "MotionJpeg", "ProRes"]

_PRORES: Final = {"apco": "0", "apcs": "1", "apcn": "2", "apch": "3", "ap4h": "4", "ap4x": "5"}
"""prores_ks' numbers of profiles, by the names that files give them."""

_DNXHR: Final = {f"DNXHR {name}": f"dnxhr_{name.lower()}" for name in ("LB", "SQ", "HQ", "HQX", "444")}
"""dnxhd's names of profiles, by those that FFmpeg says a file has."""


class _Intra(Codec):
    """Packets that need nothing but themselves."""

    @override
    def is_entry(self, data: bytes, is_key: bool) -> bool:
        return is_key

    @override
    def extradata(self, piece: bytes) -> bytes:
        return self.facts.extradata


class ProRes(_Intra):
    """ProRes, in the profile of the source."""

    encoders: ClassVar = ("prores_ks",)
    default: ClassVar = ("-c:v", "prores_ks", "-vendor", "apl0")

    def __init__(self, facts: StreamFacts) -> None:
        super().__init__(facts)
        self._profile = _PRORES.get(facts.tag.to_bytes(4, "little").decode("latin-1"))
        if self._profile is None:
            raise SmartRenderError("its file does not say which profile of ProRes it is")

    @override
    def options(self, given: Sequence[str], delay: int, *, every: bool) -> list[str]:
        made = super().options(given, delay, every=every)
        return made if option_value(made, "-profile") else [*made, "-profile:v", str(self._profile)]


class Dnxhr(_Intra):
    """DNxHR, in the profile of the source; DNxHD's fixed rates are not told by the file."""

    encoders: ClassVar = ("dnxhd",)
    default: ClassVar = ("-c:v", "dnxhd")

    def __init__(self, facts: StreamFacts) -> None:
        super().__init__(facts)
        if facts.profile not in _DNXHR:
            raise SmartRenderError(f"its DNxHD is {facts.profile or 'of no known profile'}, and not DNxHR")

    @override
    def options(self, given: Sequence[str], delay: int, *, every: bool) -> list[str]:
        made = super().options(given, delay, every=every)
        return made if option_value(made, "-profile") else [*made, "-profile:v", _DNXHR[self.facts.profile]]


class MotionJpeg(_Intra):
    """Motion JPEG."""

    encoders: ClassVar = ("mjpeg",)
    default: ClassVar = ("-c:v", "mjpeg", "-q:v", "2")


class Ffv1(_Intra):
    """FFV1, whose header has to be the same for all pictures: it is, if the encoder is set as the source's was."""

    encoders: ClassVar = ("ffv1",)
    default: ClassVar = ("-c:v", "ffv1")
    container: ClassVar = "nut"

    @override
    def extradata(self, piece: bytes) -> bytes:
        if piece != self.facts.extradata:
            raise SmartRenderError("FFV1 as --encoder-args ask for it needs another header than the source's")
        return piece
