"""Encoders that can be lossless: those known to be so keep noise, and a changed sample is noticed (10 s)."""

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from vs_lipsync.errors import JobError
from vs_lipsync.media.encoding.lossless import is_lossless
from vs_lipsync.media.encoding.sending import Sending
from vs_lipsync.media.segment_file import write_segment

KEPT = [
    ("-c:v libx264 -qp 0", vs.YUV420P8),
    ("-c:v libx264 -crf 0", vs.YUV444P8),
    ("-c:v libx264 -x264-params keyint=9:qp=0", vs.YUV422P10),
    ("-c:v libx265 -x265-params log-level=0:lossless=1", vs.YUV420P10),
    ("-c:v libvpx-vp9 -lossless 1 -cpu-used 8", vs.YUV420P8),
    ("-c:v libsvtav1 -svtav1-params lossless=1", vs.YUV420P10),
    ("-c:v tiff", vs.RGB48),
    ("-c:v jpegls", vs.GRAY16),
]


def noise(form: vs.PresetVideoFormat) -> vs.VideoNode:
    clip = vs.core.std.BlankClip(format=int(form), width=64, height=64, length=3, fpsnum=25, fpsden=1)

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        frame = f.copy()
        for plane in range(frame.format.num_planes):
            samples = np.asarray(frame[plane])
            shape = samples.shape
            samples[:] = np.random.default_rng(n).integers(0, 1 << frame.format.bits_per_sample, shape, samples.dtype)
        return frame

    return clip.std.ModifyFrame(clip, fill)


@pytest.mark.parametrize(("options", "form"), KEPT)
def test_every_sample_is_kept_and_looked_at(options: str, form: vs.PresetVideoFormat, tmp_path: Path) -> None:
    words, clip = options.split(), noise(form)
    assert is_lossless(words[1], words[2:], clip.format.bits_per_sample)
    assert write_segment(clip, [], tmp_path / "a.mkv", words, None, lambda: None) == []
    sending = Sending.of(clip, words[1], words[2:], ".mkv", can_tag=True)
    sent = [sending.sent_frame(frame) for frame in sending.video.clip.frames()]
    sent[1].planes[0][30, 30] ^= 1
    with pytest.raises(JobError, match="should keep every sample"):
        sending.check(tmp_path / "a.mkv", sent)


@pytest.mark.parametrize(
    ("encoder", "options", "bits"),
    [
        ("libx264", "-crf 0", 10),
        ("libx264", "-crf 16", 8),
        ("libx264", "-qp 1", 8),
        ("libx264", "-qp 0 -qp 18", 8),
        ("libx265", "-x265-params lossless=0", 8),
        ("libx265", "-crf 0", 8),
        ("libvpx-vp9", "-lossless 0", 8),
        ("libsvtav1", "-crf 1", 8),
        ("exr", "-format half", 32),
        ("mpeg4", "-q:v 1", 8),
    ],
)
def test_those_that_may_lose_are_not_taken_for_lossless(encoder: str, options: str, bits: int) -> None:
    assert not is_lossless(encoder, options.split(), bits)
