"""What a file says of its having been re-voiced."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from vs_lipsync.plan.outcomes import Range
from vs_lipsync.timing.position import format_time
from vs_lipsync.timing.timeline import Timeline
from vs_lipsync.version import __version__

__all__ = ["TAG", "Provenance", "stated_target"]

TAG: Final = "VS_LIPSYNC"
"""The name under which containers that take any name hold the statement for programs."""

MOST_RANGES: Final = 40
"""Ranges that are named; where there are more, those with the least between them are joined."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """The statement that a file was re-voiced, and where.

    Attributes:
        spans: first second and first no longer dubbed one of each range, in the file's time; None where it is not
            known.
        ranges: how many there were before some were joined.
        model: what made the mouths.
        target: who speaks, as `--target` takes it, of a file its name alone; empty for the main face of each shot.
            Of a cast, all of them with commas between.
    """

    spans: tuple[tuple[Fraction, Fraction], ...] | None
    ranges: int
    model: str
    target: str = ""

    @classmethod
    def of(
        cls, ranges: Iterable[Range], timeline: Timeline, shift: Fraction, model: str, target: str = ""
    ) -> "Provenance":
        """Sum up what happened to the frames of a file.

        Args:
            ranges: of frames, in order, counted from the file's first.
            timeline: when the frames are shown.
            shift: seconds in the file at which the first frame is shown.
            model: as the user named it.
            target: as for the class.
        """
        spans: list[tuple[int, int]] = []
        for part in ranges:
            if part.outcome.action != "dub":
                continue
            if spans and spans[-1][1] == part.first:
                spans[-1] = spans[-1][0], part.last + 1
            else:
                spans.append((part.first, part.last + 1))
        joined = _joined(spans)
        times = tuple((shift + timeline.start(first), shift + timeline.start(stop)) for first, stop in joined)
        return cls(
            times, len(spans), model.partition(":")[0], target
        )  # where a user keeps checkpoints is nobody's business

    @property
    def comment(self) -> str:
        """The statement for people."""
        text = f"Re-voiced with vs-lipsync {__version__}"
        if self.spans is None:
            return text
        if not self.spans:
            return f"{text}: no frame changed"
        text += ": " + ", ".join(f"{format_time(start)}-{format_time(stop)}" for start, stop in self.spans)
        return text + (f" ({self.ranges} ranges, near ones joined)" if self.ranges > len(self.spans) else "")

    @property
    def statement(self) -> str:
        """The statement for programs: JSON, with `version`, `model`, `target`, `ranges` (seconds) and `range_count`."""
        spans = None if self.spans is None else [[round(float(t), 3) for t in span] for span in self.spans]
        known = {} if spans is None else {"ranges": spans, "range_count": self.ranges}
        who = {"target": self.target} if self.target else {}
        return json.dumps({"version": __version__, "model": self.model, **who, **known})


def stated_target(path: Path) -> str | None:
    """Return the target that the provenance of a file names; None if there is none, or it cannot be read."""
    try:
        with av.open(str(path.absolute())) as container:
            tags = {name.upper(): text for name, text in container.metadata.items()}
        stated = json.loads(tags.get(TAG, "{}"))
    except (av.FFmpegError, OSError, ValueError, RecursionError):
        return None
    target = stated.get("target") if isinstance(stated, dict) else None
    return target if isinstance(target, str) and target and Path(target).name == target else None


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans over the smallest gaps until there are few enough."""
    by_gap = sorted(range(1, len(spans)), key=lambda i: (spans[i][0] - spans[i - 1][1], i))
    bridged = set(by_gap[: max(0, len(spans) - MOST_RANGES)])
    joined: list[tuple[int, int]] = []
    for i, (first, stop) in enumerate(spans):
        if i in bridged:
            joined[-1] = joined[-1][0], stop
        else:
            joined.append((first, stop))
    return joined
