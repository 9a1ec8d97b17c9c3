"""Segments as files: every sample of every format that a file can have, and a line for the others (25 s)."""

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from tests.format_cases import CASES
from vs_lipsync.media.encoding.raw_video import ALPHA
from vs_lipsync.media.segment_file import lossless_options, notes_of_encoder, write_segment

FORMATS = {case.format.id: case.format for case in CASES}.values()
NOT_HELD = {"YUV440P9", "YUV440P14", "YUV440P16", *(f"YUV41{n}P{bits}" for n in (0, 1) for bits in (9, 10, 12, 14, 16))}
"""Formats that no codec of FFmpeg has: they come from scripts only."""


def ramps(form: vs.VideoFormat, sample_range: int, *, alpha: bool = False) -> vs.VideoNode:
    """Two frames whose samples take all values from the least to the greatest, another order in each plane."""
    clip = vs.core.std.BlankClip(format=form.id, width=64, height=48, length=2, fpsnum=25, fpsden=1)

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        frame = f.copy()
        for plane in range(form.num_planes):
            samples = np.asarray(frame[plane])
            values = np.linspace(0, 1, samples.size).reshape(samples.shape)[:: -1 if plane % 2 else 1]
            peak = 1 if form.sample_type == vs.FLOAT else (1 << form.bits_per_sample) - 1
            samples[:] = np.roll(values * peak, n * 100).astype(samples.dtype)
        return frame

    made = clip.std.ModifyFrame(clip, fill).std.SetFrameProps(_Range=sample_range)
    if form.color_family != vs.RGB:
        made = made.std.SetFrameProps(_Matrix=1, _Primaries=1, _Transfer=1)
    if alpha:
        gray = form.replace(color_family=vs.GRAY, subsampling_w=0, subsampling_h=0)
        made = made.std.ClipToProp(ramps(gray, 1), ALPHA)
    return made


def read(path: Path) -> vs.VideoNode:
    return vs.core.bs.VideoSource(str(path), cachemode=0)


def assert_same(clip: vs.VideoNode, written: vs.VideoNode) -> None:
    kept = clip.format.id if clip.format.name[-1] != "H" else clip.format.replace(bits_per_sample=32).id
    assert (written.format.id, written.num_frames) == (kept, clip.num_frames)
    for before, after in zip(clip.frames(), written.frames(), strict=True):
        for plane in range(clip.format.num_planes):
            np.testing.assert_array_equal(np.asarray(before[plane]), np.asarray(after[plane]))
        assert after.props.get("_Range", 1) == before.props["_Range"]
        if ALPHA in before.props:
            np.testing.assert_array_equal(np.asarray(before.props[ALPHA][0]), np.asarray(after.props[ALPHA][0]))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_format_is_exact_or_told(form: vs.VideoFormat, tmp_path: Path) -> None:
    clip, is_float = ramps(form, 1), form.sample_type == vs.FLOAT
    options = lossless_options(form)
    notes = notes_of_encoder(clip, options)
    if form.name in NOT_HELD or (is_float and form.color_family == vs.YUV):
        assert f"{form.name} is converted to " in notes[0] and f"FFmpeg has no format for {form.name}" in notes[0]
        return
    assert list(notes) == (
        [f"{form.name} is converted to {form.name[:-1]}S for the encoder"] if form.name[-1] == "H" else []
    )
    write_segment(clip, [], tmp_path / "a.mkv", options, None, lambda: None)
    assert_same(clip, read(tmp_path / "a.mkv"))


@pytest.mark.parametrize("form", [vs.YUV420P8, vs.YUV422P10, vs.GRAY8])
def test_limited_range_is_exact(form: vs.PresetVideoFormat, tmp_path: Path) -> None:
    clip = ramps(vs.core.get_video_format(form), 0)
    assert write_segment(clip, [], tmp_path / "a.mkv", lossless_options(clip.format), None, lambda: None) == []
    assert_same(clip, read(tmp_path / "a.mkv"))


@pytest.mark.parametrize("form", [vs.GRAY8, vs.YUV420P8, vs.YUV444P10, vs.YUV444P12, vs.RGB24, vs.RGB48, vs.RGBS])
def test_alpha_is_exact(form: vs.PresetVideoFormat, tmp_path: Path) -> None:
    clip = ramps(vs.core.get_video_format(form), 1, alpha=True)
    assert write_segment(clip, [], tmp_path / "a.mkv", lossless_options(clip.format), None, lambda: None) == []
    assert_same(clip, read(tmp_path / "a.mkv"))
