"""Every encoder by range, depth and family: what is seen is what was sent, and the documentation says so (30 s)."""

import pytest

from tests.conftest import ROOT
from tests.encoder_cases import CASES, EncoderCase, outcome, row
from vs_lipsync.media.encoding.pixel_formats import encoder_formats

PAGE = (ROOT / "docs" / "encoders.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| encoder", "| ---"))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_seen_is_what_was_sent(case: EncoderCase) -> None:
    """When the documentation says something else: `python scripts/make_encoder_table.py`."""
    if not encoder_formats(case.encoder):
        pytest.skip(f"this FFmpeg has no {case.encoder}")
    assert row(case, outcome(case)) in ROWS


def test_the_documentation_lists_what_is_tried() -> None:
    assert len(ROWS) == len(CASES)
