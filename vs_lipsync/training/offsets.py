"""By how much the sound of each recording is late, found by a net that was not trained on it."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.evaluation import motion_metrics
from vs_lipsync.training.fit import Offset

__all__ = ["estimate_offsets"]

_REACH = 12  # frames
_USUAL = (-7, 8)  # frames among which the usual offset of a source lies
_INDEPENDENT = 6  # frames of lip motion that say as much as one independent sample
_ENOUGH = 600  # frames of a source that make its own usual offset worth having
_ANY_SOURCE = 400  # frames for which the mean over all sources counts


def estimate_offsets(
    made: Sequence[NDArray[np.floating]], real: Sequence[NDArray[np.floating]], sources: Sequence[str]
) -> list[Offset]:
    """Return the offset of each recording, and how much it can be trusted.

    What a correlation over few frames says is chance for the most part, so it is weighed against what is usual for the
    recording's source (one camera, one encoder, one offset), the more so the shorter the recording. Between frames the
    peak is that of a parabola.

    Args:
        made: predicted opening [n] of each recording.
        real: its real opening [n].
        sources: where it came from.
    """
    lags = np.arange(-_REACH, _REACH + 1)
    curves = np.array(
        [
            [motion_metrics.lag_correlation(a, b, 0, int(lag)).correlation for lag in lags]
            for a, b in zip(made, real, strict=True)
        ]
    )
    frames = np.array([len(series) for series in real])
    common = np.average(curves, axis=0, weights=frames)
    members: dict[str, list[int]] = defaultdict(list)
    for number, source in enumerate(sources):
        members[source].append(number)
    offsets = [Offset()] * len(real)
    usual_lags = slice(_USUAL[0] + _REACH, _USUAL[1] + _REACH)
    for numbers in members.values():
        count = frames[numbers].sum()
        shared = np.average(curves[numbers], axis=0, weights=frames[numbers]) * count + common * _ANY_SOURCE
        usual = lags[usual_lags][shared[usual_lags].argmax()] if count > _ENOUGH else lags[common.argmax()]
        for number in numbers:
            offsets[number] = _weigh(curves[number], lags, float(usual), int(frames[number]))
    return offsets


def _weigh(curve: NDArray[np.float64], lags: NDArray[np.int64], usual: float, frames: int) -> Offset:
    """Return the lag of the greatest posterior: Gaussian noise of `curve`, and a Gaussian around the usual lag."""
    spread = 1.0 if frames < 50 else 1.5 if frames < 100 else 2.5
    likelihood = -frames / _INDEPENDENT / 2 * np.log(1 - np.clip(curve, 0, 0.99) ** 2)
    posterior = likelihood - 0.5 * ((lags - usual) / spread) ** 2
    best = int(posterior.argmax())
    between = 0.0
    if 0 < best < len(lags) - 1:
        before, peak, after = posterior[best - 1 : best + 2]
        bend = before - 2 * peak + after
        between = float(np.clip((before - after) / 2 / bend, -0.5, 0.5)) if bend < -1e-6 else 0.0
    trust = float(np.clip((curve[best] - 0.1) / 0.35, 0.15, 1.0))
    return Offset(float(lags[best]) + between, trust)
