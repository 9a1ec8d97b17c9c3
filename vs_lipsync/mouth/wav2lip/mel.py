"""Wav2Lip's mel spectrogram, and the window of it that belongs to a frame.

The constants are those the published checkpoints were trained with (`hparams.py` and `audio.py` of Rudrabha/Wav2Lip).
Only the columns of requested windows are computed, so that memory does not grow with the dub.
"""

from functools import cache

import librosa
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.mouth.wav2lip.network import MEL_BANDS, MEL_COLUMNS
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = ["AUDIO_LEAD", "mel_columns", "mel_windows", "melspectrogram"]

COLUMNS_PER_SECOND = 80
"""Columns of the spectrogram per second; one starts every 200 samples."""

AUDIO_LEAD = 0.04
"""Seconds by which the window of sound starts before its frame, as in training.

In training, frame f of a 25 fps clip is paired with the 16 columns from `80 (f - 1) / 25` on; the published inference
script starts them at `80 f / 25`, one frame later, so that its mouths are 40 ms early: users report that as a constant
offset. What the network learned is the convention of its training, so it is the default. Zero gives the
published script's timing.
"""

_HOP = SAMPLE_RATE // COLUMNS_PER_SECOND
_FFT = 800
_PRE_EMPHASIS = 0.97
_FLOOR = 1e-5  # -100 dB
_BAND_EDGES = (55.0, 7600.0)


@cache
def _mel_basis() -> NDArray[np.float32]:
    low, high = _BAND_EDGES
    basis = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=_FFT, n_mels=MEL_BANDS, fmin=low, fmax=high)
    return np.asarray(basis, np.float32)


@cache
def _window() -> NDArray[np.float32]:
    # Periodic, as for every Fourier transform of a stretch of a longer signal.
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)


def mel_columns(dub: Dub, start: int, stop: int) -> NDArray[np.float32]:
    """Return columns `start` to `stop` of the mel spectrogram of a dub.

    Pre-emphasis 0.97, a centred 800-point Hann window every 200 samples, magnitudes, 80 Slaney mels from 55 to 7600 Hz,
    decibels with a floor of -100, then -100..0 dB to -4..4. Outside itself the dub is silent: columns may lie
    before its start or beyond its end.

    Args:
        dub: the sound.
        start: first column; column c is centred on sample 200 c.
        stop: column behind the last.

    Returns:
        [80, stop - start], -4..4.
    """
    if stop <= start:
        return np.zeros((MEL_BANDS, 0), np.float32)
    first, last = start * _HOP - _FFT // 2, (stop - 1) * _HOP + _FFT // 2
    stretch = dub.read(first - 1, last)
    emphasised = stretch[1:] - np.float32(_PRE_EMPHASIS) * stretch[:-1]
    if last > 0 and not dub.has(last - 1):
        # Silence is added after pre-emphasis, which would make a click of the step at the end.
        emphasised[max(round(dub.duration * SAMPLE_RATE) - first, 0) :] = 0.0
    frames = np.lib.stride_tricks.sliding_window_view(emphasised, _FFT)[::_HOP]
    magnitude = np.abs(np.fft.rfft(frames * _window()))
    mel = magnitude.astype(np.float32) @ _mel_basis().T
    decibels = 20 * np.log10(np.maximum(_FLOOR, mel)) - 20
    return np.asarray(np.clip(8 * (decibels + 100) / 100 - 4, -4, 4).T, np.float32)


def melspectrogram(dub: Dub) -> NDArray[np.float32]:
    """Return the whole mel spectrogram [80, n // 200 + 1] of a dub of n samples; see `mel_columns`."""
    return mel_columns(dub, 0, round(dub.duration * SAMPLE_RATE) // _HOP + 1)


def _first_columns(times: NDArray[np.float64], lead: float) -> NDArray[np.int64]:
    """Return the columns [t] in which windows start."""
    columns = (np.asarray(times, np.float64) - lead) * COLUMNS_PER_SECOND
    # Times are rationals rounded to doubles: a column that is met exactly must not be missed by a billionth.
    return np.floor(np.round(columns, 6)).astype(np.int64)


def mel_windows(dub: Dub, times: NDArray[np.float64], lead: float = AUDIO_LEAD) -> NDArray[np.float32]:
    """Return the network's input of sound for frames shown at given times.

    Args:
        dub: the sound.
        times: [t] seconds, close to each other: all columns between the first and the last are computed.
        lead: seconds by which each window starts before its frame.

    Returns:
        [t, 1, 80, 16] float32, -4..4. Outside the dub a window holds silence.
    """
    starts = _first_columns(times, lead)
    if not len(starts):
        return np.zeros((0, 1, MEL_BANDS, MEL_COLUMNS), np.float32)
    first = int(starts.min())
    mel = mel_columns(dub, first, int(starts.max()) + MEL_COLUMNS)
    columns = (starts - first)[:, None] + np.arange(MEL_COLUMNS)
    return np.ascontiguousarray(mel[:, columns].transpose(1, 0, 2)[:, None])
