"""Recordings that were joined whose pixels have another shape: BestSource says that of the first one of all frames."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.bitstream import BitStreamFilterContext

__all__ = ["note_of_pixel_shapes"]

_MOST: Final = 8
"""Headers of a stream that are looked at: an encoder that varies them at will does not vary the shape of pixels."""

_HEADER: Final = "new_extradata"
"""Side data of a packet that FFmpeg's filter `extract_extradata` puts headers into."""


def note_of_pixel_shapes(path: Path, stream: int | None) -> str | None:
    """Return what the user should know of a file: from which frame on its pixels have another shape than at first.

    All packets are read whose headers are among them, and one picture is decoded behind each header that is unlike
    those before. Where headers are the file's, as in MP4, or FFmpeg cannot take them out, nothing is read.

    Args:
        path: the file.
        stream: number of its picture stream; None if that is not known.
    """
    if stream is None:
        return None
    try:
        first: Fraction | None = None
        for frame, shape in _shapes(path, stream):
            if first is None:
                first = shape
            elif shape != first:
                shapes = [f"{one.numerator}:{one.denominator}" for one in (shape, first)]
                return (
                    f"{path}: from frame {frame} on, the shape of its pixels is {shapes[0]} and no longer {shapes[1]}; "
                    "what is written has the first one throughout, so cut the file there and dub the parts one by one"
                )
    except (av.FFmpegError, OSError, ValueError, IndexError):  # whoever decodes it will say what is wrong
        return None
    return None


def _shapes(path: Path, number: int) -> Iterator[tuple[int, Fraction]]:
    """Yield the number of the frame at which a header comes, and the shape of pixels that it says."""
    with av.open(str(path)) as container:
        stream = container.streams[number]
        if not isinstance(stream, av.VideoStream):
            return
        headers = BitStreamFilterContext("extract_extradata", in_stream=stream)
        seen: set[bytes] = set()
        begun: int | None = None
        for frame, packet in enumerate(one for one in container.demux(stream) if one.size):
            found = [one for one in headers.filter(av.Packet(bytes(packet))) if one.has_sidedata(_HEADER)]
            header = bytes(found[0].get_sidedata(_HEADER)) if found else None
            if header is not None and header not in seen and len(seen) < _MOST:
                seen.add(header)
                stream.codec_context.flush_buffers()
                begun = frame
            if begun is not None and packet.decode():
                shape = stream.codec_context.sample_aspect_ratio
                yield begun, Fraction(shape.numerator, shape.denominator) if shape else Fraction(1)
                begun = None
