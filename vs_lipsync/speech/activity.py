"""When somebody speaks in a stem: a clean recording of one voice with silence between what it says."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = ["STEP", "voice_activity"]

STEP: Final = 0.04
"""Seconds of a step of activity."""

_SAMPLES: Final = round(STEP * SAMPLE_RATE)

_LOUD: Final = 0.95
"""Quantile of the loudness of what is not silent that counts as the voice's own level."""

_BELOW: Final = 30.0
"""dB below that level down to which a voice is heard."""

_SILENT: Final = 1e-3
"""Amplitude up to which all counts as silent: 60 dB below full scale."""

_PAUSE: Final = 5
"""Steps up to which a pause belongs to what is said around it: stops and breaths are shorter than 0.2 s."""

_AT_ONCE: Final = 60 * SAMPLE_RATE


def voice_activity(stem: Dub, seconds: float) -> NDArray[np.bool_]:
    """Tell for each STEP of a stem whether somebody speaks.

    Args:
        stem: the recording.
        seconds: as far as it is read.

    Returns:
        [n] for steps from the start of the stem on.

    Raises:
        DubError: it cannot be decoded.
    """
    total = max(0, round(seconds * SAMPLE_RATE)) // _SAMPLES * _SAMPLES
    parts = []
    for start in range(0, total, _AT_ONCE):
        samples = stem.read(start, min(start + _AT_ONCE, total)).astype(np.float64)
        parts.append(np.sqrt((samples.reshape(-1, _SAMPLES) ** 2).mean(1)))
    level = np.concatenate(parts) if parts else np.zeros(0)
    heard = level > _SILENT
    if not heard.any():
        return heard
    active = heard & (level > np.quantile(level[heard], _LOUD) * 10 ** (-_BELOW / 20))
    edges = np.flatnonzero(np.diff(active.astype(np.int8), prepend=0, append=0))
    for stop, start in zip(edges[1::2], edges[2::2], strict=False):
        if start - stop <= _PAUSE:
            active[stop:start] = True
    return np.asarray(active)
