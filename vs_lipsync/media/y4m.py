"""YUV4MPEG2, the format of uncompressed pictures in pipes, as FFmpeg, vspipe and mjpegtools write it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import RawIOBase
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import JobError

__all__ = ["Y4mFrame", "Y4mHeader", "read_frame", "read_header", "write_all"]

_MAGIC: Final = b"YUV4MPEG2"
_LONGEST_LINE: Final = 4096

_SUBSAMPLINGS: Final = {"420": (1, 1), "422": (1, 0), "444": (0, 0), "440": (0, 1), "411": (2, 0), "410": (2, 2)}
_LOCATIONS: Final = {"jpeg": 1, "mpeg2": 0, "paldv": 2}
"""H.273's chroma locations of the kinds of 8-bit 4:2:0, by what mjpegtools calls them."""


@dataclass(frozen=True, slots=True)
class Y4mHeader:
    """What a stream says of all its frames.

    Attributes:
        line: the header as it came, with its end of line.
        width: of the pictures, in luma samples.
        height: the same.
        rate: frames per second.
        format: of the samples.
        interlacing: "p" for whole pictures, "?" if it is not said; else they are fields.
        props: properties of the frames: what VapourSynth calls the shape of pixels, range and place of chroma.
    """

    line: bytes
    width: int
    height: int
    rate: Fraction
    format: vs.VideoFormat
    interlacing: str
    props: dict[str, int]

    @property
    def planes(self) -> list[tuple[int, int]]:
        """Height and width of each plane."""
        form = self.format
        luma = [(self.height, self.width)]
        if form.num_planes == 1:
            return luma
        return luma + [(self.height >> form.subsampling_h, self.width >> form.subsampling_w)] * 2


@dataclass(frozen=True, slots=True)
class Y4mFrame:
    """A frame.

    Attributes:
        line: its header as it came, with its end of line.
        planes: its samples [height, width].
    """

    line: bytes
    planes: Sequence[NDArray[np.generic]]

    def made(self, header: Y4mHeader) -> vs.VideoFrame:
        """Return it as a frame of VapourSynth's."""
        frame = vs.core.create_video_frame(header.format.id, header.width, header.height)
        for number, samples in enumerate(self.planes):
            np.asarray(frame[number])[:] = samples
        duration = 1 / header.rate
        times = {"_DurationNum": duration.numerator, "_DurationDen": duration.denominator}
        for name, value in (header.props | times).items():
            frame.props[name] = value
        return frame


def read_header(stream: RawIOBase) -> Y4mHeader:
    """Read the header of a stream.

    Raises:
        JobError: it is none, or of pictures that cannot be dubbed.
    """
    line = _line(stream)
    if not line.startswith(_MAGIC + b" "):
        raise JobError(
            "standard input is no YUV4MPEG2 (y4m) stream; write one such as with ffmpeg -i CLIP -f yuv4mpegpipe -"
        )
    words = line[len(_MAGIC) :].decode("ascii", "replace").split()
    fields = {word[0]: word[1:] for word in words if word[0] != "X"}
    try:
        width, height = int(fields["W"]), int(fields["H"])
        rate = _fraction(fields["F"])
        shape = _fraction(fields.get("A", "0:0"))
        form, location = _format(fields.get("C", "420jpeg"))
    except (KeyError, ValueError, vs.Error) as error:
        raise JobError(f"the y4m header says {line[:200].decode('ascii', 'replace').strip()!r}: {error}") from error
    if width < 1 or height < 1 or rate <= 0:
        raise JobError("the y4m header gives no size or no rate")
    if width % (1 << form.subsampling_w) or height % (1 << form.subsampling_h):
        raise JobError(
            f"pictures of {width} x {height} have an odd size for {form.name}; crop them in the chain before"
        )
    props = {"_FieldBased": 0}
    if shape > 0:
        props |= {"_SARNum": shape.numerator, "_SARDen": shape.denominator}
    if location is not None:
        props["_ChromaLocation"] = location
    for word in words:
        if word in ("XCOLORRANGE=FULL", "XCOLORRANGE=LIMITED"):
            props["_Range"] = int(vs.RANGE_FULL if word.endswith("FULL") else vs.RANGE_LIMITED)
    return Y4mHeader(line, width, height, rate, form, fields.get("I", "p"), props)


def read_frame(stream: RawIOBase, header: Y4mHeader) -> Y4mFrame | None:
    """Read a frame; None at the end of the stream.

    Raises:
        JobError: the stream ends inside of it, or there is something else.
    """
    line = _line(stream)
    if not line:
        return None
    if not re.match(rb"FRAME[ \n]", line) or not line.endswith(b"\n"):
        raise JobError("it does not go on with a frame")
    kind = np.dtype("u1" if header.format.bytes_per_sample == 1 else "<u2")
    planes: list[NDArray[np.generic]] = []
    for shape in header.planes:
        samples: NDArray[np.generic] = np.empty(shape, kind)
        if not _fill(stream, memoryview(samples.reshape(-1).view(np.uint8))):
            raise JobError("it ends in the middle of a frame")
        planes.append(samples)
    return Y4mFrame(line, planes)


def write_all(stream: RawIOBase, data: "bytes | memoryview") -> None:
    """Write bytes, all of them; BrokenPipeError if nobody reads them any more."""
    left = memoryview(data)
    while left:
        left = left[stream.write(left) or 0 :]


def _line(stream: RawIOBase) -> bytes:
    """Read up to the end of a line and no further; less at the end of the stream."""
    line = bytearray()
    while len(line) < _LONGEST_LINE and not line.endswith(b"\n"):
        byte = stream.read(1)
        if not byte:
            break
        line += byte
    return bytes(line)


def _fill(stream: RawIOBase, view: memoryview) -> bool:
    """Read as many bytes as a view holds, and return whether there were so many."""
    while view:
        count = stream.readinto(view)
        if not count:
            return False
        view = view[count:]
    return True


def _fraction(text: str) -> Fraction:
    """Read a fraction with a colon; 0 for one that is unknown."""
    above, _, below = text.partition(":")
    return Fraction(int(above), int(below)) if int(below) else Fraction(0)


def _format(name: str) -> tuple[vs.VideoFormat, int | None]:
    """Return the format of samples, and the place of chroma where that is said; ValueError for others."""
    if found := re.fullmatch(r"mono(\d{1,2})?", name):
        return vs.core.query_video_format(vs.GRAY, vs.INTEGER, int(found[1] or 8), 0, 0), None
    found = re.fullmatch(r"(420|422|444|440|411|410)(?:p(\d{1,2})|(jpeg|mpeg2|paldv))?", name)
    if found is None or (found[3] and found[1] != "420"):
        raise ValueError(f"there is no way to dub pictures of the colour space {name!r:.40}")
    bits = int(found[2] or 8)
    if not 8 <= bits <= 16:
        raise ValueError(f"there is no way to dub samples of {bits} bits")
    form = vs.core.query_video_format(vs.YUV, vs.INTEGER, bits, *_SUBSAMPLINGS[found[1]])
    return form, _LOCATIONS[found[3]] if found[3] else None
