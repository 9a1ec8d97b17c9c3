"""What the encoder hears: log-mel columns relative to the level of the voice, whatever the gain of the recording."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = ["COLUMN", "LEVEL_MARGIN", "MELS", "log_mel", "mel_bank", "mel_power", "sample_range", "voice_level"]

COLUMN = 160
"""Samples from one column to the next: 100 columns a second. Column k is centred on sample k * COLUMN."""

MELS = 80
"""Mel bands, from 0 to 8000 Hz: those that Whisper was trained with."""

LEVEL_MARGIN = 608
"""Columns on each side of a column that its level depends on: 6 seconds and a cell."""

_WINDOW = 400  # samples of a column, under a Hann window
_CELL = 8  # columns whose power is averaged before it counts for the level
_REACH = 75  # cells on each side that count for the level: 6 seconds
_NOTHING = 1e-12  # power that counts as none: that of a full-scale signal less 120 dB
_LOUDNESS = 1.3  # log10 of the power, over all bands, that voices are brought to: that of common recordings
_FLOOR = -6.5  # log10 of the power that is not told apart from silence: 80 dB below the loudest band of such a voice


@cache
def mel_bank() -> NDArray[np.float32]:
    """Return the weights [MELS, 201] of the spectrum's powers in each band.

    Bands are triangles of the same area whose corners lie evenly on Slaney's mel scale ("Auditory Toolbox", 1998):
    linear up to 1000 Hz and logarithmic above.
    """
    edges = np.arange(MELS + 2) * (15 + np.log(8) / np.log(6.4) * 27) / (MELS + 1)  # mel; 8000 Hz is the last
    hertz = np.where(edges < 15, edges * 200 / 3, 1000 * np.exp((edges - 15) * np.log(6.4) / 27))
    bins = np.arange(_WINDOW // 2 + 1) * SAMPLE_RATE / _WINDOW
    low, middle, high = hertz[:-2, None], hertz[1:-1, None], hertz[2:, None]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return np.asarray(np.maximum(triangles, 0) * 2 / (high - low), np.float32)


def sample_range(first: int, stop: int) -> tuple[int, int]:
    """Return the samples, from and to, that `mel_power` needs for columns first..stop."""
    return first * COLUMN - _WINDOW // 2, (stop - 1) * COLUMN + _WINDOW // 2


def mel_power(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power [MELS, n] of each band in n columns, from the samples of `sample_range`, full scale being 1."""
    columns = np.lib.stride_tricks.sliding_window_view(np.asarray(samples, np.float32), _WINDOW)[::COLUMN]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    spectrum = np.fft.rfft(columns * window.astype(np.float32))
    return np.asarray(mel_bank() @ (spectrum.real**2 + spectrum.imag**2).T, np.float32)


def voice_level(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power of the voice [n] around each of n columns, n a multiple of 8, from band powers [MELS, n].

    It is the squared contraharmonic mean of the amplitudes within 6 seconds on each side under a Hann window: loud
    parts count and pauses do not, so that it hardly depends on how much of the time is speech. Outside of the array
    is taken for silence: the first and last `LEVEL_MARGIN` columns are right only where that is so.
    """
    cells = power.sum(0, dtype=np.float64).reshape(-1, _CELL).mean(1)
    window = np.hanning(2 * _REACH + 3)[1:-1]
    padded = np.pad(cells, _REACH)
    above = np.convolve(padded, window, "valid")
    below = np.convolve(np.sqrt(padded), window, "valid")
    level = (above / np.maximum(below, np.sqrt(_NOTHING))) ** 2 + _NOTHING
    centres = np.arange(len(cells)) * _CELL + (_CELL - 1) / 2
    return np.asarray(np.interp(np.arange(power.shape[1]), centres, level), np.float32)


def log_mel(power: NDArray[np.float32], level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the encoder hears [MELS, n]: logarithms of the powers [MELS, n] relative to the levels [n].

    The scale is Whisper's, `(log10 power + 4) / 4`, for a voice of common loudness. Whisper itself takes powers as they
    are and cuts them off 80 dB below the loudest of 30 seconds, so that gain would change what it hears.
    """
    relative = np.log10(power / level + 1e-20) + _LOUDNESS
    return np.asarray((np.maximum(relative, _FLOOR) + 4) / 4, np.float32)
