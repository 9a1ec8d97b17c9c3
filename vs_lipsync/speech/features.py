"""What the net hears: log-mel columns relative to the level of the voice, whatever the gain of the recording."""

from functools import cache

import librosa
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = ["COLUMN", "LEVEL_MARGIN", "MELS", "log_mel", "mel_power", "sample_range", "voice_level"]

COLUMN = 160
"""Samples from one column to the next: 100 columns a second. Column k is centred on sample k * COLUMN."""

MELS = 32
"""Mel bands, from 60 to 3800 Hz: those that the speech encoder was trained with."""

LEVEL_MARGIN = 608
"""Columns on each side of a column that its level depends on: 6 seconds and a cell."""

_FFT = 512
_WINDOW = 400
_CELL = 8  # columns whose power is averaged before it counts for the level
_REACH = 75  # cells on each side that count for the level: 6 seconds
_NOTHING = 1e-12  # power that counts as none: that of a full-scale signal less 120 dB
_LOUDNESS = 10.0  # log10 of the power that the encoder's training speech had, samples being 16-bit integers
_FLOOR = 3.5  # log10 of the power that it is not told apart from silence: 65 dB below
_OFFSET = 2.0  # what openWakeWord and livekit-wakeword add before the encoder


@cache
def _bank() -> NDArray[np.float32]:
    return np.asarray(librosa.filters.mel(sr=SAMPLE_RATE, n_fft=_FFT, n_mels=MELS, fmin=60.0, fmax=3800.0), np.float32)


def sample_range(first: int, stop: int) -> tuple[int, int]:
    """Return the samples, from and to, that `mel_power` needs for columns first..stop."""
    return first * COLUMN - _FFT // 2, (stop - 1) * COLUMN + _FFT // 2


def mel_power(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power [MELS, n] of each band in n columns, from the samples of `sample_range`, full scale being 1."""
    spectrum = librosa.stft(samples, n_fft=_FFT, hop_length=COLUMN, win_length=_WINDOW, center=False)
    return np.asarray(_bank() @ (spectrum.real**2 + spectrum.imag**2), np.float32)


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
    """Return what the encoder hears [n, MELS]: log10 of the powers [MELS, n] relative to the levels [n].

    The scale is that of `melspectrogram.onnx` in openWakeWord, for speech of the loudness it was trained with.
    """
    relative = power / level
    return np.asarray(np.maximum(np.log10(relative + 1e-20) + _LOUDNESS, _FLOOR).T + _OFFSET, np.float32)
