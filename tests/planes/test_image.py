import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vs_lipsync.planes.image import Region, SampleFormat

FORMATS = [SampleFormat("yuv", np.dtype(np.uint8), 8, w, h) for w in (0, 1, 2) for h in (0, 1, 2)]


@given(
    st.sampled_from(FORMATS),
    st.integers(-50, 250),
    st.integers(-50, 250),
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 50),
    st.integers(1, 50),
)
def test_aligned_region_covers_the_wish_and_whole_chroma_samples(
    video: SampleFormat, x: int, y: int, w: int, h: int, cells_x: int, cells_y: int
) -> None:
    width, height = cells_x << video.subsampling_w, cells_y << video.subsampling_h
    wish = Region(x, y, w, h)
    got = wish.aligned(video, width, height)
    assert got.x % (1 << video.subsampling_w) == 0 == got.width % (1 << video.subsampling_w)
    assert got.y % (1 << video.subsampling_h) == 0 == got.height % (1 << video.subsampling_h)
    for column in range(max(x, 0), min(x + w, width)):
        assert got.x <= column < got.right
    for row in range(max(y, 0), min(y + h, height)):
        assert got.y <= row < got.bottom
    assert got.right <= max(width, got.x)
    assert got.bottom <= max(height, got.y)


def test_slices_follow_the_subsampling() -> None:
    video = SampleFormat("yuv", np.dtype(np.uint8), 8, 1, 1)
    region = Region(4, 6, 8, 10)
    assert region.slices(video, 0) == (slice(6, 16), slice(4, 12))
    assert region.slices(video, 2) == (slice(3, 8), slice(2, 6))
