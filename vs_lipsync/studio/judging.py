"""How well the mouths of a file that was written follow their dubs, as `vs-lipsync evaluate --cast` tells it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import JobError
from vs_lipsync.evaluation.evaluate import evaluate
from vs_lipsync.graph.prepare import Part, prepare
from vs_lipsync.graph.schedule import open_dub
from vs_lipsync.media.source import SourceClip
from vs_lipsync.report.encoded import openings_text
from vs_lipsync.studio.call import Call
from vs_lipsync.studio.task import Step

__all__ = ["Judged", "judge"]

SCORES: Final = (
    "frames_with_mouth", "sharpness", "motion_frames", "motion_correlation", "motion_correlation_original",
    "av_offset_frames",
)  # fmt: skip
"""The scores that are shown of each person: those of the table of `vs-lipsync evaluate --cast`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A person of a file that was written.

    Attributes:
        title: what the person is called.
        scores: values of SCORES; None for what cannot be told.
        opening: [frames] of the mouth in the file, in inter-ocular distances; NaN where it could not be read.
    """

    title: str
    scores: dict[str, float | None]
    opening: NDArray[np.float64]

    def told(self, top: float) -> dict[str, Any]:
        """Return what the page shows of it, with the opening as bytes, of which 254 are `top`."""
        return {"title": self.title, **self.scores, "opening": openings_text(self.opening.astype(np.float32), top)}


def judge(source: SourceClip, result: SourceClip, call: Call, step: Step) -> list[Judged]:
    """Compare a file with what it was made of, person by person, in the frames in which each is dubbed.

    Args:
        source: the film.
        result: the file.
        call: the project, with the plan of the film.
        step: is told how far it is.

    Raises:
        LipsyncError: they cannot be compared.
        vs.Error: a frame cannot be made.
    """
    before, after = source.clip, result.clip
    if (before.width, before.height, before.num_frames) != (after.width, after.height, after.num_frames):
        raise JobError(
            f"{result.path.name} has {after.num_frames} frames of {after.width} x {after.height}, and the film "
            f"{before.num_frames} of {before.width} x {before.height}: they cannot be compared"
        )
    prepared = prepare(before, call.voice, replace(call.settings, extend=None))
    parts = [part for part in prepared.parts if part.voice.dub is not None]
    if not parts:
        raise JobError("only zones have dubs here, which are not judged")
    length = before.num_frames
    done = _counter(step, length * len(parts))
    judged = []
    for part in parts:
        excluded = prepared.analysis.excluded | ~_dubbed(part, length)
        found = evaluate(
            before,
            after,
            open_dub(part.voice),
            dub_start=-float(part.voice.offset),
            target=None if part.voice.target == "all" else part.voice.target,
            original_sound=source.path,
            timeline=prepared.timeline,
            analysis=replace(prepared.analysis, excluded=excluded),
            done=done,
        )
        known = asdict(found.scores)
        judged.append(Judged(part.title, {name: known[name] for name in SCORES}, found.series.opening))
    return judged


def _dubbed(part: Part, length: int) -> NDArray[np.bool_]:
    """Return [length] in which frames a person may be dubbed."""
    return np.array([part.schedule.reason(number) is None for number in range(length)])


def _counter(step: Step, total: int) -> Callable[[], None]:
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        if not count % 8 or count == total:
            step(count, total)

    return done
