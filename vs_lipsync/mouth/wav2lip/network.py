"""Wav2Lip's generator, with the published layers and names, and its fast form."""

from typing import cast

import torch
from torch import Tensor, nn

__all__ = ["FACE_SIZE", "FIRST_ROW", "MEL_BANDS", "MEL_COLUMNS", "PARAMETERS", "Wav2Lip", "fold"]

FACE_SIZE = 96
"""Rows and columns of the faces that go in and out."""

MEL_BANDS = 80
"""Rows of the mel spectrogram."""

MEL_COLUMNS = 16
"""Columns of the mel spectrogram that one face hears: 0.2 s."""

PARAMETERS = 36_298_035
"""Number of trained parameters, those of the batch normalisations included."""

FIRST_ROW = 39
"""First row of the faces that is made when only their lower part is: rows from 48 on are those the network invents."""

# At 12 x 12, the rows above what is wanted. At 24 and 48, two that are spoilt: after doubling, two convolutions have
# reached beyond the row where the features were cut. At 96, these and one more for the output's convolution.
_DROPPED = {12: 3, 24: 2, 48: 2}
_SPOILT = 3


class ConvBlock(nn.Module):
    """Convolution, batch normalisation, and ReLU; a residual block adds its input before the ReLU."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int = 3,
        stride: int | tuple[int, int] = 1,
        padding: int = 1,
        *,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, kernel, stride, padding), nn.BatchNorm2d(channels_out)
        )
        self.act = nn.ReLU(inplace=True)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """Take features [B, channels_in, H, W] to [B, channels_out, H', W']."""
        out: Tensor = self.conv_block(x)
        if self.residual:
            out += x
        activated: Tensor = self.act(out)
        return activated


class TransposedBlock(nn.Module):
    """Transposed convolution, batch normalisation, and ReLU."""

    def __init__(
        self, channels_in: int, channels_out: int, stride: int = 2, padding: int = 1, output_padding: int = 1
    ) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ConvTranspose2d(channels_in, channels_out, 3, stride, padding, output_padding),
            nn.BatchNorm2d(channels_out),
        )
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Take features [B, channels_in, H, W] to [B, channels_out, H', W']."""
        activated: Tensor = self.act(self.conv_block(x))
        return activated


def _refine(channels: int, times: int) -> list[nn.Module]:
    return [ConvBlock(channels, channels, residual=True) for _ in range(times)]


def _down(channels_in: int, channels_out: int, refine: int) -> nn.Sequential:
    return nn.Sequential(ConvBlock(channels_in, channels_out, stride=2), *_refine(channels_out, refine))


def _up(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(TransposedBlock(channels_in, channels_out), *_refine(channels_out, 2))


class Wav2Lip(nn.Module):
    """The generator of "A Lip Sync Expert Is All You Need" (Prajwal et al. 2020, arXiv 2008.10010).

    A U-net: the face is encoded to 512 numbers, the sound too; the sound's code is decoded to a face, and at every
    size the features of the encoded face are appended. Attribute names and their order are those of the published
    checkpoints.
    """

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder_blocks = nn.ModuleList(
            [
                nn.Sequential(ConvBlock(6, 16, kernel=7, padding=3)),  # 96 x 96
                _down(16, 32, 2),  # 48
                _down(32, 64, 3),  # 24
                _down(64, 128, 2),  # 12
                _down(128, 256, 2),  # 6
                _down(256, 512, 1),  # 3
                nn.Sequential(ConvBlock(512, 512, padding=0), ConvBlock(512, 512, kernel=1, padding=0)),  # 1
            ]
        )
        self.audio_encoder = nn.Sequential(
            ConvBlock(1, 32),  # 80 x 16
            *_refine(32, 2),
            ConvBlock(32, 64, stride=(3, 1)),  # 27 x 16
            *_refine(64, 2),
            ConvBlock(64, 128, stride=3),  # 9 x 6
            *_refine(128, 2),
            ConvBlock(128, 256, stride=(3, 2)),  # 3 x 3
            *_refine(256, 1),
            ConvBlock(256, 512, padding=0),  # 1 x 1
            ConvBlock(512, 512, kernel=1, padding=0),
        )
        self.face_decoder_blocks = nn.ModuleList(
            [
                nn.Sequential(ConvBlock(512, 512, kernel=1, padding=0)),  # 1
                nn.Sequential(TransposedBlock(1024, 512, stride=1, padding=0, output_padding=0), *_refine(512, 1)),  # 3
                _up(1024, 512),  # 6
                _up(768, 384),  # 12
                _up(512, 256),  # 24
                _up(320, 128),  # 48
                _up(160, 64),  # 96
            ]
        )
        self.output_block = nn.Sequential(ConvBlock(80, 32), nn.Conv2d(32, 3, 1), nn.Sigmoid())

    def forward(self, mel: Tensor, faces: Tensor, lower: bool = False) -> Tensor:
        """Give faces the mouths that belong to a sound.

        Args:
            mel: [B, 1, 80, 16], -4..4.
            faces: [B, 6, 96, 96], 0..1: the face in B, G, R with its lower half black, then a reference face, likewise
                in B, G, R.
            lower: leave out what does not reach the rows from `FIRST_ROW` on, a third of the work.

        Returns:
            [B, 3, 96, 96], 0..1: whole faces in B, G, R; or their lower rows [B, 3, 57, 96].
        """
        skips = []
        for block in self.face_encoder_blocks:
            faces = block(faces)
            skips.append(faces)
        x: Tensor = self.audio_encoder(mel)
        for block, skip in zip(self.face_decoder_blocks, reversed(skips), strict=True):
            x = block(x)
            if lower:
                x = x[:, :, _DROPPED.get(x.shape[3], 0) :]
            x = torch.cat((x, skip[:, :, -x.shape[2] :]), 1)
        out: Tensor = self.output_block(x)
        return out[:, :, _SPOILT:] if lower else out


class _FoldedNorm(nn.BatchNorm2d):
    """What is left of a batch normalisation that went into its convolution: the identity, under the same names."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the features as they are."""
        return x


def fold(network: Wav2Lip) -> Wav2Lip:
    """Prepare a network for use, in place, and return it.

    A batch normalisation in evaluation mode is a factor and an offset per channel; both go into the convolution before
    it, which changes the result by rounding alone. What stays behind is an identity that is not computed, so that the
    state dict keeps the published names and still describes the same function. Convolutions are laid out channels-last,
    for which CPU and GPU have faster kernels.
    """
    network.eval().requires_grad_(False)
    for block in network.modules():
        if isinstance(block, ConvBlock | TransposedBlock):
            _fold_block(block)
    return network.to(memory_format=torch.channels_last)


def _fold_block(block: ConvBlock | TransposedBlock) -> None:
    conv = cast("nn.Conv2d | nn.ConvTranspose2d", block.conv_block[0])
    norm = cast(nn.BatchNorm2d, block.conv_block[1])
    if isinstance(norm, _FoldedNorm):
        return
    assert norm.running_mean is not None and norm.running_var is not None and conv.bias is not None
    factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    channel = (1, -1, 1, 1) if isinstance(conv, nn.ConvTranspose2d) else (-1, 1, 1, 1)
    conv.weight.mul_(factor.view(channel))
    conv.bias.sub_(norm.running_mean).mul_(factor).add_(norm.bias)
    identity = _FoldedNorm(norm.num_features, norm.eps).to(conv.weight.device)
    assert identity.running_var is not None
    identity.running_var.fill_(1.0 - norm.eps)
    identity.num_batches_tracked = norm.num_batches_tracked
    block.conv_block[1] = identity.eval().requires_grad_(False)
