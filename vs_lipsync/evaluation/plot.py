"""The numbers of a result's frames as a picture."""

from pathlib import Path
from uuid import uuid4

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vs_lipsync.evaluation.evaluate import Series
from vs_lipsync.files import replace_durably

__all__ = ["plot"]

_MOST_POINTS = 4000
"""Frames drawn one by one; of more, each point shows the mean of several, or the lines would be a block of colour."""


def plot(series: Series, file: Path, title: str) -> None:
    """Draw the PSNR of the frames, and the mouth's opening beside what the dub asks for.

    Args:
        series: what was measured.
        file: the picture to write; its extension tells the kind.
        title: what it shows.

    Raises:
        OSError: it cannot be written.
    """
    figure = Figure(figsize=(11, 6), layout="constrained")  # without pyplot there is no window and no global state
    above, below = figure.subplots(2, 1, sharex=True)
    above.set_title(title, loc="left", parse_math=False)
    seconds = _thinned(np.arange(len(series.psnr)) / series.rate)
    above.plot(seconds, _thinned(np.where(np.isfinite(series.psnr), series.psnr, np.nan)), linewidth=0.9)
    above.set_ylabel("PSNR (dB)")
    below.plot(seconds, _thinned(_standardised(series.opening)), label="seen", linewidth=0.9)
    below.plot(seconds, _thinned(_standardised(series.predicted)), label="asked for by the dub", linewidth=0.9)
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
    """Return values in deviations from their mean: what the net predicts has a smaller range than real mouths."""
    known = values[np.isfinite(values)]
    spread = float(known.std()) if len(known) else 0.0
    return (values - known.mean()) / spread if spread > 0 else np.full(len(values), np.nan)


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return at most about _MOST_POINTS means of consecutive values."""
    together = -(-len(values) // _MOST_POINTS)
    whole = values[: len(values) // together * together]
    return np.asarray(whole.reshape(-1, together).mean(1))
