"""Training the motion net: targets, features of disturbed voices, and the fit.

The encoder is not trained: its features of each recording are computed once for each disturbance and kept, so that
the fit itself takes minutes on two CPU cores.
"""

import copy
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vs_lipsync.faces.landmarks import MOUTH_CORNERS, mouth_opening
from vs_lipsync.speech import features
from vs_lipsync.speech.encoder import CONTEXT, SpeechEncoder
from vs_lipsync.speech.model import FRAME, OPENINGS, Shapes, encode, parts_of_openings
from vs_lipsync.speech.network import COLUMNS_PER_FRAME, MotionNet, NetShape
from vs_lipsync.training.augment import augment, change_speed, noise
from vs_lipsync.training.corpus import Recording

__all__ = [
    "EncodedAudio",
    "Offset",
    "Projection",
    "TrainingConfig",
    "TrainingSequence",
    "calibrate",
    "encode_noise",
    "encode_recordings",
    "fit",
    "fit_shapes",
    "predicted",
    "unbiased",
]

_EDGE = 16  # frames of silence before and after each recording
_REST = 5  # frames after which a mouth is taken to be shut once the recording is over
_TOUCH = 0.012  # opening above the closed mouth, inter-ocular units, up to which lips touch
_SHUT, _SHUT_OPENING = 0.75, 0.015  # share of the frames with touching lips in which the made ones are this far shut
_SPEED = 0.13  # greatest change of speed, as a natural logarithm


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

    steps: int = 300
    batch: int = 32
    window: int = 64
    rate: float = 2e-3
    decay: float = 0.2
    averaging: float = 0.995
    follow: float = 0.1
    heads: float = 0.05
    blank: float = 0.4


@dataclass(frozen=True, slots=True)
class EncodedAudio:
    """What the encoder made of one sound.

    Attributes:
        fine: [2 n, ...] float16 fine features, `_EDGE` frames of silence on both sides included.
        wide: [n, 192] float16 wide features.
        frames: frames of the sound, without the silence.
        speed: frames of the recording for each of them.
    """

    fine: NDArray[np.float16]
    wide: NDArray[np.float16]
    frames: int
    speed: float


class Projection:
    """Fine features in fewer numbers, their principal components; folded into a net once it is trained."""

    def __init__(self, sounds: Sequence[EncodedAudio], size: int = 128) -> None:
        """Find the components of what was rendered, and the scale of its wide features."""
        fine = np.concatenate([s.fine[::8] for s in sounds]).astype(np.float64)
        wide = np.concatenate([s.wide[::8] for s in sounds]).astype(np.float64)
        self.mean = fine.mean(0)
        power, directions = np.linalg.eigh(np.cov((fine - self.mean).T))
        self.matrix = directions[:, ::-1][:, :size] / np.sqrt(power[::-1][:size].mean())
        self.wide_mean, self.wide_scale = wide.mean(0), wide.std(0) + 1e-3

    def apply(self, sound: EncodedAudio) -> EncodedAudio:
        """Return a sound's features in the small."""
        fine = (sound.fine.astype(np.float32) - self.mean.astype(np.float32)) @ self.matrix.astype(np.float32)
        wide = (sound.wide.astype(np.float32) - self.wide_mean.astype(np.float32)) / self.wide_scale.astype(np.float32)
        return EncodedAudio(fine.astype(np.float16), wide.astype(np.float16), sound.frames, sound.speed)

    def fold(self, net: MotionNet) -> MotionNet:
        """Return a net that takes the encoder's own features, from one that was trained on the small ones."""
        state = {k: v.double() for k, v in net.state_dict().items()}
        for layer, matrix, mean in (
            ("fine.1", self.matrix, self.mean),
            ("wide.1", np.diag(1 / self.wide_scale), self.wide_mean),
        ):
            weight = state[f"{layer}.weight"][:, :, 0] @ torch.from_numpy(matrix).T
            state[f"{layer}.bias"] -= weight @ torch.from_numpy(mean)
            state[f"{layer}.weight"] = weight[:, :, None]
        folded = MotionNet(net.shape)
        folded.load_state_dict({k: v.float() for k, v in state.items()})
        return folded.eval()


def fit_shapes(clips: Sequence[Recording], components: int = 10) -> Shapes:
    """Return the principal components of the motion of recordings."""
    motion = np.concatenate([clip.motion[clip.seen].reshape(-1, 159) for clip in clips]).astype(np.float64)
    mean = motion.mean(0)
    power, directions = np.linalg.eigh(np.cov((motion - mean).T))
    opening = mouth_opening(motion.reshape(-1, 53, 3))
    along = (motion * (opening - opening.mean())[:, None]).mean(0)
    along[0::3] = 0.0  # sideways

    def tensor(array: NDArray[np.floating]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32))

    return Shapes(
        tensor(mean),
        tensor(directions[:, ::-1][:, :components].T),
        tensor(np.sqrt(power[::-1][:components])),
        tensor(along / mouth_opening(along.reshape(53, 3))),
        torch.zeros(len(OPENINGS), len(mean)),
    )


def encode_recordings(
    clips: Sequence[Recording], encoder: SpeechEncoder, seed: int | None, done: Callable[[], object] = lambda: None
) -> list[EncodedAudio]:
    """Return what the encoder makes of recordings: as they are, or with a seed, disturbed and at another speed."""
    rng = np.random.default_rng(seed)
    voices = [clip.sound.samples for clip in clips] if seed is not None else []
    made = []
    for clip in clips:
        count = len(clip.mouth)
        sound = clip.sound.read(0, count * FRAME)
        frames = count if seed is None else max(round(count / np.exp(rng.uniform(-_SPEED, _SPEED))), 8)
        sound = np.pad(change_speed(sound, frames * FRAME), _EDGE * FRAME)
        if seed is not None:
            sound = augment(sound, rng, voices)
        made.append(_encoded(sound, encoder, frames, count / frames))
        done()
    return made


def encode_noise(encoder: SpeechEncoder, seed: int, count: int = 30, seconds: int = 6) -> list[EncodedAudio]:
    """Return what the encoder makes of sounds without a voice: to these, a mouth stays shut."""
    rng = np.random.default_rng(seed)
    n = seconds * 25
    made = []
    for number in range(count):
        sound = noise(n * FRAME, rng)
        if number % 3 == 0:
            sound *= np.interp(np.arange(len(sound)), np.linspace(0, len(sound), 8), np.exp(rng.normal(0, 1, 8)))
        made.append(_encoded(sound * (number % 10 != 0), encoder, n - 2 * _EDGE, 1.0))
    return made


def _encoded(sound: NDArray[np.float32], encoder: SpeechEncoder, frames: int, speed: float) -> EncodedAudio:
    columns = len(sound) // FRAME * COLUMNS_PER_FRAME
    first, stop = -CONTEXT, -(-(columns + CONTEXT) // 8) * 8
    start, end = features.sample_range(first, stop)
    power = features.mel_power(np.pad(np.asarray(sound, np.float32), (-start, end - len(sound))))
    with torch.inference_mode():
        fine, wide = encode(encoder, power, features.voice_level(power), -first, columns - first)
    return EncodedAudio(fine[0].T.numpy().astype(np.float16), wide[0].T.numpy().astype(np.float16), frames, speed)


class TrainingSequence:
    """Recordings, or one disturbance of them, one after another, as a net is trained on them."""

    def __init__(
        self,
        clips: Sequence[Recording],
        sounds: Sequence[EncodedAudio],
        noises: Sequence[EncodedAudio],
        offsets: Sequence[Offset],
        shapes: Shapes,
    ) -> None:
        """Put sounds and targets side by side; noises come after the recordings."""
        mean, basis, deviation = (t.double().numpy() for t in (shapes.mean, shapes.basis, shapes.deviation))
        shut = -mean @ basis.T / deviation
        everything = [*sounds, *noises]
        total = sum(len(s.wide) for s in everything)
        self.fine = torch.from_numpy(np.concatenate([s.fine for s in everything]))
        self.wide = torch.from_numpy(np.concatenate([s.wide for s in everything]))
        codes = np.repeat(shut[None].astype(np.float32), total, 0)
        weight, speech = np.full(total, 0.5, np.float32), np.zeros(total, np.float32)
        touching, odds = np.ones(total, np.float32), np.zeros(total)
        start = 0
        for clip, sound, offset in zip(clips, sounds, offsets, strict=True):
            n, stop = len(clip.mouth), start + len(sound.wide)
            when = (np.arange(len(sound.wide)) - _EDGE) * sound.speed  # in frames of the recording's sound
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
        if start < total:
            odds[start:] = 0.05 * odds.sum() / (total - start)
        self.codes, self.weight = torch.from_numpy(codes), torch.from_numpy(weight)
        self.speech, self.touching = torch.from_numpy(speech), torch.from_numpy(touching)
        self._odds = np.cumsum(odds) / odds.sum()

    def draw(self, count: int, window: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return random windows: fine, wide and codes [count, channels, frames], weight, speech, touching."""
        around = np.searchsorted(self._odds, rng.random(count)) - rng.integers(8, window - 8, count)
        start = torch.from_numpy(np.clip(around, 0, len(self.weight) - window))[:, None]
        at, fine = start + torch.arange(window), 2 * start + torch.arange(2 * window)
        channels = (self.fine[fine], self.wide[at], self.codes[at])
        series = (self.weight[at], self.speech[at], self.touching[at])
        return (*(c.float().transpose(1, 2).contiguous() for c in channels), *series)


def fit(
    shape: NetShape,
    sequences: Sequence[TrainingSequence],
    shapes: Shapes,
    recipe: TrainingConfig,
    seed: int,
    device: str = "cpu",
    done: Callable[[int, float], object] = lambda step, loss: None,
) -> MotionNet:
    """Fit a net to timelines, whose features were made smaller by a `Projection`; return the averaged one."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = MotionNet(shape, sequences[0].fine.shape[1]).to(device).train()
    averaged = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, recipe.steps + 1, pct_start=0.1)
    measure = _Measures(shapes).to(device)
    for step in range(1, recipe.steps + 1):
        chosen = rng.permutation(len(sequences))[:4]
        share = recipe.batch // len(chosen)
        drawn = [sequences[k].draw(share, recipe.window, rng) for k in chosen]
        fine, wide, codes, weight, speech, touching = (torch.cat(part).to(device) for part in zip(*drawn, strict=True))
        _blank(fine, wide, recipe.blank, rng)
        moved, speaks, touches = net(fine, wide)
        loss = measure(moved, codes, weight, recipe.follow)
        loss = loss + recipe.heads * functional.binary_cross_entropy_with_logits(speaks, speech)
        touch = functional.binary_cross_entropy_with_logits(touches, touching, reduction="none")
        loss = loss + recipe.heads * (touch * weight).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        keep = min(recipe.averaging, step / (step + 10))
        with torch.no_grad():
            for kept, new in zip(averaged.parameters(), net.parameters(), strict=True):
                kept.lerp_(new, 1 - keep)
        done(step, float(loss.detach()))
    return averaged.eval().cpu()


def calibrate(shapes: Shapes, codes: Sequence[NDArray[np.float32]], clips: Sequence[Recording]) -> Shapes:
    """Return a shape space that shuts and opens the mouth as far as people do, and where they do.

    Args:
        shapes: the space of the codes.
        codes: [n, components] of each recording, by a net that was not trained on it.
        clips: the recordings.
    """
    real = [clip.opening for clip in clips]
    asked = [mouth_opening(_asked(shapes, code)) for code in codes]
    touching = np.concatenate([a[clip.touching] for a, clip in zip(asked, clips, strict=True)])
    rest, gain = 0.0, 2.0
    for _ in range(4):  # each depends on the other a little
        rest = float(np.quantile(touching, _SHUT)) - _SHUT_OPENING / gain
        ratios = [np.std(r) / max(np.std(np.maximum(a - rest, 0)), 1e-3) for a, r in zip(asked, real, strict=True)]
        gain = float(np.median(ratios))
    spoken = [gain * np.maximum(a - rest, 0)[clip.speech] for a, clip in zip(asked, clips, strict=True)]
    spread = float(np.median([np.std(opening) for opening in spoken if len(opening) > 10]))
    return unbiased(dataclasses.replace(shapes, rest=rest, gain=gain, spread=spread), codes, clips)


def unbiased(shapes: Shapes, codes: Sequence[NDArray[np.float32]], clips: Sequence[Recording]) -> Shapes:
    """Return a shape space whose mouths are on average those of people that are equally far open; see `calibrate`."""
    shapes = dataclasses.replace(shapes, bias=torch.zeros_like(shapes.bias))
    spoken = [clip.speech & clip.seen for clip in clips]
    made = [shapes.points(torch.from_numpy(code))[frames] for code, frames in zip(codes, spoken, strict=True)]
    real = [clip.motion[frames] for clip, frames in zip(clips, spoken, strict=True)]
    off = _by_opening(np.concatenate(made)) - _by_opening(np.concatenate(real))
    off[:, 0::3] = 0.0  # sideways: it would take from how the width follows
    off -= mouth_opening(off.reshape(-1, 53, 3))[:, None] * shapes.direction.numpy()
    return dataclasses.replace(shapes, bias=torch.from_numpy(off))


def _by_opening(motion: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean displacement [5, 159] at `OPENINGS`, linear between, of mouths [n, 53, 3]: least squares."""
    parts = parts_of_openings(torch.from_numpy(np.asarray(mouth_opening(motion), np.float32))).numpy()
    return np.asarray(np.linalg.lstsq(parts, motion.reshape(len(motion), -1))[0], np.float32)


def _asked(shapes: Shapes, codes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the displacement [n, 53, 3] that a net asks for, before any rest or gain."""
    moved = shapes.mean + torch.from_numpy(codes) * shapes.deviation @ shapes.basis
    return np.asarray(moved.reshape(-1, 53, 3).numpy(), np.float32)


def predicted(net: MotionNet, sound: EncodedAudio) -> NDArray[np.float32]:
    """Return the codes [frames, components] that a net makes of a sound, without its edges."""
    fine, wide = (torch.from_numpy(a.astype(np.float32)).T[None] for a in (sound.fine, sound.wide))
    with torch.inference_mode():
        moved, _, _ = net(fine, wide)
    return np.asarray(moved[0].T.numpy()[_EDGE : _EDGE + sound.frames], np.float32)


class _Measures(nn.Module):
    """The loss on motion: distance, distance of velocity, and how opening, width and the first component follow."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__()
        basis = shapes.basis.reshape(-1, 53, 3)
        left, right = MOUTH_CORNERS
        opening = torch.from_numpy(np.asarray(mouth_opening(basis.numpy()), np.float32))
        series = torch.stack([opening, basis[:, right, 0] - basis[:, left, 0]]) * shapes.deviation / 0.03
        first = torch.zeros(1, len(basis))
        first[0, 0] = 1.0
        self.series: Tensor
        self.scale: Tensor
        self.register_buffer("series", torch.cat([series, first]))
        self.register_buffer("scale", (shapes.deviation / shapes.deviation[0])[None, :, None])

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


def _blank(fine: Tensor, wide: Tensor, share: float, rng: np.random.Generator) -> None:
    """Blank one to four frames of some windows (Park et al., "SpecAugment", 2019)."""
    for number in range(len(wide)):
        if rng.random() < share:
            length = int(rng.integers(1, 5))
            start = int(rng.integers(0, wide.shape[-1] - length))
            fine[number, :, 2 * start : 2 * (start + length)] = 0
            wide[number, :, start : start + length] = 0
