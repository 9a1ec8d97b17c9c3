"""Training the motion net: its targets, and the fit."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vs_lipsync.faces.landmarks import MOUTH_CORNERS, MOUTH_POINTS, mouth_opening
from vs_lipsync.speech.head import MotionHead, NetShape
from vs_lipsync.speech.shapes import Shapes
from vs_lipsync.training.calibration import Prediction
from vs_lipsync.training.corpus import Recording
from vs_lipsync.training.encoding import EDGE, EncodedAudio
from vs_lipsync.training.network import MotionNet

__all__ = [
    "Offset",
    "Projection",
    "TrainingConfig",
    "TrainingSequence",
    "fit",
    "predicted",
]

_LEAST_SPREAD = 1e-2  # of a feature, added to each so that one that hardly varies does not count as much as others
_REST = 5  # frames after which a mouth is taken to be shut once the recording is over
_NOISE, _VOWELS = 0.05, 0.05  # of the windows, over those of recordings
_TOUCH = 0.012  # opening above the closed mouth, inter-ocular units, up to which lips touch


@dataclass(frozen=True, slots=True)
class Offset:
    """By how many frames a recording's sound is late, and how much it is worth to learn from, 0..1."""

    frames: float = 0.0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How a net is fitted; the numbers are those that won.

    Attributes:
        steps: batches.
        batch: windows in a batch.
        window: frames in a window.
        rate: greatest learning rate.
        decay: weight decay.
        averaging: share that the averaged net keeps at each step.
        follow: weight of the correlation of opening, width and first component.
        heads: weight of telling speech, and touching lips.
        blank: share of windows of which a few frames are blanked.
    """

    steps: int = 450
    batch: int = 32
    window: int = 64
    rate: float = 2e-3
    decay: float = 0.2
    averaging: float = 0.995
    follow: float = 0.2
    heads: float = 0.05
    blank: float = 0.4


class Projection:
    """The encoder's features in fewer numbers, their principal components; folded into a net once it is trained."""

    def __init__(self, sounds: Sequence[EncodedAudio], size: int = 256) -> None:
        """Find the components of what was rendered, every feature having been brought to the same spread."""
        features = np.concatenate([sound.features[::8] for sound in sounds]).astype(np.float64)
        self.mean = features.mean(0)
        scale = features.std(0) + _LEAST_SPREAD
        power, directions = np.linalg.eigh(np.cov(((features - self.mean) / scale).T))
        self.matrix = directions[:, ::-1][:, :size] / scale[:, None] / np.sqrt(power[::-1][:size].mean())

    @property
    def size(self) -> int:
        """Numbers that are left of each step of features."""
        return int(self.matrix.shape[1])

    def apply(self, sound: EncodedAudio) -> EncodedAudio:
        """Return a sound's features in the small."""
        features = (sound.features.astype(np.float32) - self.mean.astype(np.float32)) @ self.matrix.astype(np.float32)
        return EncodedAudio(features.astype(np.float16), sound.frames, sound.speed)

    def fold(self, net: MotionNet) -> MotionHead:
        """Return a net that takes the encoder's own features, from one that was trained on the small ones."""
        arrays = {name: array.astype(np.float64) for name, array in net.arrays().items()}
        for layer in ("fine", "wide"):
            weight = arrays[f"{layer}.weight"][:, :, 0] @ self.matrix.T
            arrays[f"{layer}.bias"] = arrays[f"{layer}.bias"] - weight @ self.mean
            arrays[f"{layer}.weight"] = weight[:, :, None]
        return MotionHead(net.shape, {name: array.astype(np.float32) for name, array in arrays.items()})


class TrainingSequence:
    """Recordings, or one disturbance of them, one after another, as a net is trained on them."""

    def __init__(
        self,
        clips: Sequence[Recording],
        sounds: Sequence[EncodedAudio],
        noises: Sequence[EncodedAudio],
        vowels: Sequence[EncodedAudio],
        offsets: Sequence[Offset],
        shapes: Shapes,
    ) -> None:
        """Put sounds and targets side by side: recordings, then noises, then vowels of which no mouth was seen."""
        mean, basis, deviation = (a.astype(np.float64) for a in (shapes.mean, shapes.basis, shapes.deviation))
        shut = -mean @ basis.T / deviation
        everything = [*sounds, *noises, *vowels]
        total = sum(len(s.features) // 2 for s in everything)
        self.features = torch.from_numpy(np.concatenate([s.features for s in everything]))
        codes = np.repeat(shut[None].astype(np.float32), total, 0)
        weight, speech = np.full(total, 0.5, np.float32), np.zeros(total, np.float32)
        touching, odds = np.ones(total, np.float32), np.zeros(total)
        start = 0
        for clip, sound, offset in zip(clips, sounds, offsets, strict=True):
            n, stop = len(clip.mouth), start + len(sound.features) // 2
            when = (np.arange(stop - start) - EDGE) * sound.speed  # in frames of the recording's sound
            seen_at = np.clip(when - offset.frames, 0, n - 1)
            target = (clip.motion.reshape(n, -1) - mean) @ basis.T / deviation
            opening = np.interp(seen_at, np.arange(n), clip.opening - mouth_opening(clip.closed))
            known = (when - offset.frames >= 0) & (when - offset.frames <= n - 1)
            known &= np.interp(seen_at, np.arange(n), clip.seen.astype(float)) > 0.9
            rest = (when < -_REST) | (when > n + _REST)
            moved = np.stack([np.interp(seen_at, np.arange(n), column) for column in target.T], 1)
            codes[start:stop] = np.where(rest[:, None], shut, moved)
            weight[start:stop] = np.where(rest, 0.5, known * offset.weight)
            touching[start:stop] = rest | (opening < _TOUCH)
            spoken = np.interp(when, np.arange(n), clip.speech.astype(float), 0, 0) > 0.5
            speech[start:stop] = spoken
            odds[start:stop] = n**0.7 * offset.weight / (stop - start)
            start = stop
        of_recordings = odds.sum()
        for kind, share in ((noises, _NOISE), (vowels, _VOWELS)):
            stop = start + sum(len(s.features) // 2 for s in kind)
            odds[start:stop] = share * of_recordings / max(stop - start, 1)
            start = stop
        start -= sum(len(s.features) // 2 for s in vowels)
        for vowel in vowels:
            held = slice(start + EDGE, start + EDGE + vowel.frames)
            weight[held], speech[held] = 0.0, 1.0
            start += len(vowel.features) // 2
        self.codes, self.weight = torch.from_numpy(codes), torch.from_numpy(weight)
        self.speech, self.touching = torch.from_numpy(speech), torch.from_numpy(touching)
        self._odds = np.cumsum(odds) / odds.sum()

    def draw(self, count: int, window: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return random windows: features and codes [count, channels, frames], weight, speech, touching."""
        around = np.searchsorted(self._odds, rng.random(count)) - rng.integers(8, window - 8, count)
        start = torch.from_numpy(np.clip(around, 0, len(self.weight) - window))[:, None]
        at, fine = start + torch.arange(window), 2 * start + torch.arange(2 * window)
        channels = (self.features[fine], self.codes[at])
        series = (self.weight[at], self.speech[at], self.touching[at])
        return (*(c.float().transpose(1, 2).contiguous() for c in channels), *series)


def fit(
    shape: NetShape,
    sequences: Sequence[TrainingSequence],
    shapes: Shapes,
    config: TrainingConfig,
    seed: int,
    device: str = "cpu",
    done: Callable[[int, float], object] = lambda step, loss: None,
) -> MotionNet:
    """Fit a net to timelines, whose features were made smaller by a `Projection`; return the averaged one."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = MotionNet(shape, sequences[0].features.shape[1]).to(device).train()
    averaged = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), config.rate, weight_decay=config.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.rate, config.steps + 1, pct_start=0.1)
    measure = _Measures(shapes).to(device)
    for step in range(1, config.steps + 1):
        chosen = rng.permutation(len(sequences))[:4]
        share = config.batch // len(chosen)
        drawn = [sequences[k].draw(share, config.window, rng) for k in chosen]
        features, codes, weight, speech, touching = (torch.cat(part).to(device) for part in zip(*drawn, strict=True))
        _blank(features, config.blank, rng)
        moved, speaks, touches = net(features)
        loss = measure(moved, codes, weight, config.follow)
        loss = loss + config.heads * functional.binary_cross_entropy_with_logits(speaks, speech)
        touch = functional.binary_cross_entropy_with_logits(touches, touching, reduction="none")
        loss = loss + config.heads * (touch * weight).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        keep = min(config.averaging, step / (step + 10))
        with torch.no_grad():
            for kept, new in zip(averaged.parameters(), net.parameters(), strict=True):
                kept.lerp_(new, 1 - keep)
        done(step, float(loss.detach()))
    return averaged.eval().cpu()


def predicted(net: MotionNet, sound: EncodedAudio) -> Prediction:
    """Return what a net says of a sound, without its edges."""
    with torch.inference_mode():
        moved, _, touching = net(torch.from_numpy(sound.features.astype(np.float32)).T[None])
    inner = slice(EDGE, EDGE + sound.frames)
    return Prediction(moved[0].T.numpy()[inner], torch.sigmoid(touching[0]).numpy()[inner])


class _Measures(nn.Module):
    """The loss on motion: distance, distance of velocity, and how opening, width and the first component follow."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__()
        basis = torch.from_numpy(shapes.basis).reshape(-1, MOUTH_POINTS, 3)
        deviation = torch.from_numpy(shapes.deviation)
        left, right = MOUTH_CORNERS
        opening = torch.from_numpy(np.asarray(mouth_opening(basis.numpy()), np.float32))
        series = torch.stack([opening, basis[:, right, 0] - basis[:, left, 0]]) * deviation / 0.03
        first = torch.zeros(1, len(basis))
        first[0, 0] = 1.0
        self.series: Tensor
        self.scale: Tensor
        self.register_buffer("series", torch.cat([series, first]))
        self.register_buffer("scale", (deviation / deviation[0])[None, :, None])

    def forward(self, made: Tensor, real: Tensor, weight: Tensor, follow: float) -> Tensor:
        """Return the loss of motion [batch, components, n] against the real one, with weights [batch, n]."""
        known = weight[:, None]
        error = (made - real) * self.scale
        loss: Tensor = (error.abs() * known).mean() + (error.diff(dim=-1).abs() * known[..., 1:]).mean()
        a, b = self.series @ made, self.series @ real
        total = known.sum(-1, keepdim=True) + 1e-3
        a, b = ((s - (s * known).sum(-1, keepdim=True) / total) * known for s in (a, b))
        correlation = (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1) + 1e-2)
        following: Tensor = correlation.mean(0).sum()
        return loss - follow * following


def _blank(features: Tensor, share: float, rng: np.random.Generator) -> None:
    """Blank one to four frames of some windows (Park et al., "SpecAugment", 2019)."""
    for window in features:
        if rng.random() < share:
            length = int(rng.integers(1, 5))
            start = int(rng.integers(0, features.shape[-1] // 2 - length))
            window[:, 2 * start : 2 * (start + length)] = 0
