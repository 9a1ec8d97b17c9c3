"""Ranges of frames with the same action and reason, and their summary in one line."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

__all__ = ["Outcome", "Range", "merge", "summary"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Action and reason of a frame, as in its properties LipSyncAction and LipSyncReason."""

    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive frames with one outcome; both ends belong to it."""

    first: int
    last: int
    outcome: Outcome


def merge(outcomes: Iterable[Outcome], first: int = 0) -> Iterator[Range]:
    """Join consecutive frames with equal outcomes.

    Args:
        outcomes: one for each frame, in order.
        first: number of the first frame.
    """
    for outcome, run in groupby(outcomes):
        last = first + sum(1 for _ in run) - 1
        yield Range(first, last, outcome)
        first = last + 1


def summary(counts: Counter[Outcome]) -> str:
    """Return one line that says how many frames are dubbed, and how many pass for which reason."""
    total, dubbed = counts.total(), sum(n for outcome, n in counts.items() if outcome.action == "dub")
    text = f"{dubbed} of {total} frames dubbed"
    passed = Counter({outcome.reason or "no reason": n for outcome, n in counts.items() if outcome.action != "dub"})
    if passed:
        text += f", {passed.total()} passed (" + ", ".join(f"{reason}: {n}" for reason, n in passed.most_common()) + ")"
    return text
