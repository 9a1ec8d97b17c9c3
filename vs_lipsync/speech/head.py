"""The motion net: from the encoder's features to lip motion, in NumPy. `vs_lipsync.training.network` is its twin."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MotionHead", "NetShape"]

type _Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NetShape:
    """Size of a motion net.

    Attributes:
        components: principal components of the motion that it predicts.
        channels: width of its layers.
        dilations: one residual block each, of a convolution over 3 frames this far apart.
        dropout: share of activations dropped in training.
    """

    components: int = 10
    channels: int = 96
    dilations: tuple[int, ...] = (1, 2, 4, 1, 2, 4)
    dropout: float = 0.45

    @property
    def context(self) -> int:
        """Frames on each side that a frame's motion depends on, besides the encoder's own context."""
        return sum(self.dilations) + 1

    def as_text(self) -> dict[str, str]:
        """Return the shape as the texts that `from_text` reads."""
        return {k: ",".join(map(str, v)) if isinstance(v, tuple) else str(v) for k, v in asdict(self).items()}

    @classmethod
    def from_text(cls, text: Mapping[str, str]) -> "NetShape":
        """Read a shape written by `as_text`."""
        return cls(
            int(text["components"]),
            int(text["channels"]),
            tuple(int(d) for d in text["dilations"].split(",")),
            float(text["dropout"]),
        )


class MotionHead:
    """A trained motion net. It keeps no state, and may be used from several threads."""

    def __init__(self, shape: NetShape, arrays: Mapping[str, _Array]) -> None:
        """Take the weights of a net, named as in `vs_lipsync.training.network`.

        Raises:
            KeyError: one is missing.
        """
        self.shape = shape
        names = ["fine", "halve", "wide", "norm", "out"]
        names += [f"body.{k}.{part}" for k in range(len(shape.dilations)) for part in ("norm", "around", "mix")]
        self.arrays = {f"{name}.{kind}": arrays[f"{name}.{kind}"] for name in names for kind in ("weight", "bias")}

    def __call__(self, features: _Array) -> tuple[_Array, _Array, _Array]:
        """Turn features [2 n, inputs], 50 a second, into motion, 25 frames a second.

        Returns:
            [n, components] motion in standard deviations of each component, and the logits [n] of somebody speaking and
            of the lips touching.
        """
        fine = np.pad(_gelu(self._linear("fine", features)), ((1, 1), (0, 0)))
        halves = [fine[k : k + len(features) - 1 : 2] for k in range(4)]
        x = self._taps("halve", halves) + self._linear("wide", features.reshape(len(features) // 2, 2, -1).mean(1))
        for number, dilation in enumerate(self.shape.dilations):
            name = f"body.{number}"
            inner = np.pad(_gelu(self._normalised(f"{name}.norm", x)), ((dilation, dilation), (0, 0)))
            around = [inner[k * dilation : k * dilation + len(x)] for k in range(3)]
            x = x + self._linear(f"{name}.mix", _gelu(self._taps(f"{name}.around", around)))
        x = self._linear("out", _gelu(self._normalised("norm", x)))
        return x[:, :-2], x[:, -2], x[:, -1]

    def _linear(self, name: str, x: _Array) -> _Array:
        return self._taps(name, [x])

    def _taps(self, name: str, inputs: list[_Array]) -> _Array:
        """Return a convolution of which each tap gets inputs [n, channels] of its own."""
        weight, bias = self.arrays[f"{name}.weight"], self.arrays[f"{name}.bias"]
        return np.asarray(sum(x @ weight[:, :, k].T for k, x in enumerate(inputs)) + bias, np.float32)

    def _normalised(self, name: str, x: _Array) -> _Array:
        """Return layer normalisation over channels."""
        centred = x - x.mean(1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(1, keepdims=True) + np.float32(1e-5))
        return np.asarray(scaled * self.arrays[f"{name}.weight"] + self.arrays[f"{name}.bias"], np.float32)


def _gelu(x: _Array) -> _Array:
    """Return the Gaussian error linear unit (Hendrycks and Gimpel 2016)."""
    return np.asarray(x * (1 + _erf(x * np.float32(0.5**0.5))) / 2, np.float32)


def _erf(x: _Array) -> _Array:
    """Return the error function, to 6e-7 (Abramowitz and Stegun 1964, 7.1.26); SciPy's takes long to load."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    terms: _Array = np.zeros_like(x)
    for factor in np.array([1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592], np.float32):
        terms = np.asarray((terms + factor) * t, np.float32)
    return np.asarray(np.copysign(1 - terms * np.exp(-x * x), x), np.float32)
