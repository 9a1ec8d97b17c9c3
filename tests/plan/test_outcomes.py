"""Ranges of frames that are treated alike."""

from collections import Counter

from vs_lipsync.plan.outcomes import Outcome, Range, merge, summary

DUB, NO_FACE, SMALL = Outcome("dub", ""), Outcome("pass", "no face"), Outcome("pass", "face too small")


def test_merge() -> None:
    assert list(merge([DUB, DUB, NO_FACE, SMALL, SMALL, DUB], first=10)) == [
        Range(10, 11, DUB),
        Range(12, 12, NO_FACE),
        Range(13, 14, SMALL),
        Range(15, 15, DUB),
    ]
    assert list(merge([])) == []


def test_merge_keeps_different_reasons_of_one_action_apart() -> None:
    other = Outcome("dub", "no exemplar")
    assert list(merge([DUB, other])) == [Range(0, 0, DUB), Range(1, 1, other)]


def test_summary() -> None:
    assert summary(Counter({DUB: 5})) == "5 of 5 frames dubbed"
    counts = Counter({SMALL: 1, DUB: 2, NO_FACE: 3})
    assert summary(counts) == "2 of 6 frames dubbed, 4 passed (no face: 3, face too small: 1)"
