"""When frames are shown: rates over hours, lists of times, and clips that say something else (under 10 s)."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.footage import digest, mixed
from vs_lipsync import Zone, lipsync, lipsync_mask, lipsync_plan, segments, write_plan
from vs_lipsync.errors import TimecodeError
from vs_lipsync.settings.zones import place_zones
from vs_lipsync.timing.timecodes import TimecodeSource, open_timecodes
from vs_lipsync.timing.timeline import ConstantRate, Timecodes, is_regular
from vs_lipsync.timing.timing import Timing

RATES = [
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "120000/1001", "120")
]


def written(folder: Path, text: str) -> Path:
    path = folder / "times.txt"
    path.write_text(text)
    return path


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_constant_rates_are_exact_over_hours(rate: Fraction) -> None:
    offset = Fraction(1, 3)
    timing = Timing(ConstantRate(rate), offset, [(0, 10**8)])
    for hours in (0, 1, 2, 9, 30):
        first = round(hours * 3600 * rate)
        exact = [float(Fraction(number) / rate - offset) for number in range(first, first + 50)]
        np.testing.assert_array_equal(timing.at(first, first + 50), exact)
        assert [ConstantRate(rate).nearest(number / rate) for number in range(first, first + 50)] == [
            *range(first, first + 50)
        ]


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(60)], ids=str)
def test_a_list_of_a_constant_rate_s_times_is_that_rate_over_hours(rate: Fraction) -> None:
    length = round(3600 * rate)
    times = open_timecodes([float(number / rate) for number in range(length)], length)
    for number in (0, 1, length // 2, length - 1, length):
        assert abs(times.start(number) - number / rate) <= Fraction(1, 10**9)
        assert times.nearest(number / rate) == number


def test_frames_nearest_to_times() -> None:
    times = Timecodes([5_000_000_000, 5_040_000_000, 5_140_000_000, 5_240_000_000])
    asked = ["-0.03", "-0.01", "0", "0.02", "0.021", "0.1", "0.17", "0.28", "0.3", "9"]
    assert [times.nearest(Fraction(second)) for second in asked] == [-1, 0, 0, 0, 1, 2, 2, 3, 4, 4]
    assert [times.start(number) for number in range(5)] == [0, Fraction("0.04"), Fraction("0.14"), Fraction("0.24"),
                                                            Fraction("0.34")]  # fmt: skip


def test_zones_lie_where_timecodes_say() -> None:
    # 25 frames a second for four seconds, then 10.
    times = open_timecodes([n / 25 if n < 100 else 4 + (n - 100) / 10 for n in range(200)], 200)
    placed = place_zones([Zone(3.0, "0:00:05"), Zone(6.0, None, dub="a.wav")], 200, times, list)
    assert [(zone.first, zone.stop) for zone in placed] == [(75, 110), (120, 200)]
    from vs_lipsync.settings.voice import Voice

    found = placed[1].voice(Voice("b.wav"), times)
    assert found is not None and found.offset == 6


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("# timecode format v2\n0\n40\n80\n", 3, ["0", "0.04", "0.08"]),
        ("# timestamp format v2\r\n1000.5\r\n1041.708333\r\n", 2, ["0", "0.041208333"]),
        ("\ufeff#timecode format v2\n# a comment\n\n-40\n0\n1e3\n", 2, ["0", "0.04", "1.04"]),  # with an end
        ("# timecode format v1\nAssume 25\n", 3, ["0", "0.04", "0.08", "0.12"]),
        ("# timecode format v1\nAssume 25\n# slow\n1,2,10\n4,9,50\n", 6,
         ["0", "0.04", "0.14", "0.24", "0.28", "0.3", "0.32"]),
        ("# timecode format v1\nassume 10\n5,6,25\n", 2, ["0", "0.1", "0.2"]),
        ("# timecode format v1\nAssume 25\n", 1, ["0", "0.04"]),
        ("# timecode format v2\n7\n", 1, ["0", "1"]),
    ],
)  # fmt: skip
def test_files(tmp_path: Path, text: str, length: int, expected: list[str]) -> None:
    times = open_timecodes(written(tmp_path, text), length)
    assert [times.start(number) for number in range(len(expected))] == [Fraction(second) for second in expected]


def test_usual_short_forms_of_rates_are_exact_over_hours(tmp_path: Path) -> None:
    length = 5 * 24 * 3600
    for text, rate in (("23.976", Fraction(24000, 1001)), ("59.94", Fraction(60000, 1001)), ("23.5", Fraction("23.5"))):
        times = open_timecodes(written(tmp_path, f"# timecode format v1\nAssume {text}\n"), length)
        assert abs(times.start(length - 1) - (length - 1) / rate) < Fraction(1, 10**9)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ([0, 0.04], "there are times of 2 frames, and the clip has 3"),
        ([0, 0.04, 0.08, 0.12, 0.16], "there are times of 5 frames"),
        ([0, 0.08, 0.08], "frame 2 is not shown later than the frame before it"),
        ([0, -1, 2], "frame 1 is not shown later"),
        ([0, float("nan"), 1], "frame 1 must have a number of seconds, not nan"),
        ([0, float("inf"), 1], "frame 1 must have a number of seconds, not inf"),
        ([0, 1e300, 1], "frame 1 must have a number of seconds"),
        ([0, True, 2], "frame 1 must have a number of seconds, not True"),
        (["0", "1", "2"], "frame 0 must have a number of seconds, not '0'"),
        (3, "timecodes must be a file or a list of seconds, not 3"),
        ("none.txt", "there is no such file"),
        ("", "is no file|there is no such file"),
        ("a\0b", "cannot read|no such file"),
    ],
)
def test_times_that_cannot_be(source: TimecodeSource, said: str) -> None:
    with pytest.raises(TimecodeError, match=said):
        open_timecodes(source, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must begin with '# timecode format v2'"),
        ("0\n40\n80\n", "must begin with"),
        ("# timecode format v4\n0\n", "must begin with"),
        ("# timecode format v2\n0\nsoon\n80\n", "line 3: 'soon' is not a number"),
        ("# timecode format v2\n0\nNaN\n80\n", "line 3: 'NaN' is not a number"),
        ("# timecode format v2\n0\n1e999999999\n80\n", "line 3: '1e999999999' is not a number"),
        ("# timecode format v2\n0\n80\n40\n", "frame 2 is not shown later"),
        ("# timecode format v2\n0\n", "there are times of 1 frames, and the clip has 3"),
        ("# timecode format v1\n", "line 1: format v1 begins with 'Assume'"),
        ("# timecode format v1\nAssume 0\n", "line 2: '0' is not a number"),
        ("# timecode format v1\nAssume -25\n", "line 2: '-25' is not a number"),
        ("# timecode format v1\nAssume 25\n0,1\n", "line 3: '0,1' is not 'first,last,rate'"),
        ("# timecode format v1\nAssume 25\n2,1,25\n", "line 3: ranges must be in order"),
        ("# timecode format v1\nAssume 25\n0,2,25\n2,3,25\n", "line 4: ranges must be in order"),
        ("# timecode format v1\nAssume 25\n0,99999999999999,25\n", "is not 'first,last,rate'"),
    ],
)
def test_files_that_cannot_be(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TimecodeError, match=said):
        open_timecodes(written(tmp_path, text), 3)


def test_folders_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(TimecodeError, match="is no file"):
        open_timecodes(tmp_path, 3)


# Rates that are not what a clip says.


def rounded(rate: Fraction, length: int, ticks: int, first: int = 0) -> list[Fraction]:
    """Durations of frames whose starts a container rounds to so many ticks a second."""
    starts = [Fraction(round(number / rate * ticks), ticks) for number in range(first, first + length + 1)]
    return [after - before for before, after in pairwise(starts)]


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("ticks", [1000, 90000])
def test_rounding_is_no_variable_rate(rate: Fraction, ticks: int) -> None:
    for first in (0, 10_000_019):
        durations = np.array([float(one) for one in rounded(rate, 144, ticks, first)])
        for length in (1, 9, 144):
            assert is_regular(durations[:length], rate)


@pytest.mark.parametrize(
    ("durations", "fps", "regular"),
    [
        ([0.04] * 60 + [0.1] * 60, Fraction(25), False),
        ([0.04] * 144, Fraction(49, 2), False),  # half a film of 24 and half of 25
        ([0.04] * 8, Fraction(2390, 203), False),
        ([0.04] * 70 + [0.08] + [0.04] * 70, Fraction(25), False),  # one is missing
        ([1001 / 30000] * 144, Fraction(30), False),
        ([0.05, 1 / 30] * 70, Fraction(24), True),  # 2:3 pulldown
        ([20 / 600, 19 / 600, 21 / 600] * 40, Fraction(30), True),  # a phone's jitter
        ([np.nan] * 10, Fraction(25), True),
        ([0.04, np.nan, 0.04], Fraction(25), True),
    ],
)
def test_rates_that_vary(durations: Sequence[float], fps: Fraction, regular: bool) -> None:
    assert is_regular(np.array(durations), fps) is regular


def lasting(clip: vs.VideoNode, durations: Sequence[Fraction]) -> vs.VideoNode:
    """A clip whose frames say how long they last."""

    def notify(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        frame = f.copy()
        frame.props["_DurationNum"], frame.props["_DurationDen"] = durations[n].numerator, durations[n].denominator
        return frame

    return clip.std.ModifyFrame(clip, notify)


def test_a_clip_that_turns_out_to_be_of_variable_rate_is_refused() -> None:
    clip = lasting(mixed(length=24), [Fraction(1, 25)] * 12 + [Fraction(1, 10)] * 12)
    for made in (lipsync(clip, DEMO_DUB), lipsync_mask(clip, DEMO_DUB)):
        with pytest.raises(vs.Error, match=r"lipsync: the clip has a variable frame rate .*timecodes="):
            made.get_frame(2)
    starts = [n / 25 if n < 12 else 12 / 25 + (n - 12) / 10 for n in range(24)]
    assert lipsync(clip, DEMO_DUB, timecodes=starts).get_frame(2).props["LipSyncAction"] == "dub"
    steady = lasting(mixed(length=24), rounded(Fraction(25), 24, 1000))
    assert lipsync(steady, DEMO_DUB).get_frame(2).props["LipSyncAction"] == "dub"


def test_the_dub_follows_timecodes(tmp_path: Path) -> None:
    # The same frames, at 25 a second and as a clip of no rate: equal when the times are, and not when they are not.
    clip = mixed(length=24)
    slow = vs.core.std.Splice([clip[:20].std.AssumeFPS(fpsnum=50), clip[20:].std.AssumeFPS(fpsnum=10)])
    assert slow.fps == 0
    with pytest.raises(vs.Error, match="lipsync: the clip has a variable frame rate; pass its timecodes="):
        lipsync(slow, DEMO_DUB)
    file = written(tmp_path, "# timecode format v2\n" + "".join(f"{80 + 40 * n}\n" for n in range(24)))
    usual, listed, filed, late = (
        [digest(frame) for frame in made.frames()]
        for made in (
            lipsync(clip, DEMO_DUB, offset=-1.0),
            lipsync(slow, DEMO_DUB, offset=-1.0, timecodes=np.arange(24) / 25),  # type: ignore[arg-type]
            lipsync(slow, DEMO_DUB, offset=-1.0, timecodes=file),
            lipsync(slow, DEMO_DUB, offset=-1.0, timecodes=[n / 10 for n in range(24)]),
        )
    )
    assert usual == listed == filed
    assert late != usual and late[8:16] == usual[8:16]  # where there is no face


def test_what_does_not_go_with_timecodes() -> None:
    clip = mixed(length=24)
    with pytest.raises(vs.Error, match="lipsync: timecodes: there are times of 2 frames, and the clip has 24"):
        lipsync(clip, DEMO_DUB, timecodes=[0, 1])
    with pytest.raises(vs.Error, match="lipsync: a clip with timecodes cannot be extended"):
        lipsync(clip, DEMO_DUB, timecodes=[n / 25 for n in range(24)], extend="loop")
    with pytest.raises(vs.Error, match="lipsync: timecodes: there are times of 2 frames, and the clip has 24"):
        segments(clip, scenes="all", timecodes=[0, 1])


def test_a_plan_of_a_clip_of_variable_rate(tmp_path: Path) -> None:
    clip = mixed(length=12)
    slow = vs.core.std.Splice([clip[:6].std.AssumeFPS(fpsnum=50), clip[6:].std.AssumeFPS(fpsnum=10)])
    times = [n / 25 for n in range(12)]
    write_plan(slow, tmp_path / "plan.json")
    planned, direct = (
        [digest(frame) for frame in lipsync(slow, DEMO_DUB, timecodes=times, plan=plan).frames()]
        for plan in (tmp_path / "plan.json", None)
    )
    assert planned == direct


# Dubs that hardly are there.


@pytest.mark.parametrize(
    ("samples", "offset", "dubbed"), [(800, 0.0, [0, 1]), (800, 0.08, [2, 3]), (800, -0.03, [0]), (1, 0.0, [0])]
)
def test_dubs_shorter_than_a_window(samples: int, offset: float, dubbed: list[int]) -> None:
    sound = vs.core.std.BlankAudio(length=samples, samplerate=16000, channels=[vs.FRONT_CENTER])
    made = lipsync_plan(mixed(length=18)[:6], sound, offset=offset)
    assert [n for n, frame in enumerate(made.frames()) if frame.props["LipSyncAction"] == "dub"] == dubbed
    assert lipsync(mixed(length=18)[:6], sound, offset=offset).get_frame(dubbed[0]).props["LipSyncAction"] == "dub"
