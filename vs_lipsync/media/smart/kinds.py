"""Which codecs can be copied and encoded side by side, by FFmpeg's names."""

from typing import Final

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.smart.avc import Avc
from vs_lipsync.media.smart.codec import Codec, StreamFacts
from vs_lipsync.media.smart.hevc import Hevc

__all__ = ["KINDS", "open_codec"]

KINDS: Final[dict[str, type[Codec]]] = {"h264": Avc, "hevc": Hevc}


def open_codec(facts: StreamFacts) -> Codec:
    """Return what is known of a stream's codec.

    Raises:
        SmartRenderError: that is not enough.
    """
    kind = KINDS.get(facts.codec)
    if kind is None:
        raise SmartRenderError(f"its pictures are {facts.codec}, which cannot be copied in part")
    return kind(facts)
