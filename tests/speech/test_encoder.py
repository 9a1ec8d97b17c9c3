"""The ear: Whisper's, and the same whoever asks (about 5 s)."""

import sys
import threading
from subprocess import run

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.conftest import ROOT
from tests.speech.whisper import encode
from vs_lipsync.speech.encoder import COLUMNS, FEATURES, STEPS, default_encoder
from vs_lipsync.speech.features import MELS


@pytest.fixture(scope="module")
def mel() -> NDArray[np.float32]:
    """Columns whose values change slowly, as those of sounds do."""
    rng = np.random.default_rng(0)
    knots = rng.uniform(-1, 1.5, (MELS, 101))
    return np.stack([np.interp(np.arange(COLUMNS) / 10, np.arange(101), band) for band in knots]).astype(np.float32)


def test_it_is_whispers_encoder(mel: NDArray[np.float32]) -> None:
    found = default_encoder()(mel)
    assert found.shape == (STEPS, FEATURES)
    with torch.inference_mode():
        right = encode(ROOT / "models" / "speech_encoder.onnx", torch.from_numpy(mel), 2, 4).numpy()
    assert np.abs(right).max() > 5
    np.testing.assert_allclose(found, right, atol=1e-3)


def test_every_thread_hears_the_same(mel: NDArray[np.float32]) -> None:
    alone = default_encoder()(mel)
    found: list[NDArray[np.float32]] = []
    threads = [threading.Thread(target=lambda: found.append(default_encoder()(mel))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in found:
        np.testing.assert_array_equal(other, alone)


def test_speech_needs_neither_torch_nor_librosa() -> None:
    """Both take seconds to load."""
    code = "import sys, vs_lipsync.speech.motion; print(sorted({'torch', 'librosa'} & set(sys.modules)))"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout == "[]\n"
