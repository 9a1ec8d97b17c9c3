"""What has to be known of a codec to copy some packets of a stream and to encode others."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from vs_lipsync.errors import SmartRenderError

__all__ = ["Codec", "StreamFacts"]


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a file says of its picture stream.

    Attributes:
        codec: FFmpeg's name of it.
        profile: FFmpeg's name of its profile; empty if it is not known.
        pixel_format: FFmpeg's name of its samples, without the j of full range.
        bits: of a sample.
        chroma: 0 to 3 for 4:0:0, 4:2:0, 4:2:2 and 4:4:4, as H.264 and HEVC count.
        extradata: what a decoder has to know before the first packet.
        tag: four letters that name the codec in the file, as a number; 0 for none.
        turns: quarter turns, counter-clockwise, by which pictures are to be shown turned; None if they are mirrored.
    """

    codec: str
    profile: str
    pixel_format: str
    bits: int
    chroma: int
    extradata: bytes
    tag: int
    turns: int | None = 0


class Codec(ABC):
    """What is particular about the packets of one codec. An object is for one stream.

    Attributes:
        encoders: FFmpeg's encoders that can write what goes between copied packets.
        default: options to encode with where the user has none.
        replaces_leading: whether pictures that are decoded after a picture at which decoding begins, but shown before
            it, may be encoded while that picture is copied. Where not, the stream is not taken apart there.
        container: FFmpeg's name of what holds the joined stream until it is put together with the rest.
        file_tag: what MP4 and QuickTime call the stream; None for what they call the source's.
    """

    encoders: ClassVar[tuple[str, ...]]
    default: ClassVar[tuple[str, ...]]
    replaces_leading: ClassVar[bool] = False
    container: ClassVar[str] = "mov"
    file_tag: ClassVar[str | None] = None

    def __init__(self, facts: StreamFacts) -> None:
        """Take a stream.

        Raises:
            SmartRenderError: it is not one whose packets can be copied.
        """
        self.facts = facts

    @abstractmethod
    def is_entry(self, data: bytes, is_key: bool) -> bool:
        """Say whether decoding can begin with a packet; called with all of the source's, in order.

        Args:
            data: the packet.
            is_key: whether the file says so.

        Raises:
            SmartRenderError: there is something in it because of which packets cannot be copied.
        """

    def check(self) -> None:  # noqa: B027 - most codecs have nothing to add
        """Say what cannot be done, when all packets have been looked at.

        Raises:
            SmartRenderError: packets cannot be copied.
        """

    def options(self, given: Sequence[str], delay: int, *, every: bool) -> list[str]:  # noqa: ARG002 - others need it
        """Return the encoder's options with those that make its pictures fit the source's.

        Args:
            given: the user's.
            delay: by how many packets the source's pictures are shown later than they are decoded, at most; 0 if there
                are no B frames.
            every: whether decoding can begin with each packet of the source.
        """
        return [*given, *(["-g", "1"] if every and "-g" not in given else [])]

    def extradata(self, piece: bytes) -> bytes:
        """Return the extradata of a stream of copied and encoded packets.

        Args:
            piece: those of the encoded pictures; the same for all pieces.

        Raises:
            SmartRenderError: there are none that are right for both.
        """
        if piece != self.facts.extradata:
            raise SmartRenderError("the encoder's pictures need another header than the source's")
        return piece

    def copied(self, data: bytes, *, enters: bool) -> bytes:  # noqa: ARG002 - others need it
        """Return a packet of the source as it goes into the file.

        Args:
            data: the packet.
            enters: whether the packet before it is an encoded one.
        """
        return data

    def encoded(self, data: bytes, *, leaves: bool) -> bytes:  # noqa: ARG002 - others need it
        """Return an encoder's packet as it goes into the file.

        Args:
            data: the packet.
            leaves: whether the packet behind it is a copied one.
        """
        return data
