"""Which codecs can be copied and encoded side by side, by FFmpeg's names."""

from typing import Final

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.smart.av1 import Av1
from vs_lipsync.media.smart.avc import Avc
from vs_lipsync.media.smart.codec import Codec, StreamFacts
from vs_lipsync.media.smart.hevc import Hevc
from vs_lipsync.media.smart.intra import Dnxhr, Ffv1, MotionJpeg, ProRes
from vs_lipsync.media.smart.mpeg2 import Mpeg1, Mpeg2
from vs_lipsync.media.smart.vp9 import Vp9

__all__ = ["KINDS", "open_codec"]

KINDS: Final[dict[str, type[Codec]]] = {
    "av1": Av1,
    "dnxhd": Dnxhr,
    "ffv1": Ffv1,
    "h264": Avc,
    "hevc": Hevc,
    "mjpeg": MotionJpeg,
    "mpeg1video": Mpeg1,
    "mpeg2video": Mpeg2,
    "prores": ProRes,
    "vp9": Vp9,
}


def open_codec(facts: StreamFacts) -> Codec:
    """Return what is known of a stream's codec.

    Raises:
        SmartRenderError: that is not enough.
    """
    kind = KINDS.get(facts.codec)
    if kind is None:
        raise SmartRenderError(f"its pictures are {facts.codec}, which cannot be copied in part")
    return kind(facts)
