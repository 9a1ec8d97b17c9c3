"""What a dub in one process would make of more processor cores: a simulation by discrete events."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Final

from vs_lipsync.faces.detections import EVERY
from vs_lipsync.graph.dubbing import SIDE_BY_SIDE
from vs_lipsync.plan.grid import Grid

__all__ = ["GRID", "Cost", "Task", "frames_per_second", "run"]

_SLICE = 1e-3
"""Seconds of a task after which it lets go of the lock and takes it again: callbacks do so every few operations."""

GRID: Final = Grid.for_frames_of(0)
"""Blocks of small frames, up to 1080p in 8 bits."""


@dataclass(frozen=True)
class Cost:
    """What a step takes of a core.

    Attributes:
        held: seconds with Python's lock held.
        free: seconds without it.
    """

    held: float
    free: float


@dataclass(eq=False)
class Task:
    """One frame of one node.

    Attributes:
        order: those of a lesser one come first.
        node: makes one frame at a time.
        cost: what it takes.
        waits: how many of those that it needs are not done.
        needed: those that need it.
        done: second at which it was done.
    """

    order: tuple[float, int]
    node: str
    cost: Cost
    waits: int = 0
    needed: "list[Task]" = field(default_factory=list)
    done: float = float("inf")


def run(tasks: Sequence[Task], cores: int, ahead: Callable[[Task], int], asked: int) -> None:
    """Do tasks on cores, and set when each was done.

    A core that waits for the lock does nothing else, as a thread of VapourSynth's pool, of which there is one for each.
    The lock goes to whoever has waited longest.

    Args:
        tasks: all of them.
        cores: how many tasks are done at once.
        ahead: returns the number of the output frame that a task is for.
        asked: frames of the output that are asked for at once.
    """
    events: list[tuple[float, int, Callable[[], None]]] = []
    number, now, idle, shown = count(), 0.0, cores, 0
    ready: list[tuple[tuple[float, int], int, Task]] = []
    busy: set[str] = set()
    waiting: deque[Callable[[], None]] = deque()
    is_held = False
    outputs = {ahead(task): task for task in tasks if task.node == "output"}

    def after(seconds: float, then: Callable[[], None]) -> None:
        heappush(events, (now + seconds, next(number), then))

    def take(then: Callable[[], None]) -> None:
        nonlocal is_held
        if is_held:
            waiting.append(then)
        else:
            is_held = True
            then()

    def let_go() -> None:
        nonlocal is_held
        is_held = bool(waiting)
        if waiting:
            waiting.popleft()()

    def begin(task: Task) -> None:
        slices = max(1, round((task.cost.held + task.cost.free) / _SLICE))
        held, free = task.cost.held / slices, task.cost.free / slices

        def go_on(left: int) -> None:
            if not left:
                end(task)
            elif held:
                take(lambda: after(held, lambda: without(left)))
            else:
                without(left)

        def without(left: int) -> None:
            if held:
                let_go()
            after(free, lambda: go_on(left - 1))

        go_on(slices)

    def end(task: Task) -> None:
        nonlocal idle, shown
        task.done = now
        idle += 1
        busy.discard(task.node)
        for other in task.needed:
            other.waits -= 1
            if not other.waits:
                heappush(ready, (other.order, next(number), other))
        while shown in outputs and outputs[shown].done <= now:
            shown += 1
        start()

    def start() -> None:
        nonlocal idle
        kept = []
        while idle and ready:
            one = heappop(ready)
            task = one[2]
            if task.node in busy or ahead(task) >= shown + asked:
                kept.append(one)
                continue
            idle -= 1
            if task.node != "output":
                busy.add(task.node)
            begin(task)
        for one in kept:
            heappush(ready, one)

    for task in tasks:
        if not task.waits:
            heappush(ready, (task.order, next(number), task))
    start()
    while events:
        now, _, then = heappop(events)
        then()


def frames_per_second(costs: Mapping[str, Cost], cores: int, blocks: int = 12) -> float:
    """Return how fast a clip with a face throughout is dubbed, but for its first block and its last.

    Args:
        costs: what "decoded", "scaled", "faces", "drawn", "composite" and "output" take for a frame, and "block" for a
            block. Frames are decoded one after the other, and scaled in any order.
        cores: how many there are; as many frames are asked for at once.
        blocks: of the clip.
    """
    frames = blocks * GRID.block
    tasks: list[Task] = []

    def made(node: str, step: str, order: float, rank: int, *needs: Task) -> Task:
        task = Task((order, rank), node, costs[step], len(needs))
        for other in needs:
            other.needed.append(task)
        tasks.append(task)
        return task

    faces = []
    for n in range(frames):
        decoded = made("decoded", "decoded", n, 0)
        scaled = made(f"scaled {n}", "scaled", n, 0, decoded)
        faces.append(made(f"faces {n % EVERY}", "faces", n, 1, scaled))
    first: dict[int, int] = {}
    mouths: list[Task] = []
    for k in range(blocks):
        stop = min(frames, (k + 1) * GRID.block + GRID.ahead)
        begun = 0 if k == 0 else min(frames, k * GRID.block + GRID.ahead)
        before = mouths[-1:]
        mouths.append(made("mouths", "block", k * GRID.block, 2, *faces[begun:stop], *before))
        for n in range(begun, stop):
            first[n] = k * GRID.block
    for n in range(frames):
        drawn = made(f"drawn {n % SIDE_BY_SIDE}", "drawn", n, 3, mouths[n // GRID.block])
        composite = made("composite", "composite", n, 4, drawn)
        made("output", "output", n, 5, composite)

    def output(task: Task) -> int:
        n = int(task.order[0])
        return first[n] if task.order[1] < 2 else n

    run(tasks, cores, output, cores)
    done = [task.done for task in tasks if task.node == "output"]
    # Without the last block as well, behind which nothing has to be looked at.
    return (frames - 2 * GRID.block) / (done[-GRID.block - 1] - done[GRID.block - 1])
