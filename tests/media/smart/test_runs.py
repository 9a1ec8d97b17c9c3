"""What is copied and what is encoded, of streams whose order is known."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from vs_lipsync.media.smart.packets import Entry, Packets
from vs_lipsync.media.smart.runs import Run, runs_of


def stream(places: Sequence[int], entries: Sequence[tuple[int, int]], numbers: Sequence[int] | None = None) -> Packets:
    """Return packets that hold frames in a certain order, entered at (packet, leading)."""
    order = np.array(places)
    exits = np.array([set(places[:n]) == set(range(n)) for n in range(len(places) + 1)])
    which = np.arange(len(places)) if numbers is None else np.array(numbers)
    delay = int((order - np.arange(len(order))).max())
    ones = np.ones(len(order), np.int64)
    found = tuple(Entry(*entry) for entry in entries)
    return Packets(order, ones, ones.astype(bool), order, which, found, exits, delay, Fraction(1, 25))


def taken(packets: Packets, changed: Sequence[int], first: int = 0, stop: int | None = None) -> list[Run]:
    frames = np.zeros(len(packets), bool)
    frames[list(changed)] = True
    return runs_of(packets, frames, first, len(packets) if stop is None else stop)


CLOSED = stream(range(60), [(0, 0), (20, 0), (40, 0)])


def test_groups_without_a_change_are_copied() -> None:
    runs = taken(CLOSED, [25])
    assert [(run.first, run.stop) for run in runs] == [(0, 25), (25, 40), (40, 60)]
    assert runs[0].packets == list(range(25)) and runs[1].packets is None and runs[2].packets == list(range(40, 60))


def test_a_short_beginning_of_a_group_is_encoded_with_it() -> None:
    assert [(run.first, run.stop) for run in taken(CLOSED, [19, 24])] == [(0, 19), (19, 40), (40, 60)]


def test_all_or_nothing() -> None:
    assert [run.packets for run in taken(CLOSED, [])] == [list(range(60))]
    assert [run.packets for run in taken(CLOSED, [0, 20, 40])] == [None]


def test_a_range_begins_and_ends_within_groups() -> None:
    runs = taken(CLOSED, [], 5, 50)
    assert [(run.first, run.stop, run.packets is None) for run in runs] == [(5, 20, True), (20, 50, False)]


def test_a_group_ends_where_nothing_behind_is_shown_before() -> None:
    """Frames 21 and 22 are decoded behind 23: a copy that ends between them would lack one."""
    order = [*range(21), 23, 21, 22, *range(24, 40)]
    runs = taken(stream(order, [(0, 0), (30, 0)]), [23])
    assert [(run.first, run.stop) for run in runs] == [(0, 21), (21, 30), (30, 40)]


def test_leading_pictures_are_encoded_where_what_they_refer_to_is() -> None:
    order = [*range(20), 22, 20, 21, *range(23, 40)]
    runs = taken(stream(order, [(0, 0), (20, 2)]), [5])
    assert [(run.first, run.stop) for run in runs] == [(0, 22), (22, 40)]
    assert runs[1].packets == [20, *range(23, 40)]
    whole = taken(stream(order, [(0, 0), (20, 2)]), [30])
    assert whole[0].packets == list(range(30))  # copied with what they refer to, they stay


def test_what_an_edit_list_hides_is_not_copied_over() -> None:
    hidden = [*range(30), *range(31, 41)]  # of all packets, the 31st is not shown
    runs = taken(stream(range(40), [(0, 0), (35, 0)], hidden), [])
    assert [(run.first, run.stop, run.packets is None) for run in runs] == [
        (0, 30, False),
        (30, 35, True),
        (35, 40, False),
    ]


@pytest.mark.parametrize("seed", range(30))
def test_every_frame_is_there_once_and_no_changed_one_is_copied(seed: int) -> None:
    chance = np.random.default_rng(seed)
    order: list[int] = []
    entries = []
    while len(order) < 120:
        entries.append((len(order), 0))
        size = int(chance.integers(1, 40))
        at = len(order)
        order += [at + n for n in range(size)]
        for n in range(at + 1, len(order) - 2, 3):  # a B frame before each third
            order[n], order[n + 1] = order[n + 1], order[n]
    changed = np.flatnonzero(chance.random(len(order)) < 0.03)
    first, stop = int(chance.integers(0, 30)), int(chance.integers(80, len(order)))
    runs = taken(stream(order, entries), changed.tolist(), first, stop)
    frames = [frame for run in runs for frame in range(run.first, run.stop)]
    assert frames == list(range(first, stop))
    for run in runs:
        if run.packets is not None:
            shown = sorted(order[packet] for packet in run.packets)
            assert shown == list(range(run.first, run.stop)) and not set(shown) & set(changed.tolist())
            assert next(iter(run.packets)) in dict(entries)
