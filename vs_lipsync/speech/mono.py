"""Channels brought to one, so that none takes another one away.

The usual sum of channels is that of ITU-R BS.775, as FFmpeg weights it. Channels that FFmpeg would leave out, but for
those of low frequencies, count as surround ones, and channels that have no places, as of recorders, count equally. Such
a sum loses what two channels have in opposite phase: a voice that is inverted in one channel would be silent. Where the
sum has less than half of the power that it would have if the channels were independent, which for two of equal power is
a correlation below -0.5, the strongest channel stands for all, at the power of independent ones. Downmixing for
parametric stereo avoids the loss by preserving energy, too: Samsudin et al., "A Stereo to Mono Downmixing Scheme for
MPEG-4 Parametric Stereo Encoder", ICASSP 2006.

The decision is made for blocks of the timeline, and so does not depend on which samples are asked for.
"""

import re
from functools import cache
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "MonoMixer", "downmix_weights", "has_places", "mix", "mixed_weights"]

BLOCK: Final = 8000
"""Samples that are looked at together: half a second at 16 kHz."""

_FADE: Final = 160
"""Samples over which one mix goes over to another: 10 ms at 16 kHz."""

_SURROUND: Final = 0.5
"""Weight of a surround channel."""

_LEAST_POWER: Final = 0.5
"""Share of the power of independent channels that their sum has at least."""

type Samples = NDArray[np.float32]


def has_places(layout: str) -> bool:
    """Tell whether a layout, by FFmpeg's name, says where its channels are heard: one of as many channels does not."""
    return re.fullmatch(r"\d+( channels|C)", av.AudioLayout(layout).name) is None


@cache
def downmix_weights(layout: str) -> Samples:
    """Return the weight [channels] that each channel of a layout has in mono."""
    places = av.AudioLayout(layout)
    channels = places.nb_channels
    equal = np.full(channels, channels**-0.5, np.float32)
    if not has_places(layout):
        return equal
    frame = av.AudioFrame.from_ndarray(np.eye(channels, dtype=np.float32).reshape(1, -1), "flt", layout)
    frame.sample_rate = 48000
    try:
        (mono,) = av.AudioResampler("flt", "mono", 48000).resample(frame)
    except (av.FFmpegError, ValueError):
        return equal
    weights = np.array(mono.to_ndarray()[0], np.float32)
    left_out = [weight == 0 and "LFE" not in place.name for weight, place in zip(weights, places.channels, strict=True)]
    weights[left_out] = _SURROUND
    return weights


def mixed_weights(samples: Samples, weights: Samples) -> tuple[Samples, bool]:
    """Decide how a block is brought to one channel.

    Args:
        samples: [channels, n] of the block.
        weights: [channels] of the usual sum.

    Returns:
        The weight [channels] of each channel, and whether it is other than usual because they cancel each other.
    """
    with np.errstate(all="ignore"):  # files of floats may hold anything
        powers = np.square(weights, dtype=np.float64) * np.square(samples, dtype=np.float64).mean(1)
        independent = float(powers.sum())
        summed = float(np.square(weights @ samples, dtype=np.float64).mean())
    if not np.isfinite(independent) or summed >= _LEAST_POWER * independent:
        return weights, False
    strongest = int(np.argmax(powers))
    alone = np.zeros_like(weights)
    alone[strongest] = weights[strongest] * np.sqrt(independent / powers[strongest])
    return alone, True


def mix(samples: Samples, weights: Samples, before: Samples) -> Samples:
    """Bring a block [channels, n] to one channel [n], coming from the weights of the block before."""
    with np.errstate(all="ignore"):
        mono = weights @ samples
        if weights is not before:
            head = samples[:, :_FADE]
            share = (np.arange(head.shape[1], dtype=np.float32) + 0.5) / _FADE
            mono[: head.shape[1]] = share * mono[: head.shape[1]] + (1 - share) * (before @ head)
    return np.asarray(mono, np.float32)


class MonoMixer:
    """Brings consecutive samples of one layout to mono, block by block of the timeline."""

    def __init__(self, layout: str, start: int) -> None:
        """Begin with sample number `start` of the timeline."""
        self.cancelled = 0
        """Samples for which the strongest channel stood for all."""
        self._usual = downmix_weights(layout)
        self._before: Samples | None = None
        self._held: list[Samples] = []
        self._at = start
        self._stop = start  # of what is held

    def add(self, samples: Samples) -> list[Samples]:
        """Take samples [channels, n]; returns the mono [n] of all blocks that are complete."""
        if len(self._usual) == 1:
            return [np.ascontiguousarray(self._usual @ samples)]
        self._held.append(samples)
        self._stop += samples.shape[1]
        if self._stop // BLOCK == self._at // BLOCK:
            return []
        held, done = np.concatenate(self._held, 1), []
        while self._stop // BLOCK > self._at // BLOCK:
            length = BLOCK - self._at % BLOCK
            done.append(self._mix(held[:, :length]))
            held = held[:, length:]
        self._held = [held]
        return done

    def finish(self) -> list[Samples]:
        """Return the mono of what is left."""
        held = [part for part in self._held if part.shape[1]]
        self._held = []
        return [self._mix(np.concatenate(held, 1))] if held else []

    def _mix(self, samples: Samples) -> Samples:
        weights, cancel = mixed_weights(samples, self._usual)
        mono = mix(samples, weights, weights if self._before is None else self._before)
        self._before = weights
        self._at += samples.shape[1]
        self.cancelled += samples.shape[1] if cancel else 0
        return mono
