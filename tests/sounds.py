"""Sounds for tests, in which every sample can be told from the others."""

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import vapoursynth as vs
from numpy.typing import NDArray

__all__ = ["samples_of", "write_noise"]


def write_noise(path: Path, length: int, rate: int, channels: int = 2, seed: int = 3) -> NDArray[np.int16]:
    """Write 16-bit noise to a WAV file, and return its samples [length, channels]."""
    values = np.random.default_rng(seed).integers(-30000, 30000, (length, channels)).astype(np.int16)
    soundfile.write(path, values, rate, subtype="PCM_16")
    return values


def samples_of(audio: "vs.AudioNode | Path") -> NDArray[Any]:
    """Return the samples [n, channels] of an audio node, or of a file's first sound, integers with their sign."""
    node = audio if isinstance(audio, vs.AudioNode) else vs.core.bs.AudioSource(str(audio), cachemode=0)
    parts = [
        np.stack([np.array(frame[channel]) for channel in range(frame.num_channels)], axis=1)
        for frame in node.frames(close=True)
    ]
    samples = np.concatenate(parts)
    return samples if samples.dtype.kind == "f" else samples.view(f"i{samples.itemsize}")
