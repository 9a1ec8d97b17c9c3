"""What the encoder makes of recordings: as they are, disturbed, and of sounds without a voice.

The encoder is not trained: its features are computed once for each disturbance and kept.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.speech import windows
from vs_lipsync.speech.encoder import FEATURES, SpeechEncoder
from vs_lipsync.speech.windows import FRAME, KEPT, MARGIN
from vs_lipsync.training.augment import augment, change_speed, held_vowel, noise
from vs_lipsync.training.corpus import Recording

__all__ = ["EDGE", "EncodedAudio", "encode_noise", "encode_recordings", "encode_sounds", "encode_vowels"]

EDGE = 16
"""Frames of silence before and after each recording."""

_SPEED = 0.13  # greatest change of speed, as a natural logarithm


@dataclass(frozen=True, slots=True)
class EncodedAudio:
    """What the encoder made of one sound.

    Attributes:
        features: [2 n, ...] float16, 50 a second, `EDGE` frames of silence on both sides included.
        frames: frames of the sound, without the silence.
        speed: frames of the recording for each of them.
    """

    features: NDArray[np.float16]
    frames: int
    speed: float


def encode_recordings(
    clips: Sequence[Recording],
    encoder: SpeechEncoder,
    seed: int | None,
    together: bool = False,
    done: Callable[[], object] = lambda: None,
) -> list[EncodedAudio]:
    """Return what the encoder makes of recordings: as they are, or with a seed, disturbed and at another speed.

    Args:
        clips: the recordings.
        encoder: the ear.
        seed: of the disturbances; None for none.
        together: whether they are heard one after another, in random order, so that the encoder hears others around a
            recording as it does in a long dub; else each is heard alone.
        done: called once for each recording.
    """
    rng = np.random.default_rng(0 if seed is None else seed)
    voices = [clip.sound.samples for clip in clips] if seed is not None else []
    sounds, speeds = [], []
    for clip in clips:
        count = len(clip.mouth)
        sound = clip.sound.read(0, count * FRAME)
        frames = count if seed is None else max(round(count / np.exp(rng.uniform(-_SPEED, _SPEED))), 8)
        sound = np.pad(change_speed(sound, frames * FRAME), EDGE * FRAME)
        if seed is not None:
            sound = augment(sound, rng, voices)
        sounds.append(sound)
        speeds.append(count / frames)
        done()
    found: list[NDArray[np.float16]] = [np.empty(0, np.float16)] * len(sounds)
    order = rng.permutation(len(sounds))
    for group in [order] if together else order[:, None]:
        loud = [float(np.sqrt(np.mean(sounds[k] ** 2))) + 1e-9 for k in group] if together else [1.0]
        alike = [sounds[k] / np.float32(level) for k, level in zip(group, loud, strict=True)]
        for k, part in zip(group, encode_sounds(alike, encoder, int(rng.integers(KEPT))), strict=True):
            found[k] = part
    return [EncodedAudio(part, len(part) // 2 - 2 * EDGE, speed) for part, speed in zip(found, speeds, strict=True)]


def encode_noise(encoder: SpeechEncoder, seed: int, count: int = 30, seconds: int = 6) -> list[EncodedAudio]:
    """Return what the encoder makes of sounds without a voice: to these, a mouth stays shut."""
    rng = np.random.default_rng(seed)
    n = seconds * 25
    made = []
    for number in range(count):
        sound = noise(n * FRAME, rng)
        if number % 3 == 0:
            sound *= np.interp(np.arange(len(sound)), np.linspace(0, len(sound), 8), np.exp(rng.normal(0, 1, 8)))
        (part,) = encode_sounds([sound * (number % 10 != 0)], encoder, int(rng.integers(KEPT)))
        made.append(EncodedAudio(part, n - 2 * EDGE, 1.0))
    return made


def encode_vowels(encoder: SpeechEncoder, seed: int, count: int = 40) -> list[EncodedAudio]:
    """Return what the encoder makes of vowels that are held for one to five seconds: somebody speaks in these.

    People who are recorded hardly ever hold one, and an encoder that was trained to write down words may take it for
    music.
    """
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        frames = int(rng.integers(25, 126))
        sound = np.pad(held_vowel(frames * FRAME, rng), EDGE * FRAME)
        if number % 2:
            sound = augment(sound, rng, ())
        (part,) = encode_sounds([sound], encoder, int(rng.integers(KEPT)))
        made.append(EncodedAudio(part, frames, 1.0))
    return made


def encode_sounds(
    sounds: Sequence[NDArray[np.float32]], encoder: SpeechEncoder, phase: int
) -> list[NDArray[np.float16]]:
    """Return the features [2 n, FEATURES] of sounds of whole frames, heard one after another with silence around.

    Args:
        sounds: samples at 16 kHz, [n * FRAME] each.
        encoder: the ear.
        phase: frames by which the grid of windows starts before the first sound, 0 to `KEPT` - 1.
    """
    track = np.concatenate([np.asarray(sound, np.float32) for sound in sounds])
    frames = len(track) // FRAME
    kept = np.concatenate(list(_windows(track, frames, encoder, phase)))[2 * phase : 2 * (phase + frames)]
    ends = np.cumsum([2 * (len(sound) // FRAME) for sound in sounds])
    return np.split(kept, ends[:-1])


def _windows(
    track: NDArray[np.float32], frames: int, encoder: SpeechEncoder, phase: int
) -> Iterator[NDArray[np.float16]]:
    """Yield the kept features [2 * KEPT, FEATURES] of each window of a track."""
    for first in range(-phase, frames, KEPT):
        start, stop = windows.samples_for(first)
        inside = track[max(start, 0) : max(stop, 0)]
        before = max(-start, 0)
        samples = np.pad(inside, (before, stop - start - before - len(inside)))
        found = windows.hear(encoder, *windows.power_and_level(samples))
        yield found[2 * MARGIN : 2 * (MARGIN + KEPT)].astype(np.float16).reshape(-1, FEATURES)
