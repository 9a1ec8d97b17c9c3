"""The series of an evaluation, drawn over time."""

from pathlib import Path
from uuid import uuid4

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vs_lipsync.evaluation.evaluate import Series
from vs_lipsync.files import replace_durably

__all__ = ["plot"]

_MOST_POINTS = 4000
"""Points of a curve, at most about: with more frames, each point is the mean of several."""


def plot(series: Series, file: Path, title: str) -> None:
    """Draw the PSNR of the frames, and the measured and the predicted opening of the mouth, over the seconds of a clip.

    Args:
        series: the series.
        file: the picture to write, of the kind that its extension names.
        title: the title of the picture.

    Raises:
        OSError: it cannot be written.
    """
    figure = Figure(figsize=(11, 6), layout="constrained")  # without pyplot there is no window and no global state
    above, below = figure.subplots(2, 1, sharex=True)
    above.set_title(title, loc="left", parse_math=False)
    seconds = _thinned(series.seconds)
    above.plot(seconds, _thinned(np.where(np.isfinite(series.psnr), series.psnr, np.nan)), linewidth=0.9)
    above.set_ylabel("PSNR (dB)")
    below.plot(seconds, _thinned(_standardised(series.opening)), label="measured", linewidth=0.9)
    below.plot(seconds, _thinned(_standardised(series.predicted)), label="predicted from the dub", linewidth=0.9)
    below.set_ylabel("mouth opening (deviations from its mean)")
    below.set_xlabel("seconds")
    below.legend(loc="upper right")
    for axes in (above, below):
        axes.grid(alpha=0.3)
    part = file.with_name(f".{file.stem}-{uuid4().hex[:8]}.part{file.suffix}")
    try:
        figure.savefig(part)
        replace_durably(part, file)
    finally:
        part.unlink(missing_ok=True)


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values [n] less their mean, in standard deviations; NaN if they do not vary.

    Predicted openings have a smaller range than those of real mouths, so that only standardised ones can be compared.
    """
    known = values[np.isfinite(values)]
    spread = float(known.std()) if len(known) else 0.0
    return (values - known.mean()) / spread if spread > 0 else np.full(len(values), np.nan)


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means of runs of equal length of values [n]: at most about _MOST_POINTS, or the values themselves."""
    together = -(-len(values) // _MOST_POINTS)
    whole = values[: len(values) // together * together]
    return np.asarray(whole.reshape(-1, together).mean(1))
