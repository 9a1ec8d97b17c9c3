"""Where pieces of sound lie by their times: gaps, overlaps, jitter, restarts and errors (under 1 s)."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from vs_lipsync.speech.placing import Piece, place

PACKET = Fraction(20, 1000)


def placed(times: Sequence[float | None], *, discontinuous: bool = False, lost: Sequence[int] = ()) -> list[float]:
    """Return at which millisecond packets of 20 ms are put that have times in milliseconds."""
    pieces = [
        Piece(None if time is None else Fraction(round(time * 1000), 10**6), PACKET, n, n in lost)
        for n, time in enumerate(times)
    ]
    found = list(place(pieces, discontinuous=discontinuous))
    assert [piece.content for piece, _, _ in found] == list(range(len(times)))
    ends = [start + PACKET for _, start, _ in found]
    jumps = [start != end for (_, start, _), end in zip(found[1:], ends, strict=False)]
    assert [jump for _, _, jump in found[1:]] == jumps
    return [float(start * 1000) for _, start, _ in found]


def steps(*starts: float, count: int = 60) -> list[float]:
    """Return the times of runs of packets without gaps."""
    return [start + 20 * n for start in starts for n in range(count)]


def test_packets_without_times_follow_each_other() -> None:
    assert placed([None, None, 40, None]) == [0, 20, 40, 60]
    assert placed([500, None, None]) == [500, 520, 540]


@pytest.mark.parametrize("gap", [20, 40, 99, 101, 1000, 3_600_000])
def test_a_gap_that_lasts_is_silence(gap: int) -> None:
    times = steps(0, 1200 + gap)
    assert placed(times) == times


@pytest.mark.parametrize("back", [20, 40, 99, 101, 700])
def test_an_overlap_that_lasts_goes_back(back: int) -> None:
    times = steps(0, 1200 - back)
    assert placed(times) == times


def test_rounding_and_jitter_change_nothing() -> None:
    exact = steps(0, count=500)
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 500)
    assert placed([0, *np.round(exact + noise)[1:]]) == exact
    jitter = np.random.default_rng(2).uniform(-30, 30, 500)
    assert placed([0, *(exact + jitter)[1:]]) == exact


def test_a_gap_among_jitter_is_found_once() -> None:
    """To as much as the jitter leaves to be seen, and without a second step."""
    jitter = np.random.default_rng(3).uniform(-5, 5, 200)
    times = np.array(steps(0, 2040, count=100)) + jitter
    found = np.diff(placed([0, *times[1:]])) - 20
    (where,) = np.flatnonzero(found)
    assert where == 99 and 30 < found[where] < 50


def test_a_slow_clock_is_followed() -> None:
    """Sound that is 0.1 % too short for its times is never more than 40 ms early."""
    times = [20.02 * n for n in range(20_000)]
    assert np.abs(np.array(placed(times)) - times).max() < 40


def test_what_is_damaged_keeps_its_time() -> None:
    times = [0.0, 20.0, 40.0, 50.0, 70.0]  # 10 ms are lost before the packet at 50
    assert placed(times) == [0, 20, 40, 60, 80]
    assert placed([0, 20, 40, 70, 90], lost=[3]) == [0, 20, 40, 70, 90]


def test_times_that_begin_anew_go_on_at_the_end() -> None:
    """In any format at the start of the file; elsewhere, and far ahead, in those whose times may be discontinuous."""
    expected = steps(0, 1200)
    assert placed(steps(0, 0)) == placed(steps(0, 0), discontinuous=True) == expected
    assert placed(steps(0, 600), discontinuous=True) == expected
    assert placed(steps(0, 600)) == steps(0, 600)
    assert placed(steps(0, 12_000), discontinuous=True) == expected
    assert placed(steps(0, 10_000), discontinuous=True) == steps(0, 10_000)
    assert placed(steps(0, 0, 0)) == steps(0, 1200, 2400)


def test_what_begins_anew_after_an_overlap_goes_on_at_the_end() -> None:
    times = [*steps(0, count=40), *steps(400, count=10), *steps(0, count=5)]
    assert placed(times) == [*times[:50], *steps(800, count=5)]


@pytest.mark.parametrize("discontinuous", [False, True])
@pytest.mark.parametrize("wrong", [-150, 0, 300, 2000, 11_919_965])
@pytest.mark.parametrize("count", [1, 3])
def test_a_few_wrong_times_are_passed_over(count: int, wrong: int, discontinuous: bool) -> None:
    """What follows is neither late nor lost."""
    exact = steps(0, count=100)
    times = [*exact[:50], *(wrong + 20 * n for n in range(count)), *exact[50 + count :]]
    assert placed(times, discontinuous=discontinuous) == exact


def test_pauses_between_single_packets_are_kept() -> None:
    """As those of Opus in which silence is not sent but for one packet every 400 ms."""
    times = [0, 20, 40, 440, 840, 1240, 1260, 1280, 1680, 1700]
    assert placed(times) == placed(times, discontinuous=True) == times


def test_an_impossible_time_is_passed_over() -> None:
    times = steps(0, count=10)
    assert placed([*times[:5], 200 * 3_600_000, *times[6:]]) == times


def test_times_that_stand_still_are_none() -> None:
    """As those of RealAudio in which each packet has the time 0."""
    assert placed([0] * 50) == placed([None] * 50) == steps(0, count=50)
    assert placed([*steps(0, count=20), *[400] * 30, *steps(1000, count=20)]) == steps(0, count=70)
