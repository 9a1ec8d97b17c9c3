"""Every format, size and rate: nothing but the mouth changes, and the documentation says what was tried (50 s)."""

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB, ROOT
from tests.footage import mixed
from tests.format_cases import CASES, Case, outcome, page
from vs_lipsync import lipsync


@pytest.mark.filterwarnings("ignore:The _ColorRange frame property:DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_but_the_mouth_changes(case: Case) -> None:
    assert outcome(case) == case.expected


def test_the_documentation_lists_what_is_tried() -> None:
    """When it does not: `python scripts/make_format_table.py`."""
    written = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert written == page([(case, case.expected) for case in CASES])


@pytest.mark.parametrize("video", [vs.YUV420P8, vs.RGB24])
def test_alpha_is_kept(video: int) -> None:
    clip = mixed(video, 3)
    alpha = vs.core.std.BlankClip(clip, format=vs.GRAY8, color=77)
    clip = vs.core.std.ClipToProp(clip, alpha)
    for before, after in zip(clip.frames(), lipsync(clip, DEMO_DUB, offset=-1.0).frames(), strict=True):
        assert {before.props["_Alpha"].format.id, after.props["_Alpha"].format.id} == {vs.GRAY8}
        np.testing.assert_array_equal(np.asarray(after.props["_Alpha"][0]), 77)
