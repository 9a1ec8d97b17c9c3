"""Made-up recordings with known answers."""

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import INNER_LIP, MOUTH, canonical_face, mouth_opening
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.sounds import SAMPLE_RATE
from vs_lipsync.training.corpus import Recording


def wandering(n: int, seed: int, reach: int = 5) -> NDArray[np.float64]:
    """Return n smooth random values in 0..1."""
    series = np.convolve(np.random.default_rng(seed).normal(size=n + reach), np.hanning(reach + 2)[1:-1], "valid")[:n]
    return np.asarray((series - series.min()) / np.ptp(series))


def speaker(seed: int, n: int = 150) -> Recording:
    """Return somebody whose lower lip follows the loudness of a hiss."""
    opening = np.maximum(wandering(n, seed) - 0.3, 0) * 0.3
    mouth = np.repeat(canonical_face()[list(MOUTH)][None], n, 0)
    lower = [k for k, point in enumerate(MOUTH) if point in INNER_LIP[:11]]
    mouth[:, lower, 1] += (opening[:, None] - mouth_opening(mouth[:1])).astype(np.float32)
    loudness = np.repeat(opening, SAMPLE_RATE // 25) + 1e-3
    hiss = np.random.default_rng(seed).normal(size=len(loudness)) * loudness
    return Recording(
        str(seed), "train", f"speaker {seed}", "none", "here", mouth, np.ones(n, bool), Dub.of(hiss), 0.0, 1.0
    )
