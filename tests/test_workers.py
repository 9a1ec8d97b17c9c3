"""PyTorch's threads: what is computed does not depend on them."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vs_lipsync.speech import windows
from vs_lipsync.speech.model import default_model
from vs_lipsync.workers import map_on_workers, run_on_worker


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_an_item_is_one_thread_s_and_others_keep_their_setting(threads: int) -> None:
    assert map_on_workers(lambda _: torch.get_num_threads(), range(8)) == [1] * 8
    assert torch.get_num_threads() == threads
    new: list[int] = []
    thread = threading.Thread(target=lambda: new.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert new == [threads]


def test_results_come_in_order_and_without_gradients() -> None:
    weight = torch.ones(1, requires_grad=True)
    made = map_on_workers(lambda number: number * weight, range(20))
    assert [int(value) for value in made] == list(range(20))
    assert not any(value.requires_grad for value in made)


def test_errors_reach_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        run_on_worker(divmod, 1, 0)


def test_motion_is_the_same_to_the_last_bit_with_any_number_of_threads() -> None:
    model = default_model()
    samples = np.random.default_rng(0).normal(0, 0.1, np.diff(windows.samples_for(0))).astype(np.float32)
    made: list[NDArray[np.float32]] = []
    before = torch.get_num_threads()
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        made.append(model.motion(samples))
    torch.set_num_threads(before)
    assert np.abs(made[0]).max() > 0
    for other in made[1:]:
        np.testing.assert_array_equal(other, made[0])
