"""The net that turns what the encoder hears into lip motion."""

from dataclasses import asdict, dataclass

from torch import Tensor, nn

from vs_lipsync.speech.encoder import FINE, WIDE

__all__ = ["COLUMNS_PER_FRAME", "MotionNet", "NetShape"]

COLUMNS_PER_FRAME = 4
"""Columns of sound for each frame of motion: 25 frames a second."""


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
    channels: int = 64
    dilations: tuple[int, ...] = (1, 2, 4, 1, 2, 4)
    dropout: float = 0.35

    @property
    def context(self) -> int:
        """Frames on each side that a frame's motion depends on, besides the encoder's own context."""
        return sum(self.dilations) + 1

    def as_text(self) -> dict[str, str]:
        """Return the shape as the texts that `from_text` reads."""
        return {k: ",".join(map(str, v)) if isinstance(v, tuple) else str(v) for k, v in asdict(self).items()}

    @classmethod
    def from_text(cls, text: dict[str, str]) -> "NetShape":
        """Read a shape written by `as_text`."""
        return cls(
            int(text["components"]),
            int(text["channels"]),
            tuple(int(d) for d in text["dilations"].split(",")),
            float(text["dropout"]),
        )


class MotionNet(nn.Module):
    """Features of the encoder to lip motion: a residual net of dilated convolutions over time.

    It normalises over channels, never over time: what a frame becomes depends on `NetShape.context` frames and on
    nothing else, so that a dub can be computed in pieces.
    """

    def __init__(self, shape: NetShape, fine: int = FINE) -> None:
        """Make a net that is not trained; `fine` is the number of channels of the fine features."""
        super().__init__()
        self.shape = shape
        width = shape.channels
        self.fine = nn.Sequential(
            nn.Dropout(shape.dropout / 2),
            nn.Conv1d(fine, width, 1),
            nn.GELU(),
            nn.Conv1d(width, width, 4, stride=2, padding=1),
        )
        self.wide = nn.Sequential(nn.Dropout(shape.dropout / 2), nn.Conv1d(WIDE, width, 1))
        self.body = nn.Sequential(*(_Block(width, dilation, shape.dropout) for dilation in shape.dilations))
        self.head = nn.Sequential(_ChannelNorm(width), nn.GELU(), nn.Conv1d(width, shape.components + 2, 1))

    def forward(self, fine: Tensor, wide: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Turn features into motion.

        Args:
            fine: [batch, 576, 2 n] fine features, 50 a second.
            wide: [batch, 192, n] wide features, 25 a second.

        Returns:
            [batch, components, n] motion in standard deviations of each component, and the logits [batch, n] of
            somebody speaking and of the lips touching.
        """
        out = self.head(self.body(self.fine(fine) + self.wide(wide)))
        return out[:, :-2], out[:, -2], out[:, -1]


class _ChannelNorm(nn.Module):
    """Layer normalisation over the channels of [batch, channels, n]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(x.transpose(1, 2)).transpose(1, 2)
        return out


class _Block(nn.Module):
    """A residual block of a dilated convolution over time."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _ChannelNorm(channels),
            nn.GELU(),
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Conv1d(channels, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.layers(x)
        return out
