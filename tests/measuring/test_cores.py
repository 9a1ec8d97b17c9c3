"""The simulation of cores, where the answer is known."""

import pytest

from scripts.measuring.cores import Cost, Task, frames_per_second, run


def _ended(tasks: list[Task], cores: int) -> float:
    run(tasks, cores, lambda task: int(task.order[0]), len(tasks))
    return max(task.done for task in tasks)


def _tasks(count: int, cost: Cost, node: str = "") -> list[Task]:
    return [Task((n, 0), node or f"node {n}", cost) for n in range(count)]


def test_what_holds_no_lock_is_done_side_by_side_but_for_one_node() -> None:
    assert _ended(_tasks(8, Cost(0.0, 1.0)), 4) == pytest.approx(2.0)
    assert _ended(_tasks(8, Cost(0.0, 1.0), "one"), 4) == pytest.approx(8.0)


def test_the_lock_is_held_by_one() -> None:
    assert _ended(_tasks(8, Cost(1.0, 0.0)), 4) == pytest.approx(8.0)
    assert _ended(_tasks(8, Cost(0.25, 0.75)), 1) == pytest.approx(8.0)
    assert _ended(_tasks(16, Cost(0.25, 0.75)), 16) == pytest.approx(4.0, rel=0.2)


def test_a_task_waits_for_what_it_needs() -> None:
    first, second = _tasks(2, Cost(0.0, 1.0))
    first.waits, second.needed = 1, [first]
    assert _ended([first, second], 2) == pytest.approx(2.0)
    assert second.done < first.done


def test_one_core_does_all_of_a_clip_one_after_the_other() -> None:
    steps = ("decoded", "scaled", "faces", "drawn", "composite", "output")
    costs = {step: Cost(1e-3, 2e-3) for step in steps} | {"block": Cost(0.024, 0.024)}
    assert frames_per_second(costs, 1, 4) == pytest.approx(1 / 0.019, rel=0.03)
    assert frames_per_second(costs, 16, 4) < 1 / 0.0065  # six milliseconds of each frame hold the lock, and half of one
