"""The ear of the motion net: Google's speech embedding, without its last layers.

A small 2-D convolutional net that was trained on a great deal of speech to tell 5000 key phrases apart (Lin, Kilgour,
Roblek, Sharifi, "Training keyword spotters with limited and synthesized speech data", 2020; Apache-2.0). Its inner
layers tell speech sounds apart in voices and noise that our corpus does not hold. `models/motion.md` says where the
weights come from.
"""

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["CONTEXT", "FINE", "WIDE", "SpeechEncoder"]

CONTEXT = 32
"""Columns that the encoder must be given before and after those that are asked for; 28 and 32 are used."""

FINE = 576
"""Channels of the fine features: 50 a second, each of a quarter of a second of sound."""

WIDE = 192
"""Channels of the wide features: 25 a second, each of two thirds of a second of sound."""

_CHANNELS = (24, 24, 24, 48, 48, 48, 48, 72, 72, 72, 72, 96, 96, 96, 96, 96, 96, 96, 96)
_POOLS = {2: (2, 2), 6: (1, 2), 10: (2, 2), 14: (1, 2)}  # after which layer, and how many columns and bands
_FINE_LAYER, _WIDE_LAYER = 10, 18
_FINE_SKIP = 9  # fine features before the first whole one that is asked for, half of the context of the wide ones
_LEFT = 28  # columns before the one that the first wide feature is centred on


class SpeechEncoder(nn.Module):
    """Log-mel columns to features."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        before = 1
        for number, channels in enumerate(_CHANNELS):
            along_time = number % 2 == 0
            kernel = (3, 3) if number == 0 else (3, 1) if along_time else (1, 3)
            padding = (0, 1) if number == 0 or not along_time else (0, 0)
            self.layers.append(nn.Conv2d(before, channels, kernel, padding=padding))
            before = channels

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Return fine [batch, 576, 2 n] and wide [batch, 192, n] features.

        Args:
            mel: [batch, 28 + 4 n + 32, 32] log-mel columns of `features.log_mel`. Wide feature k is centred on column
                28 + 4 k, fine feature k on column 28 + 2 k.
        """
        frames = (mel.shape[1] - _LEFT - CONTEXT) // 4
        x = mel[:, None]
        fine = x
        for number, layer in enumerate(self.layers):
            x = functional.leaky_relu(layer(x), 0.2).clamp(min=-0.4)
            if number == _FINE_LAYER:
                fine = x[:, :, _FINE_SKIP : _FINE_SKIP + 2 * frames]
            if number in _POOLS:
                x = functional.max_pool2d(x, _POOLS[number])
        return fine.transpose(2, 3).flatten(1, 2), x[:, :, :frames].transpose(2, 3).flatten(1, 2)
