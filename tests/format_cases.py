"""What the filter is tried with: formats, sizes, rates, and what frames say. `docs/formats.md` is made from this."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import vapoursynth as vs

from tests.conftest import DEMO_CLIP, DEMO_DUB
from tests.footage import changed_samples
from vs_lipsync import lipsync

__all__ = ["CASES", "Case", "outcome", "page"]

LENGTH = 2
DEPTHS = (*((vs.INTEGER, bits) for bits in (8, 9, 10, 12, 14, 16)), (vs.FLOAT, 16), (vs.FLOAT, 32))
SUBSAMPLINGS = {"4:2:0": (1, 1), "4:2:2": (1, 0), "4:4:0": (0, 1), "4:1:1": (2, 0), "4:1:0": (2, 2), "4:4:4": (0, 0)}

HDR10 = {
    "_Matrix": 9, "_Transfer": 16, "_Primaries": 9, "_Range": 0, "_ChromaLocation": 2,
    "MasteringDisplayPrimariesX": [0.68, 0.265, 0.15], "MasteringDisplayPrimariesY": [0.32, 0.69, 0.06],
    "MasteringDisplayWhitePointX": 0.3127, "MasteringDisplayWhitePointY": 0.329,
    "MasteringDisplayMinLuminance": 0.0001, "MasteringDisplayMaxLuminance": 1000.0,
    "ContentLightLevelMax": 1000, "ContentLightLevelAverage": 400,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One thing to try.

    Attributes:
        about: what is special about it.
        family: vs.GRAY, vs.YUV or vs.RGB.
        sample: type and bits of the samples.
        subsampling: log2, horizontally and vertically.
        width: in luma samples.
        height: in luma samples.
        rate: frames per second; None for one that varies, with timecodes.
        props: what frames say.
        frames: length of the clip.
        expected: what is to happen to the frames.
    """

    about: str
    family: int = vs.YUV
    sample: tuple[int, int] = (vs.INTEGER, 8)
    subsampling: tuple[int, int] = (1, 1)
    width: int = 320
    height: int = 192
    rate: Fraction | None = Fraction(25)
    props: dict[str, Any] = field(default_factory=dict, hash=False)
    frames: int = LENGTH
    expected: str = "dubbed"

    @property
    def format(self) -> vs.VideoFormat:
        """The format of the clip."""
        return vs.core.query_video_format(self.family, *self.sample, *self.subsampling)

    @property
    def name(self) -> str:
        """How tests and the table call it."""
        size = f"{self.width}×{self.height}"
        rate = "variable" if self.rate is None else str(self.rate)
        return f"{self.format.name}, {size}, {rate}, {self.about}"

    def clip(self) -> vs.VideoNode:
        """Make the clip: a face in every frame."""
        made = _footage()[20 : 20 + self.frames].resize.Bicubic(
            self.width, self.height, format=self.format, matrix=None if self.family == vs.RGB else 1
        )
        if self.rate is None:
            halves = [made[:1].std.AssumeFPS(fpsnum=25), made[1:].std.AssumeFPS(fpsnum=10)]
            made = vs.core.std.Splice(halves)
        else:
            made = made.std.AssumeFPS(fpsnum=self.rate.numerator, fpsden=self.rate.denominator)
        return made.std.SetFrameProps(TestNote="kept", TestNumbers=[1.5, 2.5], **self.props)


def outcome(case: Case) -> str:
    """Dub the clip of a case; say what happened.

    Raises:
        AssertionError: a sample outside the box, a property, the format, the size or the rate is another one.
    """
    clip = case.clip()
    timecodes = None if case.rate is not None else [0, 0.04]
    made = lipsync(clip, DEMO_DUB, offset=-0.5, timecodes=timecodes)
    assert (made.format, made.width, made.height) == (clip.format, clip.width, clip.height)
    assert (made.fps, made.num_frames) == (clip.fps, clip.num_frames)
    said: list[str] = []
    changed = 0
    for before, after in zip(clip.frames(close=True), made.frames(close=True), strict=True):
        for name, value in before.props.items():
            _check_same(after.props[name], value)
        if after.props["LipSyncAction"] == "dub":
            changed += changed_samples(before, after)
            said.append("dubbed")
        else:
            for plane in range(clip.format.num_planes):
                np.testing.assert_array_equal(np.asarray(before[plane]), np.asarray(after[plane]))
            said.append(str(after.props["LipSyncReason"]))
    assert (changed > 0) == ("dubbed" in said)
    return ", ".join(dict.fromkeys(said))


@cache
def _footage() -> vs.VideoNode:
    return vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)


def _check_same(value: object, expected: object) -> None:
    if isinstance(expected, vs.VideoFrame):
        assert isinstance(value, vs.VideoFrame)
        for plane in range(expected.format.num_planes):
            np.testing.assert_array_equal(np.asarray(value[plane]), np.asarray(expected[plane]))
    else:
        assert value == expected


def _formats() -> Iterator[Case]:
    for sample in DEPTHS:
        yield Case("GRAY", vs.GRAY, sample, (0, 0))
    for about, subsampling in SUBSAMPLINGS.items():
        for sample in DEPTHS:
            yield Case(f"YUV {about}", vs.YUV, sample, subsampling)
    for sample in DEPTHS:
        yield Case("RGB", vs.RGB, sample, (0, 0))


def _sizes() -> Iterator[Case]:
    for family, about, subsampling in (
        (vs.GRAY, "GRAY", (0, 0)),
        *((vs.YUV, f"YUV {about}", subsampling) for about, subsampling in SUBSAMPLINGS.items()),
        (vs.RGB, "RGB", (0, 0)),
    ):
        step_x, step_y = 1 << subsampling[0], 1 << subsampling[1]
        width, height = (1 + 320 // step_x) * step_x, (1 + 192 // step_y) * step_y
        yield Case(f"{about}, smallest step of size", family, (vs.INTEGER, 8), subsampling, width, height)
    yield Case("tiny", width=64, height=64, expected="no face")
    yield Case("tiny", sample=(vs.FLOAT, 32), subsampling=(0, 0), width=64, height=64, expected="no face")
    yield Case("tiniest", vs.GRAY, (vs.INTEGER, 8), (0, 0), 1, 1, expected="no face")
    yield Case("HD", width=1920, height=1080)
    yield Case("8K", width=7680, height=4320, frames=1)


def _rates() -> Iterator[Case]:
    for rate in ("24000/1001", "24", "30000/1001", "50", "60000/1001", "60", "120"):
        yield Case("rate", rate=Fraction(rate))
    yield Case("25, then 10, with timecodes", rate=None)


def _said() -> Iterator[Case]:
    p10 = (vs.INTEGER, 10)
    for matrix in (0, 2, 5, 6, 7, 8, 9, 10):
        yield Case(f"_Matrix {matrix}", subsampling=(0, 0), props={"_Matrix": matrix})
    for full in (0, 1):
        yield Case(f"_Range {full}", sample=p10, props={"_Range": full})
        yield Case(f"_ColorRange {full}", sample=p10, props={"_ColorRange": full})
    for location in range(6):
        yield Case(f"_ChromaLocation {location}", props={"_ChromaLocation": location})
    yield Case("HDR10", sample=p10, props=HDR10)
    yield Case("HDR10+", sample=p10, props={**HDR10, "HDR10PlusMetadata": b"\xb5\x00\x3c\x00\x01\x04\x01\x40\x00"})
    yield Case("HLG", sample=p10, props={"_Matrix": 9, "_Transfer": 18, "_Primaries": 9})
    yield Case("Dolby Vision", sample=p10, props={**HDR10, "DolbyVisionRPU": bytes(range(256))})
    yield Case("Dolby Vision, ICtCp", sample=p10, props={**HDR10, "_Matrix": 14, "DolbyVisionRPU": b"\x19\x08\x09"})
    yield Case("PQ", vs.RGB, (vs.INTEGER, 16), (0, 0), props={"_Transfer": 16, "_Primaries": 9})
    yield Case("PQ", vs.GRAY, (vs.INTEGER, 16), (0, 0), props={"_Transfer": 16, "_Primaries": 9})
    yield Case("_SARNum, _SARDen", props={"_SARNum": 64, "_SARDen": 45})


CASES: Sequence[Case] = (*_formats(), *_sizes(), *_rates(), *_said())


def page(cases: Sequence[tuple[Case, str]]) -> str:
    """Write what happened to cases as a page of the documentation."""
    rows = [
        f"| {case.format.name} | {case.width} × {case.height} | {'variable' if case.rate is None else case.rate} "
        f"| {case.about} | {said} |"
        for case, said in cases
    ]
    return "\n".join([*_HEAD, *rows, ""])


_HEAD = """\
# What the filter is tried with

Written by `python scripts/make_format_table.py`, which runs the cases of `tests/format_cases.py`, as the tests do. In
each of them, every sample outside the box around the mouth is bit-identical to the source, and so are all properties
of the frames, the format, the size and the rate. Frames that are not dubbed are the source's throughout. *smallest
step of size* is the least that a width and a height can be beyond 320 × 192: odd where chroma is not subsampled.

Other things are refused, with what to do about it: variable format or size, more than 16 bits in integers, interlaced
pictures, and variable frame rates without timecodes. `_Alpha` is kept as it is, like every other frame in a property.

Pictures in PQ and HLG are brought to the range of an ordinary screen before faces are sought in them; the samples
that are dubbed stay as they are. What frames say in numbers that do not exist, or that cannot be, is passed over
there. Pictures in a camera's log curve do not say so, and need nothing: on seven clips turned to S-Log3, at normal
exposure, two and four stops under, every face was found that is found in the original, and its landmarks were 0.006
to 0.03 of the distance between the eyes away from the original's. For PQ and HLG without the conversion it would be
0.006 to 0.013; with it, it is 0.001 to 0.003.

| format | size | frames a second | | result |
| --- | --- | --- | --- | --- |""".splitlines()
