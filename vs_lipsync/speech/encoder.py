"""The ear of the motion net: the first layers of Whisper's encoder, run by ONNX Runtime.

Whisper base (A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022; MIT) was trained on
680,000 hours of speech in 97 languages. Its inner layers tell speech sounds apart in voices, languages and noise that
our corpus does not hold. `models/speech_encoder.md` says where the weights come from.
"""

import os

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.weights.onnx import reproducible_session
from vs_lipsync.weights.shipped import shipped_file
from vs_lipsync.workers import once

__all__ = ["COLUMNS", "FEATURES", "STEPS", "SpeechEncoder", "default_encoder"]

COLUMNS = 1000
"""Log-mel columns of one window: 10 seconds. What the encoder says depends on all of them, and on where they start."""

STEPS = 500
"""Steps of features of one window: 50 a second. Step k is centred on column 2 k."""

FEATURES = 512
"""Numbers of each step."""


class SpeechEncoder:
    """Log-mel columns to features. May be used from several threads; each computes on its own."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Load an encoder from an ONNX file: `mel` [1, 80, 1000] to `features` [1, 500, 512]."""
        self._session = reproducible_session(os.fspath(path), keeps_memory=False)

    def __call__(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the features [STEPS, FEATURES] of the log-mel columns [MELS, COLUMNS] of `features.log_mel`."""
        (found,) = self._session.run(None, {"mel": mel[None]})
        return np.asarray(found[0], np.float32)


@once
def default_encoder() -> SpeechEncoder:
    """Return the encoder that comes with the package."""
    with shipped_file("speech_encoder") as path:
        return SpeechEncoder(path)
