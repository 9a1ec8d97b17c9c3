"""The motion net as it is trained, in PyTorch; `vs_lipsync.speech.head` runs it without."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vs_lipsync.speech.head import NetShape

__all__ = ["MotionNet"]


class MotionNet(nn.Module):
    """Features of the encoder to lip motion: a residual net of dilated convolutions over time.

    It normalises over channels, never over time: what a frame becomes depends on `NetShape.context` frames and on
    nothing else.
    """

    def __init__(self, shape: NetShape, inputs: int) -> None:
        """Make a net that is not trained; `inputs` is the number of features of each step."""
        super().__init__()
        self.shape = shape
        width = shape.channels
        self.blank = nn.Dropout(shape.dropout / 2)
        self.fine = nn.Conv1d(inputs, width, 1)
        self.halve = nn.Conv1d(width, width, 4, stride=2, padding=1)
        self.wide = nn.Conv1d(inputs, width, 1)
        self.body = nn.ModuleList(_Block(width, dilation, shape.dropout) for dilation in shape.dilations)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Conv1d(width, shape.components + 2, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Turn features into motion.

        Args:
            features: [batch, inputs, 2 n], 50 a second.

        Returns:
            [batch, components, n] motion in standard deviations of each component, and the logits [batch, n] of
            somebody speaking and of the lips touching.
        """
        fine = self.halve(functional.gelu(self.fine(self.blank(features))))
        x = fine + self.wide(self.blank(functional.avg_pool1d(features, 2)))
        for block in self.body:
            x = block(x)
        x = self.out(functional.gelu(_normalised(self.norm, x)))
        return x[:, :-2], x[:, -2], x[:, -1]

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights by name, as `vs_lipsync.speech.head.MotionHead` takes them."""
        return {name: value.detach().cpu().float().numpy() for name, value in self.state_dict().items()}


class _Block(nn.Module):
    """A residual block of a dilated convolution over time."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.around = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.drop = nn.Dropout(dropout)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.gelu(self.around(functional.gelu(_normalised(self.norm, x))))
        out: Tensor = x + self.mix(self.drop(inner))
        return out


def _normalised(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    """Normalise [batch, channels, n] over its channels."""
    out: Tensor = norm(x.transpose(1, 2)).transpose(1, 2)
    return out
