"""The speaker's neutral mouth and range, and the shapes asked of it."""

import numpy as np
import pytest

from tests.mouth.drawn import face, opened
from vs_lipsync.faces.landmarks import MOUTH, mouth_opening, mouth_width
from vs_lipsync.mouth.profile import CLOSED_OPENING, LEAST_SPREAD, REST_OPENING, Profile, lip_gaps
from vs_lipsync.mouth.request import requested_shape


def _shapes(*amounts: float) -> np.ndarray:
    return np.array([face(amount)[list(MOUTH)] for amount in amounts])


def test_neutral_is_the_closed_mouth() -> None:
    profile = Profile.of(_shapes(*[0.0] * 5, *np.linspace(0.05, 0.3, 15)))
    np.testing.assert_allclose(profile.neutral, _shapes(0.0)[0], atol=1e-9)
    assert profile.opens == 1


def test_a_mouth_that_is_never_closed_is_closed() -> None:
    profile = Profile.of(_shapes(*np.linspace(0.15, 0.3, 20)))
    assert lip_gaps(profile.neutral).max() <= REST_OPENING + 1e-9
    assert profile.neutral[46, 1] < _shapes(0.15)[0, 46, 1]  # the chin goes up with it


def test_a_mouth_that_rests_open_is_shut_in_pauses() -> None:
    profile = Profile.of(_shapes(0.0, 0.0, *[0.03] * 20, *np.linspace(0.05, 0.3, 15)))
    shut = requested_shape(profile, np.zeros((len(MOUTH), 3)), profile.spread, 1.0)
    np.testing.assert_allclose(lip_gaps(shut), lip_gaps(_shapes(0.0)[0]), atol=1e-9)
    assert mouth_opening(profile.neutral) > mouth_opening(_shapes(0.0)[0]) + 0.01
    asked = [requested_shape(profile, opened(amount), profile.spread, 1.0) for amount in np.linspace(0, 0.1, 101)]
    steps = np.diff(mouth_opening(np.array(asked)))
    assert (steps > 0).all() and steps.max() < 3.5 * steps.min()  # it opens from there, and without a jump
    gaps = lip_gaps(asked[-1]) - lip_gaps(profile.neutral)
    np.testing.assert_allclose(gaps / gaps[4], lip_gaps(opened(0.1)) / lip_gaps(opened(0.1))[4], atol=1e-9)


@pytest.mark.parametrize("fall", [0.25, 0.45])
def test_lips_fall_as_the_speakers_do(fall: float) -> None:
    shapes = _shapes(*[0.0] * 10, *np.linspace(0, 0.3, 30))
    gaps = mouth_opening(shapes)
    shapes[:, :, 1] += (fall * gaps - (shapes[:, [25, 35], 1].mean(1) - shapes[0, [25, 35], 1].mean()))[:, None]
    profile = Profile.of(shapes)
    assert profile.fall == pytest.approx(fall, abs=0.03)
    asked = np.array([requested_shape(profile, opened(one), profile.spread, 1.0) for one in (0.0, 0.03, 0.15, 0.17)])
    net = np.array([opened(one) for one in (0.0, 0.03, 0.15, 0.17)])
    slopes = [np.diff(one[:, [25, 35], 1].mean(1)) / np.diff(mouth_opening(one)) for one in (asked, net)]
    of_net = 0.19
    further = slopes[0] - slopes[1]
    assert further[2] == pytest.approx(profile.fall - of_net, rel=0.15)  # a wide mouth
    assert abs(further[0]) < 0.5 * abs(further[2])  # and one that opens a little


def test_a_still_mouth_falls_as_most_do() -> None:
    assert Profile.of(_shapes(*[0.0] * 30)).fall == pytest.approx(0.32)


def test_a_silent_speaker_gets_a_sensible_range() -> None:
    profile = Profile.of(_shapes(*[0.0] * 30))
    assert profile.spread == LEAST_SPREAD
    assert profile.opens == 0
    assert profile.ceiling > CLOSED_OPENING


def test_an_opening_that_only_drifts_is_no_range_of_speech() -> None:
    shapes = _shapes(*np.linspace(0, 0.3, 60))
    assert Profile.of(shapes, np.full(59, 4.0)).spread == Profile.of(shapes).spread
    assert Profile.of(shapes, np.full(59, 1.0)).spread < 0.7 * Profile.of(shapes).spread
    assert Profile.of(shapes, np.full(5, 1.0)).spread == Profile.of(shapes).spread  # too few to tell


def test_mixing_goes_from_one_to_the_other() -> None:
    a, b = Profile.of(_shapes(0.0, 0.1, 0.2)), Profile.of(_shapes(0.0, 0.2, 0.4))
    assert a.mixed(b, 0.0) is a
    assert a.mixed(b, 1.0) is b
    assert a.mixed(b, 0.25).spread == pytest.approx(0.75 * a.spread + 0.25 * b.spread)


def test_motion_is_scaled_to_the_speakers_range() -> None:
    profile = Profile.of(_shapes(*[0.0] * 10, *np.linspace(0, 0.4, 40)))
    weak = requested_shape(profile, opened(0.01), profile.spread / 3, 1.0)
    strong = requested_shape(profile, opened(0.03), profile.spread, 1.0)
    assert mouth_opening(weak) == pytest.approx(float(mouth_opening(strong)))


def test_small_openings_grow_more_than_large_ones() -> None:
    profile = Profile.of(_shapes(*[0.0] * 10, *np.linspace(0, 0.4, 40)))
    amounts = np.array([0.01, 0.03, 0.06, 0.1])
    asked = [mouth_opening(requested_shape(profile, opened(one), profile.spread, 1.0)) for one in amounts]
    growth = (np.array(asked) - mouth_opening(profile.neutral)) / [mouth_opening(opened(one)) for one in amounts]
    assert (np.diff(growth) < 0).all()
    assert 1.1 < growth[0] < 1.4
    assert growth[0] > 1.1 * growth[-1]


@pytest.mark.parametrize("amount", [0.2, 0.5, 3.0])
def test_no_wider_than_the_footage_supports(amount: float) -> None:
    profile = Profile.of(_shapes(*[0.0] * 10, *np.linspace(0, 0.2, 30)))
    assert mouth_opening(requested_shape(profile, opened(amount), 0.06, 1.0)) <= profile.ceiling + 1e-9


def test_lips_never_cross() -> None:
    profile = Profile.of(_shapes(*[0.0] * 10, *np.linspace(0, 0.2, 30)))
    shape = requested_shape(profile, opened(-0.2), 0.06, 1.0)
    assert (lip_gaps(shape) >= profile.floor - 1e-9).all()


def test_strength_scales_the_motion() -> None:
    profile = Profile.of(_shapes(*[0.0] * 10, *np.linspace(0, 0.4, 40)))
    closed = mouth_opening(profile.neutral)
    half, full = (mouth_opening(requested_shape(profile, opened(0.05), profile.spread, s)) - closed for s in (0.5, 1.0))
    assert half == pytest.approx(full / 2)


def test_width_is_asked_for_as_far_as_the_speaker_moves_it() -> None:
    def speaker(by: float) -> Profile:
        shapes = _shapes(*[0.0] * 10, *np.linspace(0.05, 0.3, 20))
        middle = shapes[:, :40, :1].mean(1, keepdims=True)
        stretch = 1 + by * np.sin(np.arange(len(shapes)))[:, None, None]
        shapes[:, :40, :1] = middle + (shapes[:, :40, :1] - middle) * stretch
        return Profile.of(shapes)

    still, lively = speaker(0.0), speaker(0.2)
    spread = np.zeros((len(MOUTH), 3))
    spread[[0, 10], 0] = -0.02, 0.02
    asked = [
        float(mouth_width(requested_shape(one, spread, one.spread, 1.0)) - mouth_width(one.neutral))
        for one in (still, lively)
    ]
    assert asked[0] > 0.04
    assert asked[1] > 1.2 * asked[0]
    openings = [
        float(mouth_opening(requested_shape(one, opened(0.1), one.spread, 1.0) - one.neutral))
        for one in (still, lively)
    ]
    assert openings[0] == pytest.approx(openings[1])
