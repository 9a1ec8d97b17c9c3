"""The small pictures in which faces are sought (under 5 s)."""

from typing import Any

import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from tests.conftest import DEMO_DUB
from tests.footage import mixed
from vs_lipsync import lipsync
from vs_lipsync.graph.proxy import proxy_of
from vs_lipsync.planes.frames import rgb_of

BT709 = {"_Matrix": 1, "_Transfer": 1, "_Primaries": 1}


def pixels(clip: vs.VideoNode, side: int = 160) -> NDArray[np.uint8]:
    with proxy_of(clip, side).get_frame(0) as frame:
        return rgb_of(frame)


def footage() -> vs.VideoNode:
    return mixed(vs.YUV444P16, 3)[:1].std.SetFrameProps(**BT709)


@pytest.mark.parametrize("video", [vs.YUV420P8, vs.YUV422P10, vs.GRAY16, vs.RGB24, vs.RGBS])
@pytest.mark.parametrize("transfer", [None, 1, 2, 6, 13, 14, 15])
def test_ordinary_pictures_are_only_scaled_and_converted(video: int, transfer: int | None) -> None:
    clip = mixed(video, 3)[:1]
    if transfer is not None:
        clip = clip.std.SetFrameProps(_Transfer=transfer)
    plain = clip.std.RemoveFrameProps("_Matrix") if clip.format.color_family != vs.YUV else clip
    plain = plain.resize.Bilinear(160, 96).resize.Bilinear(format=vs.RGB24)
    np.testing.assert_array_equal(pixels(clip), rgb_of(plain.get_frame(0)))


@pytest.mark.parametrize("transfer", [vs.TRANSFER_ST2084, vs.TRANSFER_ARIB_B67])
@pytest.mark.parametrize(
    ("video", "matrix"),
    [(vs.YUV420P10, 9), (vs.YUV444P16, 9), (vs.YUV420P10, 14), (vs.RGB48, 0), (vs.GRAY16, None)],
)
def test_hdr_looks_as_it_would_in_sdr(transfer: int, video: int, matrix: int | None) -> None:
    sdr = footage()
    hdr = sdr.resize.Bicubic(
        format=video if matrix is not None else vs.RGB48,
        matrix=matrix or None,
        transfer=transfer,
        primaries=9,
        nominal_luminance=203,
    )
    if matrix is None:
        hdr = hdr.resize.Bicubic(format=video, matrix=9)
    shown, meant, unconverted = (
        pixels(clip).astype(float)
        for clip in (
            hdr,
            sdr if matrix is not None else sdr.resize.Bicubic(format=vs.GRAY16),
            hdr.std.SetFrameProps(_Transfer=1, **({} if matrix != 14 else {"_Matrix": 9})),
        )
    )
    error, before = np.abs(shown - meant).mean(), np.abs(unconverted - meant).mean()
    assert error < 4 and before > 4 * error


@pytest.mark.parametrize(
    "props",
    [
        *({"_Matrix": number} for number in (-1, *range(18), 255)),
        *({**BT709, "_Transfer": number} for number in (-1, *range(20), 255)),
        *({**BT709, "_Primaries": number} for number in (-1, *range(24), 255)),
        *(
            {"_Matrix": m, "_Transfer": t, "_Primaries": p}
            for m in (10, 12, 14) for t in (1, 2, 11, 16) for p in (2, 9, 12)
        ),
        *({"_ChromaLocation": number} for number in range(-1, 8)),
        *({"_Range": number} for number in range(-1, 4)),
        {"_Transfer": 16},
        {"_Transfer": 18, "_Matrix": 1},
        {"_FieldBased": 7},
        {"_Matrix": [1, 2], "_Range": [0, 1]},
        {"_Matrix": "BT.709", "_Transfer": b"PQ", "_Range": 1.5},
    ],
    ids=lambda props: ",".join(f"{name[1:]}={value}" for name, value in props.items()),
)  # fmt: skip
def test_whatever_frames_say_there_is_a_picture(props: dict[str, Any]) -> None:
    for video in (vs.YUV420P8, vs.GRAY16, vs.RGB24):
        clip = vs.core.std.BlankClip(format=video, width=64, height=64, length=1, keep=True)
        assert pixels(clip.std.SetFrameProps(**props), 32).shape == (32, 32, 3)


def test_footage_that_says_it_is_in_rgb_but_is_not_is_dubbed() -> None:
    clip = mixed(vs.YUV444P8, 24).std.SetFrameProps(_Matrix=0)
    assert lipsync(clip, DEMO_DUB).get_frame(2).props["LipSyncAction"] == "dub"
