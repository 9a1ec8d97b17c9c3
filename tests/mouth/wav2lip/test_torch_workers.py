"""PyTorch's threads: what is computed does not depend on them."""

import threading
from collections.abc import Iterator

import pytest
import torch

from vs_lipsync.mouth.wav2lip.torch_workers import map_in_torch


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_an_item_is_one_thread_s_and_others_keep_their_setting(threads: int) -> None:
    assert map_in_torch(lambda _: torch.get_num_threads(), range(8)) == [1] * 8
    assert torch.get_num_threads() == threads
    new: list[int] = []
    thread = threading.Thread(target=lambda: new.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert new == [threads]


def test_results_come_in_order_and_without_gradients() -> None:
    weight = torch.ones(1, requires_grad=True)
    made = map_in_torch(lambda number: number * weight, range(20))
    assert [int(value) for value in made] == list(range(20))
    assert not any(value.requires_grad for value in made)
