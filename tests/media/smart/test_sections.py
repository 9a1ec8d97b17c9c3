"""Sections of a finished file that are decoded side by side."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.made_smart import footage
from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.ffmpeg import run_ffmpeg
from vs_lipsync.media.smart import sections
from vs_lipsync.media.smart.check import check_pictures
from vs_lipsync.media.smart.decoding import watched
from vs_lipsync.media.smart.kinds import open_codec
from vs_lipsync.media.smart.packets import Packets, facts_of, read_packets
from vs_lipsync.media.smart.runs import Run, runs_of
from vs_lipsync.media.smart.sections import sections_of
from vs_lipsync.timing.timeline import ConstantRate

LENGTH = 180
CODECS = {
    "h264.mp4": ["-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-bf", "3"],
    "h264.mkv": ["-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-bf", "3"],
    "vp9.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "12"],
    "prores.mov": ["-c:v", "prores_ks"],
}


@pytest.fixture(params=CODECS)
def source(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source whose frames are decoded in sections of 40 and more."""
    monkeypatch.setattr(sections, "_SHORTEST", 40)
    return footage(tmp_path / request.param, *CODECS[request.param], frames=LENGTH, size="96:64")


def packets_of(source: Path) -> Packets:
    return read_packets(source, 0, open_codec(facts_of(source, 0)))


def test_sections_are_all_frames_once_and_begin_in_copied_runs(source: Path) -> None:
    packets = packets_of(source)
    changed = np.zeros(LENGTH, bool)
    changed[85:95] = True
    runs = runs_of(packets, changed, 6, LENGTH)
    found = sections_of(packets, runs, 4)
    assert len(found) > 2 and found[0][0] == 6 and found[-1][1] == LENGTH
    assert all(one[1] == other[0] for one, other in pairwise(found))
    begins = {entry.frame for entry in packets.entries if not entry.leading}
    for begin, _ in found[1:]:
        assert begin in begins and any(run.first < begin < run.stop for run in runs if run.packets is not None)


def test_a_section_has_the_frames_and_times_that_it_has_in_the_whole(source: Path) -> None:
    """However far before it decoding begins."""
    packets = packets_of(source)
    runs = [Run(0, LENGTH, range(LENGTH))]
    first, stop = sections_of(packets, runs, 4)[1]
    rate, spans = Fraction(25), [((first - Fraction(1, 2)) / 25, (stop - Fraction(1, 2)) / 25)]
    with watched(source, "0:v:0", spans) as whole:
        times = list(whole.times())
        expected = [frame.digest for frame in whole.chosen()]
    with watched(source, "0:v:0", spans, first / rate, (stop - Fraction(1, 2)) / rate) as part:
        own = list(part.times())
        assert [frame.digest for frame in part.chosen()] == expected and len(expected) == stop - first
    assert own[-(stop - first) :] == times[first:stop]


def test_what_is_wrong_in_any_section_is_told_as_of_the_whole(source: Path, tmp_path: Path) -> None:
    packets = packets_of(source)
    runs = runs_of(packets, np.zeros(LENGTH, bool), 0, LENGTH)
    counted: list[None] = []

    def looked(path: Path) -> None:
        timeline = ConstantRate(Fraction(25))
        check_pictures(path, Fraction(0), (source, 0), packets, runs, [], timeline, lambda: counted.append(None))

    looked(source)
    assert len(counted) == LENGTH
    short = tmp_path / f"short{source.suffix}"
    run_ffmpeg(["-i", str(source), "-c", "copy", "-frames:v", str(LENGTH - 1), str(short)])
    with pytest.raises(SmartRenderError, match=f"does not show {LENGTH} frames"):
        looked(short)
    other = footage(
        tmp_path / f"other{source.suffix}", "-vf", "negate", *CODECS[source.name], frames=LENGTH, size="96:64"
    )
    with pytest.raises(SmartRenderError, match="frame 0 of the joined file is another picture"):
        looked(other)
