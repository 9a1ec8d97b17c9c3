"""Zones and the ends of dubs on the real graph (under 30 s)."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.footage import digest, mixed, pointers
from tests.sound_files import write
from vs_lipsync import Cue, Zone, lipsync, lipsync_mask, lipsync_plan
from vs_lipsync.errors import LipsyncError
from vs_lipsync.settings.call import Extension
from vs_lipsync.settings.zones import excluded_spans
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.timeline import ConstantRate

LENGTH = 60  # a face, from frame 20 on none, and from 40 on a face again


def reasons(node: vs.VideoNode) -> list[str]:
    return [str(frame.props["LipSyncReason"]) for frame in node.frames()]


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of speech: ten frames less than the first shot and the picture without a face."""
    speech = Dub.open(DEMO_DUB).samples[16000:32000]
    return write(tmp_path_factory.mktemp("dub") / "second.wav", speech[None])


def test_a_zone_gives_what_a_call_for_it_gives(second: Path) -> None:
    """Its own dub begins where it begins; and it is just as long as the dub, so that both know when to close."""
    clip = mixed(length=LENGTH)
    zoned = lipsync(clip, zones=[Zone(7, 32, dub=second, strength=1.3)])
    called = lipsync(clip, second, offset=Fraction(7, 25), strength=1.3)
    changed = 0
    for n in (45, 12, 8, 31, 19, 3, 6, 7, 32):
        one, other = zoned.get_frame(n), called.get_frame(n)
        for plane in range(3):
            np.testing.assert_array_equal(np.asarray(one[plane]), np.asarray(other[plane]))
        changed += pointers(one) != pointers(clip.get_frame(n)) and one.props["LipSyncAction"] == "dub"
        if not 7 <= n < 32:
            assert one.props["LipSyncReason"] == "outside the zones"
    assert changed == 4


def test_frames_outside_of_zones_are_the_source_frames_themselves(second: Path) -> None:
    clip = mixed(length=LENGTH)
    clip.std.SetVideoCache(mode=1, fixedsize=1, maxsize=LENGTH)
    zones = [Zone(5, 10, dub=second), Zone(10, 14, action="pass"), Zone(scene=3, dub=second)]
    dubbed, mask, plan = (make(clip, zones=zones) for make in (lipsync, lipsync_mask, lipsync_plan))
    expected = (
        ["outside the zones"] * 5 + ["target speaks"] * 5 + ["zone passes"] * 4 + ["outside the zones"] * 26
        + ["target speaks"] * 20
    )  # fmt: skip
    assert reasons(plan) == expected
    for n in (4, 11, 14, 39, 40, 5):
        frame = dubbed.get_frame(n)
        assert frame.props["LipSyncReason"] == mask.get_frame(n).props["LipSyncReason"] == expected[n]
        assert (pointers(frame) == pointers(clip.get_frame(n))) == (expected[n] != "target speaks")
        assert (np.asarray(mask.get_frame(n)[0]).max() > 0) == (expected[n] == "target speaks")


def test_zones_in_any_order_of_requests(second: Path) -> None:
    """Two dubs and two strengths, of which two zones share one voice."""
    zones = [Zone(30, 50), Zone(0, 8), Zone(8, 20, dub=second, strength=0.5), Zone("2.2", "2.4", dub=second)]
    numbers = [59, 55, 45, 3, 8, 19, 57]
    forward, backward = (lipsync(mixed(length=LENGTH), DEMO_DUB, zones=zones) for _ in range(2))
    straight = {n: digest(forward.get_frame(n)) for n in sorted(numbers)}
    assert {n: digest(backward.get_frame(n)) for n in numbers} == straight


def test_the_dub_of_the_call_keeps_its_time_in_zones() -> None:
    """In the midst of a zone that is a whole shot, it is as without zones."""
    clip = mixed(length=LENGTH)
    zoned, called = lipsync(clip, DEMO_DUB, zones=[Zone(scene=3)]), lipsync(clip, DEMO_DUB)
    for n in (41, 50):
        np.testing.assert_array_equal(np.asarray(zoned.get_frame(n)[0]), np.asarray(called.get_frame(n)[0]))


def test_what_happens_around_cues(second: Path) -> None:
    clip = mixed(length=120)[:40].std.AssumeFPS(fpsnum=10, fpsden=1)  # one shot of four seconds
    cues = [Cue(0.5, second, 1.0), Cue(2.0, second)]
    plan = lipsync_plan(clip, cues, offset=0.3, silence="pass")
    expected = ["outside the dub"] * 8 + ["target speaks"] * 5 + ["between the cues"] * 10 + ["target speaks"] * 10
    assert reasons(plan) == expected + ["outside the dub"] * 7
    closed = lipsync_plan(clip, cues, offset=0.3, outside="close")
    assert reasons(closed) == ["target speaks"] * 40


@pytest.mark.parametrize(("extend", "offset", "length"), [("loop", 0.0, 25), ("freeze", 0.5, 38), ("loop", -0.9, 17)])
def test_footage_goes_on_to_the_end_of_the_dub(extend: Extension, offset: float, length: int, second: Path) -> None:
    """To the frame in which the last sample is heard; a clip that is long enough is left alone."""
    clip = mixed(length=51)[:17]
    made = lipsync(clip, second, extend=extend, offset=offset)
    assert made.num_frames == length == lipsync_plan(clip, second, extend=extend, offset=offset).num_frames
    behind = lipsync_plan(clip, second, extend=extend, offset=offset).get_frame(length - 1)
    assert (behind.props["LipSyncReason"] == "outside the dub") == (offset == -0.9)


def test_faults_are_told_at_call_time(second: Path, tmp_path: Path) -> None:
    clip = mixed(length=LENGTH)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"zones": [Zone(0, 9, dub=second), Zone(5, 20, dub=second)]}, r"zone 1 \(.*\) and zone 2 \(.*\) overlap"),
        ({"zones": [Zone(0, 9)]}, r"zone 1 \(frames 0 to 8\) has no dub"),
        ({"zones": [Zone(0, 9, dub=tmp_path / "none.wav")]}, r"zone 1 \(frames 0 to 8\): cannot open .*none\.wav"),
        ({"zones": [Zone(0, 9, dub=second, model="x")]}, r"zone 1 \(frames 0 to 8\): there is no model 'x'"),
        ({"zones": [Zone(scene=9, dub=second)]}, "zone 1: there is no scene 9; the clip has 3"),
        ({}, "there is no dub"),
        ({"dub": [Cue(float("nan"), second)]}, "cue 1: its start must be a number"),
        ({"dub": second, "extend": "stretch"}, "extend must be 'loop', 'freeze' or None, not 'stretch'"),
        ({"extend": "loop"}, "there is no dub"),
        ({"dub": second, "silence": "open"}, "silence must be 'close' or 'pass', not 'open'"),
        ({"dub": second, "outside": 1}, "outside must be 'close' or 'pass', not 1"),
    ]
    for arguments, said in cases:
        for make in (lipsync, lipsync_mask, lipsync_plan):
            with pytest.raises(vs.Error, match=f"^lipsync: {said}"):
                make(clip, **arguments)


def test_ranges_that_are_excluded_may_overlap() -> None:
    timeline = ConstantRate(Fraction(25))
    assert excluded_spans([(10, 20), (15, 300), ("0:01", 1.2)], 100, timeline) == [(10, 20), (15, 100), (25, 30)]


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ([(20, 10)], "range 1 of exclude: has no frame"),
        ([(0, 5), ("x", 5)], "range 2 of exclude: start"),
        ([(100, 120)], "range 1 of exclude: starts at frame 100, and the clip has 100"),
        ([5], "exclude must be a list of"),
        ("12", "exclude must be a list of"),
        ([(1, 2, 3)], "exclude must be a list of"),
    ],
)
def test_what_cannot_be_excluded_is_refused(ranges: Any, said: str) -> None:  # noqa: ANN401 - anything
    with pytest.raises(LipsyncError, match=said):
        excluded_spans(ranges, 100, ConstantRate(Fraction(25)))
