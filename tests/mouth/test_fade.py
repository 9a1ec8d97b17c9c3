import numpy as np

from vs_lipsync.mouth.fade import FADE, fade


def test_a_shot_that_is_dubbed_throughout_is_not_faded() -> None:
    np.testing.assert_array_equal(fade(np.ones(20, bool), np.zeros(20, np.int64)), 1.0)


def test_a_cut_to_a_passed_shot_is_not_faded() -> None:
    dubbed = np.arange(20) < 10
    np.testing.assert_array_equal(fade(dubbed, np.where(dubbed, 0, 10)), dubbed.astype(float))


def test_inside_a_shot_the_change_is_gradual_both_ways() -> None:
    dubbed = (np.arange(40) >= 10) & (np.arange(40) < 30)
    weights = fade(dubbed, np.zeros(40, np.int64))
    assert (weights[:10] == 0).all()
    assert (weights[30:] == 0).all()
    rise = weights[9 : 10 + FADE + 1]
    assert (np.diff(rise) > 0).all()
    assert np.diff(rise).max() < 0.4
    np.testing.assert_allclose(weights[10:30], weights[10:30][::-1])
    assert (weights[10 + FADE : 30 - FADE] == 1).all()


def test_a_run_shorter_than_two_changes_never_gets_to_the_whole() -> None:
    dubbed = (np.arange(11) >= 4) & (np.arange(11) < 7)
    assert fade(dubbed, np.zeros(11, np.int64)).max() < 1
