"""The fixed windows in which sound is heard, and the frames of motion that each of them gives."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.speech import features
from vs_lipsync.speech.encoder import COLUMNS, SpeechEncoder
from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = [
    "COLUMNS_PER_FRAME",
    "FRAME",
    "FRAME_RATE",
    "KEPT",
    "MARGIN",
    "WINDOW",
    "hear",
    "power_and_level",
    "samples_for",
]

COLUMNS_PER_FRAME: Final = 4
"""Log-mel columns for each frame of motion."""

FRAME: Final = COLUMNS_PER_FRAME * features.COLUMN
"""Samples from one frame of motion to the next."""

FRAME_RATE: Final = SAMPLE_RATE / FRAME
"""Frames of motion per second: 25."""

WINDOW: Final = COLUMNS // COLUMNS_PER_FRAME
"""Frames of motion in one window of the encoder: 250, which is 10 seconds."""

MARGIN: Final = 50
"""Frames at either end of a window that are heard, but whose motion another window gives: 2 seconds."""

KEPT: Final = WINDOW - 2 * MARGIN
"""Frames of motion that a window gives, from its middle: 150, which is 6 seconds."""


def samples_for(first: int) -> tuple[int, int]:
    """Return the samples, from and to, that `power_and_level` needs for the window whose first kept frame is `first`.

    They may lie outside of the sound, where there is silence.
    """
    start = COLUMNS_PER_FRAME * (first - MARGIN)
    return features.sample_range(start - features.LEVEL_MARGIN, start + COLUMNS + features.LEVEL_MARGIN)


def power_and_level(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return band powers [MELS, COLUMNS] and levels [COLUMNS] of a window, from the samples of `samples_for`."""
    power = features.mel_power(samples)
    level = features.voice_level(power)
    inner = slice(features.LEVEL_MARGIN, -features.LEVEL_MARGIN)
    return power[:, inner], level[inner]


def hear(encoder: SpeechEncoder, power: NDArray[np.float32], level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the features [STEPS, FEATURES] of a window."""
    return encoder(features.log_mel(power, level))
