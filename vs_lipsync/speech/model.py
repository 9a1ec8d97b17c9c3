"""A trained motion model: from the samples of a stretch of sound to lip motion."""

import os
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from vs_lipsync.speech import features
from vs_lipsync.speech.audio import SAMPLE_RATE
from vs_lipsync.speech.encoder import CONTEXT, SpeechEncoder
from vs_lipsync.speech.network import COLUMNS_PER_FRAME, MotionNet, NetShape

__all__ = ["FRAME", "FRAME_RATE", "MotionModel", "Shapes", "default_model", "encode"]

FRAME = COLUMNS_PER_FRAME * features.COLUMN
"""Samples from one frame of motion to the next."""

FRAME_RATE = SAMPLE_RATE / FRAME
"""Frames of motion per second: 25."""

_MARGIN = 720  # columns read on each side of a block: for the level, and for what both nets hear around it
_ENCODER_MARGIN = CONTEXT - 4  # columns that the encoder uses before the first one
_AUDIBLE = 1e-5  # power relative to the voice, 50 dB below it, that counts as sound
_CLOSED_BELOW, _FREE_ABOVE = 0.15, 0.5  # probability of speech up to which lips are shut, and from which they are free


@dataclass(frozen=True, slots=True)
class Shapes:
    """The space of lip motions: `points = mean + (components * deviation) @ basis`.

    Attributes:
        mean: [159] mean displacement of the 53 points from the closed mouth, inter-ocular units.
        basis: [components, 159] principal directions, orthonormal.
        deviation: [components] standard deviation along each.
        spread: standard deviation of the mouth opening of the model's motion while people speak.
    """

    mean: torch.Tensor
    basis: torch.Tensor
    deviation: torch.Tensor
    spread: float


class MotionModel:
    """Encoder, net and shape space. May be used from several threads."""

    def __init__(self, encoder: SpeechEncoder, net: MotionNet, shapes: Shapes) -> None:
        """Put a model together.

        Args:
            encoder: the ear.
            net: the net.
            shapes: what the net's numbers mean.

        Raises:
            ValueError: the net hears more around a frame than is read.
        """
        if net.shape.context * COLUMNS_PER_FRAME + CONTEXT + features.LEVEL_MARGIN > _MARGIN:
            raise ValueError(f"a context of {net.shape.context} frames is more than fits")
        self._encoder = encoder.eval()
        self._net = net.eval()
        self._shapes = shapes

    @property
    def spread(self) -> float:
        """Standard deviation of the mouth opening of such motion while people speak, inter-ocular units."""
        return self._shapes.spread

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "MotionModel":
        """Read a model from a safetensors file."""
        with safe_open(path, "pt") as file:
            text = file.metadata()
        stored = load_file(path)

        def part(name: str) -> dict[str, torch.Tensor]:
            return {k.removeprefix(f"{name}."): v for k, v in stored.items() if k.startswith(f"{name}.")}

        encoder, net = SpeechEncoder(), MotionNet(NetShape.from_text(text))
        encoder.load_state_dict(part("encoder"))
        net.load_state_dict(part("net"))
        shapes = Shapes(**part("shapes"), spread=float(text["spread"]))
        return cls(encoder, net, shapes)

    def save(self, path: str | os.PathLike[str], notes: dict[str, str] | None = None) -> None:
        """Write the model to a safetensors file, with notes in its header."""
        tensors = {f"encoder.{k}": v for k, v in self._encoder.state_dict().items()}
        tensors |= {f"net.{k}": v for k, v in self._net.state_dict().items()}
        tensors |= {f"shapes.{k}": getattr(self._shapes, k) for k in ("mean", "basis", "deviation")}
        text = self._net.shape.as_text() | {"spread": str(self._shapes.spread)} | (notes or {})
        save_file({k: v.contiguous() for k, v in tensors.items()}, path, text)

    @staticmethod
    def samples_for(start: int, stop: int) -> tuple[int, int]:
        """Return the samples, from and to, that `motion` needs for frames start..stop; they may lie outside the dub.

        `start` must be even, so that levels are always taken of the same stretches.
        """
        if start % 2:
            raise ValueError(f"blocks of motion start at even frames, not at {start}")
        return features.sample_range(COLUMNS_PER_FRAME * start - _MARGIN, COLUMNS_PER_FRAME * stop + _MARGIN)

    def motion(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return speech [0..1] and displacement of the points, [n, 1 + 159], of the frames `samples` were read for."""
        power = features.mel_power(samples)
        level = features.voice_level(power)
        frames = (power.shape[1] - 2 * _MARGIN) // COLUMNS_PER_FRAME
        around = self._net.shape.context
        first, stop = _MARGIN - around * COLUMNS_PER_FRAME, _MARGIN + (frames + around) * COLUMNS_PER_FRAME
        with torch.inference_mode():  # holds for this thread only, so it is entered wherever the nets run
            fine, wide = encode(self._encoder, power, level, first, stop)
            moved, speech, _ = self._net(fine, wide)
            inner = slice(around, around + frames)
            codes = moved[0, :, inner].T * self._shapes.deviation
            points = (self._shapes.mean + codes @ self._shapes.basis).numpy()
            probability = torch.sigmoid(speech[0]).numpy()
        loud = (power / level).sum(0)[first:stop].reshape(-1, COLUMNS_PER_FRAME).max(1) > _AUDIBLE
        free = _opened(np.where(loud, probability, 0.0))[inner]
        return np.concatenate([(probability * loud)[inner, None], points * free[:, None]], 1).astype(np.float32)


def encode(
    encoder: SpeechEncoder, power: NDArray[np.float32], level: NDArray[np.float32], first: int, stop: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the features of columns first..stop, from band powers [MELS, n] and levels [n] that reach 32 further."""
    columns = slice(first - _ENCODER_MARGIN, stop + CONTEXT)
    mel = features.log_mel(power[:, columns], level[columns])
    fine, wide = encoder(torch.from_numpy(mel)[None])
    return fine, wide


def _opened(speech: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return how far lips may leave the closed mouth [n], 0..1, from the probability of speech [n].

    Lips open before the sound and close after it: the reach is two frames before and one behind. The step between is
    taken over three frames, so that lips are shut 120 ms after speech stops.
    """
    free = np.clip((speech - _CLOSED_BELOW) / (_FREE_ABOVE - _CLOSED_BELOW), 0.0, 1.0)
    padded = np.pad(free, (1, 2))
    reach = np.max([padded[k : k + len(free)] for k in range(4)], axis=0)
    smooth = np.pad(reach, 1)
    return np.asarray((smooth[:-2] + 2 * smooth[1:-1] + smooth[2:]) / 4, np.float32)


@cache
def default_model() -> MotionModel:
    """Return the model that comes with the package."""
    with as_file(files("vs_lipsync.models") / "motion.safetensors") as path:
        return MotionModel.load(path)
