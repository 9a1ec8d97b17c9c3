"""Pictures in pipes: every format as it is, and streams that are none, or end too early (under 3 s)."""

import io
import subprocess
from fractions import Fraction
from typing import cast

import numpy as np
import pytest
import vapoursynth as vs

from vs_lipsync.errors import JobError
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.pipe_clip import PipeClip
from vs_lipsync.media.y4m import read_frame, read_header


def raw(data: bytes) -> io.RawIOBase:
    """Return bytes as a stream that is read as a pipe is."""
    return cast(io.RawIOBase, io.BytesIO(data))


def stream_of(pixel_format: str, frames: int = 3) -> bytes:
    """Return what FFmpeg writes of its test pattern."""
    command = [ffmpeg_program(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=48x32:rate=30000/1001"]
    command += [
        "-frames:v",
        str(frames),
        "-pix_fmt",
        pixel_format,
        "-strict",
        "-1",
        "-f",
        "yuv4mpegpipe",
        "-",
    ]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("yuv420p", vs.YUV420P8),
        ("yuv422p", vs.YUV422P8),
        ("yuv444p", vs.YUV444P8),
        ("yuv411p", vs.YUV411P8),
        ("gray", vs.GRAY8),
        ("gray10le", vs.GRAY10),
        ("yuv420p10le", vs.YUV420P10),
        ("yuv422p12le", vs.YUV422P12),
        ("yuv444p10le", vs.YUV444P10),
        ("yuv444p16le", vs.YUV444P16),
    ],
)
def test_frames_arrive_as_they_are(name: str, form: vs.PresetVideoFormat) -> None:
    data = stream_of(name)
    stream = raw(data)
    header = read_header(stream)
    assert (header.format.id, header.width, header.height, header.rate) == (form, 48, 32, Fraction(30000, 1001))
    pipe = PipeClip(stream, header)
    assert pipe.wait(10) == 3
    again = header.line
    for n, frame in enumerate(pipe.node(3).frames(close=True)):
        again += pipe.at(n).line
        planes = (np.ascontiguousarray(np.asarray(frame[plane])) for plane in range(frame.format.num_planes))
        again += b"".join(plane.tobytes() for plane in planes)
        assert (frame.props["_DurationNum"], frame.props["_DurationDen"]) == (1001, 30000)
    assert again == data
    pipe.check()


def test_what_the_header_says_becomes_properties() -> None:
    line = b"YUV4MPEG2 W16 H16 F25:1 Ip A64:45 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=FULL\n"
    header = read_header(raw(line))
    assert header.props == {"_FieldBased": 0, "_SARNum": 64, "_SARDen": 45, "_ChromaLocation": 0, "_Range": 1}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no YUV4MPEG2"),
        (b"RIFF....", "no YUV4MPEG2"),
        (b"YUV4MPEG2 W16 F25:1\n", "'YUV4MPEG2 W16 F25:1'"),
        (b"YUV4MPEG2 W16 Hx F25:1\n", "Hx"),
        (b"YUV4MPEG2 W16 H16 F0:0\n", "no rate"),
        (b"YUV4MPEG2 W16 H16 F25:1 C444alpha\n", "'444alpha'"),
        (b"YUV4MPEG2 W16 H16 F25:1 C420p32\n", "32 bits"),
        (b"YUV4MPEG2 W15 H16 F25:1\n", "odd size"),
        (b"YUV4MPEG2 " + b"X" * 9000, "Y"),
    ],
)
def test_what_is_no_stream_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(JobError, match=said):
        read_header(raw(data))


@pytest.mark.parametrize(
    ("cut", "said"), [(-1, "ends in the middle of a frame"), (-2307, "does not go on with a frame")]
)
def test_a_stream_that_ends_too_early(cut: int, said: str) -> None:
    """What is whole before that is there."""
    stream = raw(stream_of("yuv420p")[:cut])
    pipe = PipeClip(stream, read_header(stream))
    assert pipe.wait(10) == 2
    with pytest.raises(JobError, match=f"standard input is damaged behind frame 2: it {said}"):
        pipe.check()


def test_no_more_is_read_than_is_wanted_and_kept_than_is_needed() -> None:
    stream = raw(stream_of("gray", frames=9))
    header = read_header(stream)
    pipe = PipeClip(stream, header)
    assert pipe.wait(4) is None
    assert pipe.has(4) and not pipe.has(5)
    assert read_frame(stream, header) is not None  # the fifth is still in the stream
    pipe.forget(2)
    with pytest.raises(vs.Error, match="frame 1 of the pipe is not at hand"):
        pipe.node(9).get_frame(1)
    pipe.node(9).get_frame(2)
