"""What a file says of its having been re-voiced, and what is read of it again."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vs_lipsync.media.provenance import TAG, Provenance, stated_target
from vs_lipsync.plan.outcomes import Outcome, Range
from vs_lipsync.timing.timeline import ConstantRate

RANGES = [Range(0, 9, Outcome("dub", "target speaks")), Range(10, 19, Outcome("pass", "no face"))]


def tagged(path: Path, statement: str | None) -> Path:
    """Write a picture with a statement."""
    with av.open(str(path), "w") as container:
        if statement is not None:
            container.metadata[TAG] = statement
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for frame in (av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24"), None):
            container.mux(video.encode(frame))
    return path


@pytest.mark.parametrize("target", ["main", "speaking", "all", "120@640,360", "anna's picture é.png"])
def test_the_target_is_read_as_it_was_said(target: str, tmp_path: Path) -> None:
    said = Provenance.of(RANGES, ConstantRate(Fraction(25)), Fraction(0), "warp", target).statement
    assert json.loads(said)["target"] == target
    assert stated_target(tagged(tmp_path / "out.mkv", said)) == target


def test_the_main_face_of_each_shot_is_no_target() -> None:
    assert "target" not in json.loads(Provenance.of(RANGES, ConstantRate(Fraction(25)), Fraction(0), "warp").statement)


@pytest.mark.parametrize(
    "statement",
    [
        None, "", "no JSON", "[1]", "{}", '{"target": ""}', '{"target": 3}', '{"target": "../secret.png"}',
        '{"target": "/etc/passwd"}', "[" * 50_000,
    ],
)  # fmt: skip
def test_what_is_no_statement_names_nobody(statement: str | None, tmp_path: Path) -> None:
    assert stated_target(tagged(tmp_path / "out.mkv", statement)) is None


def test_what_is_no_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "out.mkv").write_bytes(b"nothing")
    assert stated_target(tmp_path / "out.mkv") is None
    assert stated_target(tmp_path / "absent.mkv") is None
