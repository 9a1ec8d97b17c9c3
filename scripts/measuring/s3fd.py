"""S3FD, the detector with which the original Wav2Lip looks for a face in every frame, as a network to be timed.

S. Zhang et al., "S3FD: Single Shot Scale-invariant Face Detector", ICCV 2017: VGG-16, whose two fully connected layers
are convolutions, two stages more, and on each of six feature maps a convolution that scores boxes and one that places
them. Sizes are those of the network that comes with Wav2Lip (padding of 3 at the first of the two layers).
"""

from itertools import chain, pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, normalize

__all__ = ["S3FD"]

_STAGES: Final = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Channels of VGG-16's convolutions; a maximum over 2 × 2 samples follows each stage."""

_MAPS: Final = (256, 512, 512, 1024, 512, 256)
"""Channels of the feature maps on which boxes are scored and placed: of stages 3 to 5, and of the three behind them."""


class S3FD(nn.Module):
    """Pictures to scores and places of boxes; weights are random."""

    def __init__(self) -> None:
        super().__init__()
        self._stages = nn.ModuleList()
        channels = 3
        for widths in _STAGES:
            layers = [(nn.Conv2d(*sizes, 3, padding=1), nn.ReLU()) for sizes in pairwise((channels, *widths))]
            self._stages.append(nn.Sequential(*chain.from_iterable(layers)))
            channels = widths[-1]
        self._behind = nn.ModuleList(
            [
                nn.Sequential(nn.Conv2d(512, 1024, 3, padding=3), nn.ReLU(), nn.Conv2d(1024, 1024, 1), nn.ReLU()),
                nn.Sequential(nn.Conv2d(1024, 256, 1), nn.ReLU(), nn.Conv2d(256, 512, 3, 2, 1), nn.ReLU()),
                nn.Sequential(nn.Conv2d(512, 128, 1), nn.ReLU(), nn.Conv2d(128, 256, 3, 2, 1), nn.ReLU()),
            ]
        )
        # The first map has three scores for the background, of which the greatest counts.
        self._scores = nn.ModuleList(nn.Conv2d(width, 2 if at else 4, 3, padding=1) for at, width in enumerate(_MAPS))
        self._places = nn.ModuleList(nn.Conv2d(width, 4, 3, padding=1) for width in _MAPS)

    def forward(self, pictures: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Look at pictures [n, 3, height, width], RGB less the mean colour.

        Returns:
            For each feature map, of 1/4 to 1/128 of the size: scores [n, 2, rows, columns], and places
            [n, 4, rows, columns].
        """
        maps = []
        shown = pictures
        for number, stage in enumerate(self._stages):
            shown = stage(shown)
            if number >= 2:
                maps.append(normalize(shown, dim=1))
            shown = max_pool2d(shown, 2)
        for stage in self._behind:
            shown = stage(shown)
            maps.append(shown)
        found = []
        for found_in, score, place in zip(maps, self._scores, self._places, strict=True):
            scores = score(found_in)
            if scores.shape[1] > 2:
                scores = torch.cat([scores[:, :-1].amax(1, keepdim=True), scores[:, -1:]], 1)
            found.append((scores.softmax(1), place(found_in)))
        return found
