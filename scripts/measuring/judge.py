"""A small net that learns to tell real pictures from made ones, of speakers whom it then has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from scripts.measuring.ranking import area_under_curve

__all__ = ["SIDE", "Pictures", "judged"]

SIDE = 64
"""Width and height of the pictures."""

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


def judged(speakers: Sequence[Pictures], folds: int = 3, steps: int = 300, seed: int = 0) -> float:
    """Return the area under the curve of the judge's answers, 0.5 if made pictures cannot be told from real ones.

    The speakers are split into folds; each is judged by a net trained on the others. The areas of the speakers, each
    with the same frames real and made, are averaged.

    Args:
        speakers: their pictures.
        folds: number of nets.
        steps: steps of 64 pictures that each is trained for.
        seed: of all that is left to chance.
    """
    areas = []
    for fold in range(folds):
        net = _trained([one for k, one in enumerate(speakers) if k % folds != fold], steps, seed + fold)
        areas += [area_under_curve(_answers(net, one.made), _answers(net, one.real)) for one in speakers[fold::folds]]
    return float(np.mean(areas))


def _trained(speakers: Sequence[Pictures], steps: int, seed: int) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    net = _net(speakers[0].real.shape[1])
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    real, made = (np.concatenate([getattr(one, kind) for one in speakers]) for kind in ("real", "made"))
    for _ in range(steps):
        # Pairs of the same frame, so that only what was made differs between the classes.
        chosen = torch.randint(len(real), (32,), generator=generator).numpy()
        batch = torch.from_numpy(np.concatenate([real[chosen], made[chosen]])).float() / 127.5 - 1
        x, y = (int(torch.randint(2 * _SHIFT + 1, (1,), generator=generator)) for _ in range(2))
        batch = functional.pad(batch, [_SHIFT] * 4, mode="replicate")[..., y : y + SIDE, x : x + SIDE]
        if torch.rand(1, generator=generator) < 0.5:
            batch = batch.flip(-1)
        gain = 1 + 0.2 * (torch.rand((32, 1, 1, 1), generator=generator) - 0.5)
        loss = functional.binary_cross_entropy_with_logits(
            net(batch * torch.cat([gain, gain]))[:, 0], torch.cat([torch.zeros(32), torch.ones(32)])
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


def _answers(net: nn.Module, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    with torch.inference_mode():
        return np.asarray(net(torch.from_numpy(pictures).float() / 127.5 - 1)[:, 0].numpy(), np.float32)
