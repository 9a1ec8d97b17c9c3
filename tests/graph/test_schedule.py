"""Where zones lie, what they take from the call, and how faults are told (under 3 s)."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs

from vs_lipsync import Zone
from vs_lipsync.errors import SettingError, ZoneError
from vs_lipsync.graph.extend import extended
from vs_lipsync.settings.call import Extension
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zones import Place, place_zones
from vs_lipsync.timing.seconds import Seconds
from vs_lipsync.timing.timeline import ConstantRate
from vs_lipsync.timing.timing import Timing

NTSC = Fraction(30000, 1001)
SHOTS = [(0, 30), (30, 95), (95, 100)]


def place(zones: list[Any], length: int = 100, fps: Fraction = Fraction(25)) -> list[tuple[int, int]]:
    return [(zone.first, zone.stop) for zone in place_zones(zones, length, ConstantRate(fps), lambda: SHOTS)]


@pytest.mark.parametrize(
    ("start", "stop", "fps", "frames"),
    [
        (10, 20, Fraction(25), (10, 20)),
        (None, 20, Fraction(25), (0, 20)),
        (10, None, Fraction(25), (10, 100)),
        (0.4, 0.8, Fraction(25), (10, 20)),
        (0.41, 0.79, Fraction(25), (10, 20)),  # the nearest frames
        (Fraction(2, 5), "0.8", Fraction(25), (10, 20)),
        ("10", "20", Fraction(25), (10, 20)),  # digits alone are a frame, as in the program
        ("1s", "0:00:02.000", Fraction(25), (25, 50)),
        ("0:01", "0:02", NTSC, (30, 60)),
        (1.001, 2.002, NTSC, (30, 60)),
        (90, 1000, Fraction(25), (90, 100)),  # to the end
    ],
)
def test_frames_of_a_zone(start: Place | None, stop: Place | None, fps: Fraction, frames: tuple[int, int]) -> None:
    assert place([Zone(start, stop)], fps=fps) == [frames]


def test_zones_are_put_in_order_and_may_touch() -> None:
    assert place([Zone(50, 60), Zone(scene=1), Zone(30, 50)]) == [(0, 30), (30, 50), (50, 60)]


def test_no_more_shots_are_sought_than_are_needed() -> None:
    def shots() -> Iterator[tuple[int, int]]:
        yield from SHOTS[:2]
        raise AssertionError("one too many")

    assert [zone.stop for zone in place_zones([Zone(scene=2)], 100, ConstantRate(Fraction(25)), shots)] == [95]
    assert place_zones([Zone(1, 2)], 100, ConstantRate(Fraction(25)), lambda: pytest.fail("none are needed"))


@pytest.mark.parametrize(
    ("zones", "said", "number", "setting"),
    [
        ([Zone(0, 50), Zone(60, 70), Zone(40, 55)],
         r"^zone 1 \(frames 0 to 49\) and zone 3 \(frames 40 to 54\) overlap$", 3, ""),
        ([Zone(40, 55), Zone(scene=1), Zone("1.9", 60)],
         r"zone 1 \(frames 40 to 54\) and zone 3 \(frames 48 to 59\) overlap", 3, ""),
        ([Zone(1, 2), Zone(20, 20)], "zone 2 has no frame: it starts at frame 20 and stops at 20", 2, "stop"),
        ([Zone(20, 10)], "zone 1 has no frame", 1, "stop"),
        ([Zone(100, 120)], "zone 1 starts at frame 100, and the clip has 100", 1, "start"),
        ([Zone(-1, 5)], "zone 1: start must not be before the clip", 1, "start"),
        ([Zone(0, -0.5)], "zone 1: stop must not be before the clip", 1, "stop"),
        ([Zone("soon", 5)], "zone 1: start: 'soon' is neither a frame number nor a time", 1, "start"),
        ([Zone(True, 5)], "zone 1: start: True is neither", 1, "start"),
        ([Zone(0, float("nan"))], "zone 1: stop: nan is neither", 1, "stop"),
        ([Zone(float("inf"))], "zone 1: start: inf is neither", 1, "start"),
        ([Zone([1], 5)], r"zone 1: start: \[1\] is neither", 1, "start"),  # type: ignore[arg-type]
        ([Zone(scene=4)], "zone 1: there is no scene 4; the clip has 3", 1, "scene"),
        ([Zone(scene=0)], "zone 1: scene must be a whole number from 1 on", 1, "scene"),
        ([Zone(scene=1.0)], "zone 1: scene must be a whole number", 1, "scene"),  # type: ignore[arg-type]
        ([Zone(1, scene=1)], "zone 1 has a scene, and start or stop beside it", 1, "scene"),
        ([Zone(action="cut")], "zone 1: action must be 'dub' or 'pass', not 'cut'", 1, "action"),  # type: ignore[arg-type]
        ([Zone(1, 2), (3, 4)], r"zones must be a list of Zone, and item 2 is \(3, 4\)", 2, ""),
    ],
)  # fmt: skip
def test_faults_name_the_zone(zones: list[Any], said: str, number: int, setting: str) -> None:
    with pytest.raises(ZoneError, match=said) as caught:
        place(zones)
    assert (caught.value.number, caught.value.setting) == (number, setting)


def voice(zone: Zone, common: Voice, fps: Fraction = Fraction(25)) -> Voice | None:
    return place_zones([zone], 100, ConstantRate(fps), lambda: SHOTS)[0].voice(common, ConstantRate(fps))


CALL = Voice("call.wav", 0.8, 0.5, "wav2lip:x", "cpu", "pass", "close")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (Zone(10, 20), CALL),  # the dub of the call starts with the clip
        (Zone(10, 20, offset=0.2), Voice("call.wav", 0.2, 0.5, "wav2lip:x", "cpu", "pass", "close")),
        # Its own starts with the zone, and does not take the offset of the other.
        (Zone(10, 20, dub="own.wav"), Voice("own.wav", 0.4, 0.5, "wav2lip:x", "cpu", "pass", "close")),
        (Zone(10, 20, dub="own.wav", offset=-0.2), Voice("own.wav", 0.2, 0.5, "wav2lip:x", "cpu", "pass", "close")),
        (Zone(10, 20, strength=1.5, model="warp", silence="close", outside="pass"),
         Voice("call.wav", 0.8, 1.5, "warp", "cpu")),
        (Zone(10, 20, action="pass"), None),
    ],
)  # fmt: skip
def test_what_a_zone_takes_from_the_call(zone: Zone, expected: Voice | None) -> None:
    found = voice(zone, CALL)
    assert found is expected if expected is None else found is not None and float(found.offset) == expected.offset
    if found is not None and expected is not None:
        assert [getattr(found, name) for name in ("dub", "strength", "model", "device", "silence", "outside")] == [
            getattr(expected, name) for name in ("dub", "strength", "model", "device", "silence", "outside")
        ]


def test_voices_of_zones_are_exact() -> None:
    found = voice(Zone(7, 20, dub="own.wav", offset=0.1), Voice(), NTSC)
    assert found is not None and found.offset == Fraction(7 * 1001, 30000) + Fraction(1, 10)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        (Zone(0, 5), r"zone 1 \(frames 0 to 4\) has no dub, and the call has none either"),
        (Zone(0, 5, dub="a", strength=3), r"zone 1 \(frames 0 to 4\): strength must be from 0 to 2, not 3"),
        (Zone(0, 5, dub="a", offset=float("nan")), "offset must be a number of seconds, not nan"),
        (Zone(0, 5, dub="a", silence="open"), "silence must be 'close' or 'pass', not 'open'"),  # type: ignore[arg-type]
        (Zone(0, 5, dub="a", model=3), "model must be a name, not 3"),  # type: ignore[arg-type]
    ],
)
def test_settings_of_zones_are_checked(zone: Zone, said: str) -> None:
    with pytest.raises(ZoneError, match=said):
        voice(zone, Voice())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e10, True, "1", None])
def test_offsets_are_numbers(value: Seconds) -> None:
    with pytest.raises(SettingError, match="offset must be a number of seconds"):
        Voice("a", value)


def test_times_are_exact() -> None:
    timing = Timing(ConstantRate(Fraction(25)), Fraction(4, 5), [(0, 100)])
    np.testing.assert_array_equal(timing.at(19, 22), [-0.04, 0.0, 0.04])
    ntsc = Timing(ConstantRate(NTSC), Fraction(1001, 30000) * 2_000_000, [(0, 10**7)])
    np.testing.assert_array_equal(ntsc.at(2_000_000, 2_000_002), [0.0, 1001 / 30000])


def test_there_is_no_time_outside_of_the_spans() -> None:
    timing = Timing(ConstantRate(Fraction(10)), Fraction(0), [(2, 4), (6, 7)])
    np.testing.assert_array_equal(timing.at(1, 9), [np.nan, 0.2, 0.3, np.nan, np.nan, 0.6, np.nan, np.nan])


def numbered(length: int) -> vs.VideoNode:
    """Frames that are as bright as their number."""
    grey = vs.core.std.BlankClip(width=8, height=8, format=vs.GRAY8, length=1, keep=True)
    return vs.core.std.Splice([grey.std.BlankClip(color=n) for n in range(length)])


@pytest.mark.parametrize(
    ("how", "length", "expected"),
    [
        ("loop", 4, [0, 1, 2, 3]),
        ("loop", 2, [0, 1, 2, 3]),
        ("loop", 6, [0, 1, 2, 3, 2, 1]),
        ("loop", 15, [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2]),
        ("freeze", 7, [0, 1, 2, 3, 3, 3, 3]),
    ],
)
def test_longer_footage(how: Extension, length: int, expected: list[int]) -> None:
    made = extended(numbered(4), length, how)
    assert [int(np.asarray(frame[0])[0, 0]) for frame in made.frames()] == expected


def test_a_single_frame_made_longer() -> None:
    assert extended(numbered(1), 3, "loop").num_frames == 3
