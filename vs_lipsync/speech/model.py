"""A trained motion model: from the samples of a stretch of sound to lip motion."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.speech import features
from vs_lipsync.speech.encoder import CONTEXT, SpeechEncoder
from vs_lipsync.speech.network import COLUMNS_PER_FRAME, MotionNet, NetShape
from vs_lipsync.speech.sounds import SAMPLE_RATE
from vs_lipsync.weights.shipped import shipped_file
from vs_lipsync.workers import run_on_worker

__all__ = ["FRAME", "OPENINGS", "MotionModel", "Shapes", "default_model", "encode", "parts_of_openings"]

FRAME = COLUMNS_PER_FRAME * features.COLUMN
"""Samples from one frame of motion to the next."""

FRAME_RATE = SAMPLE_RATE / FRAME
"""Frames of motion per second: 25."""

OPENINGS: Final = (0.0, 0.02, 0.05, 0.1, 0.2)
"""Openings beyond the closed mouth, in inter-ocular units, between which `Shapes.bias` is linear."""

_MARGIN = 720  # columns read on each side of a block: for the level, and for what both nets hear around it
_ENCODER_MARGIN = CONTEXT - 4  # columns that the encoder uses before the first one
_SILENT, _AUDIBLE = -30.0, -26.0  # dB relative to the voice: up to which there is silence, from which there is sound
_TENSORS = ("mean", "basis", "deviation", "direction", "bias")  # of `Shapes`
_NUMBERS = ("rest", "gain", "spread")
_CLOSED_BELOW, _FREE_ABOVE = 0.15, 0.5  # probability of speech up to which lips are shut, and from which they are free


@dataclass(frozen=True, slots=True)
class Shapes:
    """The space of lip motions, and how far to go in it.

    A net says `points = mean + (components * deviation) @ basis`. It errs to the safe side: it opens the mouth less far
    than people do, and seldom shuts it. So an opening up to `rest` becomes none, what is above it is multiplied by
    `gain`, along `direction`, and so is all else that the mouth does. What is then still off on average in mouths that
    are equally far open, such as closed lips that lie too low, is taken away.

    Attributes:
        mean: [159] mean displacement of the 53 points from the closed mouth, inter-ocular units.
        basis: [components, 159] principal directions, orthonormal.
        deviation: [components] standard deviation along each.
        direction: [159] how the points go when the mouth opens by 1, except sideways: a mouth that closes would become
            narrow as well.
        bias: [5, 159] what is off at the openings `OPENINGS`; it has no opening of its own.
        rest: opening that a net asks for when lips touch, inter-ocular units.
        gain: real opening for each unit of the net's.
        spread: standard deviation of the mouth opening of the model's motion while people speak.
    """

    mean: torch.Tensor
    basis: torch.Tensor
    deviation: torch.Tensor
    direction: torch.Tensor
    bias: torch.Tensor
    rest: float = 0.0
    gain: float = 1.0
    spread: float = 0.0

    def points(self, codes: torch.Tensor) -> NDArray[np.float32]:
        """Return the displacement of the points [n, 53, 3] for a net's numbers [n, components]."""
        moved = self.mean + codes * self.deviation @ self.basis
        asked = torch.from_numpy(np.asarray(mouth_opening(moved.reshape(-1, 53, 3).numpy()), np.float32))[:, None]
        opened = (asked - self.rest).clamp(min=0.0)
        moved = self.gain * (moved + (opened - asked) * self.direction)
        points: NDArray[np.float32] = (moved - parts_of_openings(self.gain * opened[:, 0]) @ self.bias).numpy()
        return points.reshape(-1, 53, 3)


def parts_of_openings(openings: torch.Tensor) -> torch.Tensor:
    """Return how much [n, 5] of each of `OPENINGS` is in openings [n]: at most two neighbours, 1 together."""
    nodes = np.eye(len(OPENINGS), dtype=np.float32)
    parts = [np.interp(openings.numpy(), OPENINGS, node) for node in nodes]
    return torch.from_numpy(np.stack(parts, 1).astype(np.float32))


class MotionModel:
    """Encoder, nets whose mean is taken, and shape space. May be used from several threads."""

    def __init__(self, encoder: SpeechEncoder, nets: Sequence[MotionNet], shapes: Shapes) -> None:
        """Put a model together.

        Args:
            encoder: the ear.
            nets: nets of one shape.
            shapes: what the nets' numbers mean.

        Raises:
            ValueError: a net hears more around a frame than is read.
        """
        self._context = nets[0].shape.context
        if self._context * COLUMNS_PER_FRAME + CONTEXT + features.LEVEL_MARGIN > _MARGIN:
            raise ValueError(f"a context of {self._context} frames is more than fits")
        # With the channels innermost, the encoder's few channels take two thirds of the time.
        self._encoder = encoder.eval().to(memory_format=torch.channels_last)
        self._nets = [net.eval() for net in nets]
        self._shapes = shapes

    @property
    def spread(self) -> float:
        """Standard deviation of the mouth opening of such motion while people speak, inter-ocular units."""
        return self._shapes.spread

    @property
    def encoder(self) -> SpeechEncoder:
        """The ear of the model."""
        return self._encoder

    def with_encoder(self, encoder: SpeechEncoder) -> "MotionModel":
        """Return the same model with another ear."""
        return MotionModel(encoder, self._nets, self._shapes)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "MotionModel":
        """Read a model from a safetensors file."""
        with safe_open(path, "pt") as file:
            text = file.metadata()
        stored = load_file(path)

        def part(name: str) -> dict[str, torch.Tensor]:
            return {k.removeprefix(f"{name}."): v for k, v in stored.items() if k.startswith(f"{name}.")}

        encoder = SpeechEncoder()
        encoder.load_state_dict(part("encoder"))
        nets = []
        for number in range(int(text["nets"])):
            net = MotionNet(NetShape.from_text(text))
            net.load_state_dict(part(f"nets.{number}"))
            nets.append(net)
        mean, basis, deviation, direction, bias = (stored[f"shapes.{name}"] for name in _TENSORS)
        rest, gain, spread = (float(text[name]) for name in _NUMBERS)
        return cls(encoder, nets, Shapes(mean, basis, deviation, direction, bias, rest, gain, spread))

    def save(self, path: str | os.PathLike[str], notes: dict[str, str] | None = None) -> None:
        """Write the model to a safetensors file, with notes in its header."""
        tensors = {f"encoder.{k}": v for k, v in self._encoder.state_dict().items()}
        for number, net in enumerate(self._nets):
            tensors |= {f"nets.{number}.{k}": v for k, v in net.state_dict().items()}
        tensors |= {f"shapes.{name}": getattr(self._shapes, name) for name in _TENSORS}
        text = self._nets[0].shape.as_text() | {"nets": str(len(self._nets))} | (notes or {})
        text |= {name: repr(getattr(self._shapes, name)) for name in _NUMBERS}
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
        whole = (power.shape[1] - 2 * _MARGIN) // COLUMNS_PER_FRAME
        frames = min(_frames_with_sound(power), whole)  # behind them lips are shut: a short dub costs little
        if not frames:
            return np.zeros((whole, 1 + len(self._shapes.mean)), np.float32)
        around = self._context
        first, stop = _MARGIN - around * COLUMNS_PER_FRAME, _MARGIN + (frames + around) * COLUMNS_PER_FRAME
        inner = slice(around, around + frames)
        speech, points = run_on_worker(self._said, power, level, first, stop, inner)
        speech = speech * _audible(power[:, first:stop], level[first:stop])
        free = _opened(speech)[inner]
        moved = points.reshape(frames, -1) * free[:, None]
        made = np.concatenate([speech[inner, None], moved], 1).astype(np.float32)
        return np.pad(made, ((0, whole - frames), (0, 0)))

    def _said(
        self, power: NDArray[np.float32], level: NDArray[np.float32], first: int, stop: int, inner: slice
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what the nets make of columns first..stop: speech [frames], and the points [inner frames, 53, 3]."""
        fine, wide = encode(self._encoder, power, level, first, stop)
        said = [net(fine, wide) for net in self._nets]
        codes = torch.stack([moved[0].T for moved, _, _ in said]).mean(0)
        speech = torch.sigmoid(torch.stack([logit[0] for _, logit, _ in said]).mean(0)).numpy()
        return speech, self._shapes.points(codes[inner])


def encode(
    encoder: SpeechEncoder, power: NDArray[np.float32], level: NDArray[np.float32], first: int, stop: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the features of columns first..stop, from band powers [MELS, n] and levels [n] that reach 32 further."""
    columns = slice(first - _ENCODER_MARGIN, stop + CONTEXT)
    mel = features.log_mel(power[:, columns], level[columns])
    fine, wide = encoder(torch.from_numpy(mel)[None])
    return fine, wide


def _frames_with_sound(power: NDArray[np.float32]) -> int:
    """Return the number of motion frames up to the end of all sound, and of what a closing mouth takes."""
    columns = np.flatnonzero(power.any(0))
    return max(0, -(-(int(columns[-1]) + 1 - _MARGIN) // COLUMNS_PER_FRAME) + 3) if len(columns) else 0


def _audible(power: NDArray[np.float32], level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return whether there is sound in each motion frame [n], 0..1, from band powers [MELS, 4 n] and levels [4 n]."""
    relative = (power.sum(0) / level).reshape(-1, COLUMNS_PER_FRAME).max(1)
    decibels = 10 * np.log10(relative + 1e-12)
    return np.asarray(np.clip((decibels - _SILENT) / (_AUDIBLE - _SILENT), 0.0, 1.0), np.float32)


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
    with shipped_file("motion") as path:
        return MotionModel.load(path)
