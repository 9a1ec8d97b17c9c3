"""A small net that learns to tell real pictures from made ones, of speakers whom it then has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from scripts.measuring.ranking import area_under_curve

__all__ = ["SIDE", "Judgement", "Pictures", "judged"]

SIDE = 96
"""Width and height of the pictures. At 64, faces squeezed to two thirds hardly differ: the area under the curve is
0.854 for them, at this size 0.921 (32 clips)."""

_PAIRS = 24
"""Frames of a batch, each real and made."""

_DETAIL = 4.0
"""Factor on the fine detail, a picture less its mean over 3 × 3, which the net is shown as well: it is weak beside
light and colour, and betrays pictures that were drawn anew. With it, the 0.921 become 0.999."""

_SHIFT = 4
"""Samples by which pictures are shifted at most in training."""


@dataclass(frozen=True)
class Pictures:
    """Pictures of one speaker.

    Attributes:
        real: [n, c, SIDE, SIDE] of values 0 to 255; c is 3 for each frame of a stack.
        made: [n, c, SIDE, SIDE] the same frames, made.
    """

    real: NDArray[np.uint8]
    made: NDArray[np.uint8]


@dataclass(frozen=True)
class Judgement:
    """How well made pictures are told from real ones, as means over speakers; 0.5 if they cannot be.

    Attributes:
        area: under the curve of the judge's answers, over all pictures of a speaker.
        pairs: share of the frames of which the made picture seems more made than the real one.
    """

    area: float
    pairs: float


def judged(speakers: Sequence[Pictures], folds: int = 3, steps: int = 150, seed: int = 0) -> Judgement:
    """Tell made pictures from real ones.

    The speakers are split into folds; each is judged by a net trained on the others.

    Args:
        speakers: their pictures.
        folds: number of nets.
        steps: steps of 48 pictures that each is trained for.
        seed: of all that is left to chance.
    """
    areas, pairs = [], []
    for fold in range(folds):
        net = _trained([one for k, one in enumerate(speakers) if k % folds != fold], steps, seed + fold)
        for one in speakers[fold::folds]:
            made, real = _answers(net, one.made), _answers(net, one.real)
            areas.append(area_under_curve(made, real))
            pairs.append(np.mean(made > real) + 0.5 * np.mean(made == real))
    return Judgement(float(np.mean(areas)), float(np.mean(pairs)))


def _trained(speakers: Sequence[Pictures], steps: int, seed: int) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    net = _net(2 * speakers[0].real.shape[1])
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    real, made = (np.concatenate([getattr(one, kind) for one in speakers]) for kind in ("real", "made"))
    for _ in range(steps):
        # Pairs of the same frame, so that only what was made differs between the classes.
        chosen = torch.randint(len(real), (_PAIRS,), generator=generator).numpy()
        batch = torch.from_numpy(np.concatenate([real[chosen], made[chosen]])).float() / 127.5 - 1
        x, y = (int(torch.randint(2 * _SHIFT + 1, (1,), generator=generator)) for _ in range(2))
        batch = functional.pad(batch, [_SHIFT] * 4, mode="replicate")[..., y : y + SIDE, x : x + SIDE]
        if torch.rand(1, generator=generator) < 0.5:
            batch = batch.flip(-1)
        gain = 1 + 0.2 * (torch.rand((_PAIRS, 1, 1, 1), generator=generator) - 0.5)
        loss = functional.binary_cross_entropy_with_logits(
            net(_with_detail(batch * torch.cat([gain, gain])))[:, 0],
            torch.cat([torch.zeros(_PAIRS), torch.ones(_PAIRS)]),
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return net.eval()


def _net(channels: int) -> nn.Module:
    layers: list[nn.Module] = []
    for width, stride in ((24, 2), (32, 2), (48, 2), (64, 1)):
        layers += [nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(channels, 1))


def _with_detail(pictures: torch.Tensor) -> torch.Tensor:
    """Return pictures [n, c, h, w] with their fine detail behind them [n, 2 c, h, w]."""
    smooth = functional.avg_pool2d(functional.pad(pictures, [1] * 4, mode="replicate"), 3, 1)
    return torch.cat([pictures, _DETAIL * (pictures - smooth)], 1)


def _answers(net: nn.Module, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    with torch.inference_mode():
        batches = torch.split(torch.from_numpy(pictures), 64)
        return np.concatenate([net(_with_detail(some.float() / 127.5 - 1))[:, 0].numpy() for some in batches])
