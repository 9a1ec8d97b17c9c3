"""Sound files for tests."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.speech.sounds import SAMPLE_RATE

__all__ = ["write"]


def write(path: Path, samples: NDArray[np.float32], rate: int = SAMPLE_RATE, codec: str = "pcm_s16le") -> Path:
    """Write samples [channels, n] to a file."""
    layout = {1: "mono", 2: "stereo"}[len(samples)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(stream.format.name, layout, rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", layout)
        frame.sample_rate = rate
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path
