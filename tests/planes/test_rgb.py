"""Crops as RGB against VapourSynth's own conversion, and the way back."""

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.planes.frames import crop_of
from vs_lipsync.planes.image import Crop, Region, SampleFormat
from vs_lipsync.planes.rgb import add_rgb, cut, to_rgb

WIDTH, HEIGHT = 96, 64
INNER = (slice(6, -6), slice(6, -6))  # VapourSynth treats the border in its own way

FORMATS = {
    "YUV420P8": (vs.YUV420P8, 8),
    "YUV420P10": (vs.YUV420P10, 10),
    "YUV422P16": (vs.YUV422P16, 16),
    "YUV444P10": (vs.YUV444P10, 10),
    "YUV411P8": (vs.YUV411P8, 8),
    "YUV420PS": (vs.YUV420PS, 16),
    "YUV444PH": (vs.YUV444PH, 11),
    "RGB24": (vs.RGB24, 8),
    "RGB48": (vs.RGB48, 16),
    "RGBH": (vs.RGBH, 11),
    "RGBS": (vs.RGBS, 16),
}


def soft(seed: int, amount: float, mean: float) -> NDArray[np.float32]:
    """A smooth picture [h, w, 3], so that subsampled chroma loses little."""
    noise = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH, 3)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 9)
    return np.asarray(mean + amount * blurred / np.abs(blurred).max(), np.float32)


def converted(
    rgb: NDArray[np.float32],
    video: int,
    *,
    matrix: int | None = None,
    full: int | None = None,
    location: int | None = None,
) -> Crop:
    """A crop of a frame that VapourSynth made of an RGB picture."""
    blank = vs.core.std.BlankClip(format=vs.RGBS, width=WIDTH, height=HEIGHT, length=1)

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(3):
            np.asarray(out[plane])[:] = rgb[..., plane]
        return out

    filled = blank.std.ModifyFrame(blank, fill)
    clip = filled.resize.Bilinear(format=video, matrix=matrix, range=full, chromaloc=location, dither_type="none")
    crop = crop_of(clip.get_frame(0), Region(0, 0, WIDTH, HEIGHT))
    return Crop(crop.region, tuple(plane.copy() for plane in crop.planes), *_rest(crop))


def _rest(crop: Crop) -> tuple[SampleFormat, int, int, bool]:
    return crop.format, crop.chroma_location, crop.matrix, crop.full_range


@pytest.mark.parametrize("matrix", [1, 4, 5, 6, 7, 9])
@pytest.mark.parametrize("full", [0, 1])
@pytest.mark.parametrize("name", [name for name in FORMATS if name.startswith("YUV4")])
def test_yuv_equals_vapoursynth(name: str, full: int, matrix: int) -> None:
    video, bits = FORMATS[name]
    rgb = soft(0, 0.25, 0.5)
    crop = converted(rgb, video, matrix=matrix, full=full)
    assert (crop.matrix, crop.full_range) == (matrix, bool(full))
    tolerance = 3.0 / (1 << bits) + (0.004 if crop.format.subsampling_w else 0.0)
    np.testing.assert_allclose(to_rgb(crop)[INNER], rgb[INNER], rtol=0, atol=tolerance)


@pytest.mark.parametrize("location", range(6))
def test_chroma_sites(location: int) -> None:
    rgb = soft(1, 0.25, 0.5)
    crop = converted(rgb, vs.YUV420PS, matrix=1, location=location)
    assert crop.chroma_location == location
    # Samples taken to be half a sample off would differ by more.
    np.testing.assert_allclose(to_rgb(crop)[INNER], rgb[INNER], rtol=0, atol=0.004)
    wrong = Crop(crop.region, crop.planes, crop.format, {0: 3, 1: 2, 2: 5, 3: 0, 4: 1, 5: 2}[location], 1, False)
    assert np.abs(to_rgb(wrong)[INNER] - rgb[INNER]).max() > 0.008


@pytest.mark.parametrize("name", [name for name in FORMATS if name.startswith("RGB")])
def test_rgb_is_scaled(name: str) -> None:
    rgb = soft(2, 0.4, 0.5)
    np.testing.assert_allclose(
        to_rgb(converted(rgb, FORMATS[name][0])), rgb, rtol=0, atol=1.0 / (1 << FORMATS[name][1])
    )


@pytest.mark.parametrize(("video", "bits"), [(vs.GRAY8, 8), (vs.GRAY16, 16), (vs.GRAYS, 16)])
@pytest.mark.parametrize("full", [0, 1])
def test_gray_is_its_luma(video: int, bits: int, full: int) -> None:
    rgb = soft(3, 0.3, 0.5)
    crop = converted(rgb, video, matrix=1, full=full)
    luma = rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    np.testing.assert_allclose(to_rgb(crop), np.repeat(luma[..., None], 3, -1), rtol=0, atol=1.5 / (1 << bits))


@pytest.mark.parametrize("name", FORMATS)
def test_a_change_arrives_and_no_change_changes_nothing(name: str) -> None:
    video, bits = FORMATS[name]
    crop = converted(soft(4, 0.2, 0.5), video, matrix=None if name.startswith("RGB") else 9)
    for new, old in zip(add_rgb(crop, np.zeros((HEIGHT, WIDTH, 3), np.float32)), crop.planes, strict=True):
        assert new.dtype == old.dtype
        np.testing.assert_array_equal(new, old)
    change = soft(5, 0.1, 0.0)
    after = to_rgb(Crop(crop.region, add_rgb(crop, change), *_rest(crop)))
    tolerance = 4.0 / (1 << bits) + (0.004 if crop.format.subsampling_w else 0.0)
    np.testing.assert_allclose((after - to_rgb(crop))[INNER], change[INNER], rtol=0, atol=tolerance)


@pytest.mark.parametrize("location", range(6))
def test_a_local_change_arrives_where_it_is(location: int) -> None:
    crop = converted(soft(6, 0.1, 0.5), vs.YUV420PS, matrix=1, location=location)
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    spot = np.exp(-((columns - 40.0) ** 2 + (rows - 30.0) ** 2) / 50)[..., None] * np.array([0.3, 0.0, -0.3])
    after = to_rgb(Crop(crop.region, add_rgb(crop, spot.astype(np.float32)), *_rest(crop)))
    difference = np.abs(after - to_rgb(crop)).sum(-1)
    assert (difference * columns).sum() / difference.sum() == pytest.approx(40, abs=0.1)
    assert (difference * rows).sum() / difference.sum() == pytest.approx(30, abs=0.1)


def test_results_are_held_to_the_range_of_the_format() -> None:
    crop = converted(soft(7, 0.2, 0.5), vs.YUV420P10, matrix=1)
    bright = add_rgb(crop, np.full((HEIGHT, WIDTH, 3), 5.0, np.float32))
    assert bright[0].max() == 1023
    assert add_rgb(crop, np.full((HEIGHT, WIDTH, 3), -5.0, np.float32))[0].min() == 0


def test_what_is_beyond_white_is_kept() -> None:
    crop = converted(np.full((HEIGHT, WIDTH, 3), 1.5, np.float32), vs.YUV444PS, matrix=1)
    np.testing.assert_allclose(to_rgb(crop), 1.5, atol=1e-4)


def test_cut() -> None:
    crop = converted(soft(8, 0.2, 0.5), vs.YUV420P8, matrix=1)
    moved = Crop(Region(200, 100, WIDTH, HEIGHT), crop.planes, *_rest(crop))
    part = cut(moved, Region(220, 110, 40, 30))
    np.testing.assert_array_equal(part.planes[0], crop.planes[0][10:40, 20:60])
    np.testing.assert_array_equal(part.planes[1], crop.planes[1][5:20, 10:30])
    assert part.region == Region(220, 110, 40, 30)
