"""Which mouths of other footage are kept."""

import numpy as np

from tests.mouth.drawn import drawn_frame
from vs_lipsync.faces.landmarks import JAW, LIPS, mouth_opening
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.mouth.passages import chosen, trimmed
from vs_lipsync.mouth.render import SURROUND_POINTS


def test_passages_are_kept_that_show_what_the_others_do_not() -> None:
    silent = [[drawn_frame(16 * k + n, 0.0) for n in range(4)] for k in range(6)]
    open_one = [drawn_frame(200 + n, 0.06 * n) for n in range(4)]
    kept = chosen([*silent[:3], open_one, *silent[3:]], most=8)
    assert len(kept) == 8
    assert {frame.number for frame in open_one} < {frame.number for frame in kept}
    assert np.ptp(mouth_opening(Footage.of(kept).shapes)) > 0.15


def test_nothing_is_chosen_among_nothing() -> None:
    assert chosen([]) == [] and chosen([[], []]) == []


def test_what_a_mouth_is_made_of_is_kept_of_a_crop() -> None:
    frame = drawn_frame(0, 0.2)
    small = trimmed(frame)
    assert frame.crop is not None and small.crop is not None and frame.landmarks is not None
    region = small.crop.region
    assert region.width * region.height < 0.8 * frame.crop.region.width * frame.crop.region.height
    places = frame.landmarks[[*LIPS, *JAW, *SURROUND_POINTS, 6], :2]
    assert (places.min(0) > [region.x, region.y]).all() and (
        places.max(0) < [region.right - 1, region.bottom - 1]
    ).all()
    at = region.y - frame.crop.region.y, region.x - frame.crop.region.x
    np.testing.assert_array_equal(
        small.crop.luma, frame.crop.luma[at[0] : at[0] + region.height, at[1] : at[1] + region.width]
    )
