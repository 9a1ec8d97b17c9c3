"""Recordings of people who speak, as face points and sound: what the motion net is trained on and judged by.

A corpus is a folder with `index.csv` (id, split, speaker, language, ...), `points.json` (which points are
stored, in order), and for each recording SPLIT/ID.npz (`points` int16 [frames, stored points, 3] at 25 frames a
second, in inter-ocular units × 8192; `missing` [frames]) and SPLIT/ID.ogg, its sound, in step with the points.
"""

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH, MOUTH_POINTS, POINTS, Pose, mouth_opening
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.windows import FRAME

__all__ = ["Recording", "recordings"]

_UNIT = 8192  # stored integers per inter-ocular distance
_CLOSED = 0.1  # share of the frames, those with the least opening, whose mean is the closed mouth
_LEAST_RANGE = 0.04  # inter-ocular units between a nearly shut and a wide open mouth, below which nobody speaks
_LEAST_FRAMES = 20
_TOUCH = 0.01  # opening above the least of a recording, inter-ocular units, up to which lips touch
_TOUCHING_MOUTH = 0.06  # least opening of a recording up to which its lips do touch at some time: the net is not exact
_LOUD = 0.06  # amplitude relative to the recording's, 24 dB below it, above which somebody speaks


@dataclass(frozen=True, eq=False)
class Recording:
    """One recording.

    Attributes:
        name: its id.
        split: "train" or "val".
        speaker: who speaks.
        language: in which language; "unknown" where nobody said.
        source: where the recording came from.
        mouth: [n, 53, 3] mouth shapes in the pose-free frame; frames without a face repeat the nearest one with one.
        seen: [n] whether a face was found.
        sound: its sound.
        lag: frames by which the sound seems to be late, an estimate of the corpus; NaN where it has none.
        fit: how far that estimate can be trusted: the correlation that it rests on.
    """

    name: str
    split: str
    speaker: str
    language: str
    source: str
    mouth: NDArray[np.float32]
    seen: NDArray[np.bool_]
    sound: Dub
    lag: float
    fit: float

    @cached_property
    def opening(self) -> NDArray[np.floating]:
        """Opening of the mouth [n], inter-ocular units."""
        return mouth_opening(self.mouth)

    @cached_property
    def closed(self) -> NDArray[np.float32]:
        """The closed, neutral mouth [53, 3]: the mean of the tenth of the frames with the least opening."""
        opening = self.opening[self.seen]
        return np.asarray(self.mouth[self.seen][opening <= np.quantile(opening, _CLOSED)].mean(0), np.float32)

    @cached_property
    def motion(self) -> NDArray[np.float32]:
        """Displacement [n, 53, 3] from the closed mouth."""
        return self.mouth - self.closed

    @cached_property
    def touching(self) -> NDArray[np.bool_]:
        """Frames [n] in which the lips touch; none where the landmark net never sees them do so."""
        least = float(np.quantile(self.opening[self.seen], 0.02))
        return np.asarray(self.seen & (self.opening <= least + _TOUCH) & (least <= _TOUCHING_MOUTH))

    @cached_property
    def speech(self) -> NDArray[np.bool_]:
        """Frames [n] in which the sound is loud enough to be speech, judged against the rest of the recording."""
        samples = self.sound.read(0, len(self.mouth) * FRAME)
        columns = np.sqrt((samples.reshape(-1, FRAME // 4) ** 2).mean(1))
        loud = np.sqrt((columns**2).mean())
        limit = max(_LOUD * loud, min(2.0 * float(np.quantile(columns, 0.05)), 0.3 * loud))
        return np.asarray(columns.reshape(-1, 4).max(1) > limit)

    @property
    def speaks(self) -> bool:
        """Whether it is long enough and the mouth moves as one that speaks."""
        if self.seen.sum() < _LEAST_FRAMES:
            return False
        high, low = np.quantile(self.opening[self.seen], [0.95, 0.1])
        return bool(high - low >= _LEAST_RANGE)


def recordings(corpus: str | os.PathLike[str], split: str) -> Iterator[Recording]:
    """Read the recordings of a split ("train", "val", ...) in the order of the index, leaving out those without a face.

    Raises:
        FileNotFoundError: there is no corpus in the folder.
    """
    root = Path(corpus)
    stored = json.loads((root / "points.json").read_text())
    with (root / "index.csv").open(newline="") as index:
        rows = [row for row in csv.DictReader(index) if row["split"] == split]
    for row in rows:
        base = root / split / row["id"]
        with np.load(base.with_suffix(".npz")) as file:
            points, seen = file["points"].astype(np.float64) / _UNIT, ~file["missing"].astype(bool)
        if seen.any():
            yield Recording(
                row["id"],
                split,
                row["speaker"],
                row["language"],
                row.get("repository") or "",
                _mouths(points, seen, stored),
                seen,
                Dub.of(Dub.open(base.with_suffix(".ogg")).samples, row["id"]),
                float(row.get("lag") or "nan"),
                float(row.get("fit") or 0.0),
            )


def _mouths(points: NDArray[np.float64], seen: NDArray[np.bool_], stored: list[int]) -> NDArray[np.float32]:
    """Return the mouth shapes [n, 53, 3] of stored points [n, stored, 3]; the nearest seen one where there is none."""
    frames = np.flatnonzero(seen)
    mouths = np.empty((len(frames), MOUTH_POINTS, 3), np.float32)
    face = np.full((POINTS, 3), np.nan)
    for mouth, frame in zip(mouths, frames, strict=True):
        face[stored] = points[frame]
        mouth[:] = Pose.of(face).remove(face[list(MOUTH)])
    nearest = np.abs(np.arange(len(points))[:, None] - frames).argmin(1)
    return mouths[nearest]
