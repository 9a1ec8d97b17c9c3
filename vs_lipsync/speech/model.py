"""A trained motion model: from the samples of a stretch of sound to lip motion."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from vs_lipsync.speech import windows
from vs_lipsync.speech.encoder import SpeechEncoder, default_encoder
from vs_lipsync.speech.head import MotionHead, NetShape
from vs_lipsync.speech.shapes import Shapes
from vs_lipsync.speech.windows import COLUMNS_PER_FRAME, KEPT, MARGIN, WINDOW
from vs_lipsync.weights.shipped import shipped_file
from vs_lipsync.workers import limit_blas, once

__all__ = ["MotionModel", "check_context", "default_model"]

_BEFORE, _BEHIND = 4, 1  # frames by which lips are free before speech and after it
_SILENT, _AUDIBLE = -32.0, -28.0  # dB relative to the voice: up to which there is silence, from which there is sound
_ARRAYS = ("mean", "basis", "deviation", "direction", "bias")  # of `Shapes`
_NUMBERS = ("rest", "closing", "sharpness", "gain", "spread")
_CLOSED_BELOW, _FREE_ABOVE = 0.15, 0.45  # probability of speech up to which lips are shut, and from which they are free


class MotionModel:
    """Encoder, nets whose mean is taken, and shape space. May be used from several threads."""

    def __init__(self, encoder: SpeechEncoder, heads: Sequence[MotionHead], shapes: Shapes) -> None:
        """Put a model together.

        Args:
            encoder: the ear.
            heads: nets whose mean is taken.
            shapes: what the nets' numbers mean.

        Raises:
            ValueError: a net hears more around a frame than a window has.
        """
        limit_blas()
        for head in heads:
            check_context(head.shape)
        self._encoder = encoder
        self._heads = list(heads)
        self._shapes = shapes

    @property
    def spread(self) -> float:
        """Standard deviation of the mouth opening of such motion while people speak, inter-ocular units."""
        return self._shapes.spread

    @classmethod
    def load(cls, path: str | os.PathLike[str], encoder: SpeechEncoder | None = None) -> "MotionModel":
        """Read a model from a safetensors file.

        Args:
            path: the file.
            encoder: the ear that its nets were trained with; None for the one that comes with the package.
        """
        with safe_open(path, "numpy") as file:
            text = file.metadata()
        stored = load_file(path)
        heads = []
        for number in range(int(text["nets"])):
            prefix = f"nets.{number}."
            arrays = {name.removeprefix(prefix): array for name, array in stored.items() if name.startswith(prefix)}
            heads.append(MotionHead(NetShape.from_text(text), arrays))
        mean, basis, deviation, direction, bias = (stored[f"shapes.{name}"] for name in _ARRAYS)
        shapes = Shapes(mean, basis, deviation, direction, bias, *(float(text[name]) for name in _NUMBERS))
        return cls(encoder or default_encoder(), heads, shapes)

    def save(self, path: str | os.PathLike[str], notes: dict[str, str] | None = None) -> None:
        """Write the nets and the shape space to a safetensors file, with notes in its header; not the encoder."""
        arrays = {f"shapes.{name}": getattr(self._shapes, name) for name in _ARRAYS}
        for number, head in enumerate(self._heads):
            arrays |= {f"nets.{number}.{name}": array for name, array in head.arrays.items()}
        text = self._heads[0].shape.as_text() | {"nets": str(len(self._heads))} | (notes or {})
        text |= {name: repr(getattr(self._shapes, name)) for name in _NUMBERS}
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path, text)

    def motion(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the motion of the kept frames of a window.

        Args:
            samples: those of `windows.samples_for`.

        Returns:
            [KEPT, 1 + 159]: speech, 0..1, and the displacement of the points.
        """
        power, level = windows.power_and_level(samples)
        if not power.any():  # a window without sound costs nothing
            return np.zeros((KEPT, 1 + len(self._shapes.mean)), np.float32)
        features = windows.hear(self._encoder, power, level)
        outputs = [head(features) for head in self._heads]
        codes, speech, touching = (np.mean(parts, 0) for parts in zip(*outputs, strict=True))
        speech = _audible(power, level) * _sigmoid(speech)
        moved = self._shapes.points(codes, _sigmoid(touching)).reshape(WINDOW, -1) * _opened(speech)[:, None]
        made = np.concatenate([speech[:, None], moved], 1)
        return np.asarray(made[MARGIN : MARGIN + KEPT], np.float32)


def check_context(shape: NetShape) -> None:
    """Check that what a net hears around a frame is within a window.

    Raises:
        ValueError: it is not.
    """
    if shape.context > MARGIN:
        raise ValueError(f"a context of {shape.context} frames is more than the {MARGIN} at each end of a window")


def _sigmoid(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the probabilities of logits."""
    return np.asarray((1 + np.tanh(logits / 2)) / 2)


def _audible(power: NDArray[np.float32], level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return whether there is sound in each motion frame [n], 0..1, from band powers [MELS, 4 n] and levels [4 n]."""
    relative = (power.sum(0) / level).reshape(WINDOW, COLUMNS_PER_FRAME).max(1)
    decibels = 10 * np.log10(relative + 1e-12)
    return np.asarray(np.clip((decibels - _SILENT) / (_AUDIBLE - _SILENT), 0.0, 1.0), np.float32)


def _opened(speech: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return how far lips may leave the closed mouth [n], 0..1, from the probability of speech [n].

    Lips open before the sound and close after it: the reach is four frames before and one behind. The step between is
    taken over three frames, so that lips are shut 120 ms after speech stops.
    """
    free = np.clip((speech - _CLOSED_BELOW) / (_FREE_ABOVE - _CLOSED_BELOW), 0.0, 1.0)
    padded = np.pad(free, (_BEHIND, _BEFORE))
    reach = np.max([padded[k : k + len(free)] for k in range(_BEFORE + _BEHIND + 1)], axis=0)
    smooth = np.pad(reach, 1)
    return np.asarray((smooth[:-2] + 2 * smooth[1:-1] + smooth[2:]) / 4, np.float32)


@once
def default_model() -> MotionModel:
    """Return the model that comes with the package."""
    with shipped_file("motion") as path:
        return MotionModel.load(path)
