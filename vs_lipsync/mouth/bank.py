"""Exemplars from other footage of the same person: what is known of them, and putting them beside a window's frames."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.exemplars import fits
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.mouth.look import SCALES, Conditions, gains_of, sharpness_of
from vs_lipsync.mouth.profile import Profile
from vs_lipsync.mouth.scaling import scaled

__all__ = ["Bank", "with_bank"]

_FIRST_NUMBER: Final = 1 << 40
"""Frame number of the first exemplar: no clip has as many frames."""


_STEADY: Final = 16
"""Frames over which the light of the footage is averaged. Every window has as many before a chunk."""


@dataclass(frozen=True, slots=True)
class Bank:
    """Exemplars from other footage of the person who speaks.

    Attributes:
        footage: their measures. Those of one shot that follow each other in the other footage have numbers that follow
            each other, and no others have.
        profile: the person's mouth in them.
    """

    footage: Footage
    profile: Profile

    @classmethod
    def of(cls, frames: Sequence[MouthFrame], rate: float = 0.0) -> "Bank | None":
        """Measure exemplars.

        Args:
            frames: frames of the other footage, in the format of the clip, their numbers rising.
            rate: frames of the other footage per second; 0 where it is not known.

        Returns:
            The exemplars; None if none of them can be used.
        """
        told = Footage.of(frames)
        kept = [frames[int(i)] for i in np.flatnonzero(told.usable)]
        if not kept:
            return None
        footage = Footage.of(_renumbered(kept))
        detail = np.array(
            [[sharpness_of(scaled(frame, 2.0**scale)) for scale in SCALES] for frame in footage.frames], np.float64
        )
        numbers = np.array([frame.number for frame in footage.frames])
        follow = np.diff(numbers) == 1
        speeds = rate * np.abs(np.diff(mouth_opening(footage.shapes)))[follow]
        elsewhere = np.ones(len(kept), bool)
        footage = replace(footage, detail=detail, elsewhere=elsewhere)
        return cls(footage, Profile.of(footage.shapes, speeds if rate else None))

    def backed(self, profile: Profile, here: Conditions) -> Profile:
        """Return the profile of a mouth with what it lacks taken from the exemplars, as far as they fit its frames.

        Args:
            profile: the person's mouth in some frames of a clip.
            here: conditions of these frames.
        """
        there = self.footage.conditions(slice(None))
        share = float(fits(here, there).any(1).mean())
        return profile.backed(self.profile, share)


def with_bank(footage: Footage, bank: Bank) -> Footage:
    """Return the measures of a window with those of exemplars from elsewhere behind them."""
    other = bank.footage
    own = np.repeat(footage.sharpness[:, None], len(SCALES), 1)
    assert other.detail is not None
    return Footage(
        frames=[*footage.frames, *other.frames],
        usable=np.r_[footage.usable, other.usable],
        shots=np.r_[footage.shots, other.shots],
        shapes=np.r_[footage.shapes, other.shapes],
        angles=np.r_[footage.angles, other.angles],
        appearance=np.r_[footage.appearance, other.appearance],
        light=np.r_[footage.light, other.light],
        sharpness=np.r_[footage.sharpness, other.sharpness],
        placements=[*footage.placements, *other.placements],
        detail=np.r_[own, other.detail],
        elsewhere=np.r_[footage.elsewhere, other.elsewhere],
        gains=np.r_[_gains(footage, other.light.mean(0)), np.ones((len(other.frames), 3))],
    )


def _gains(footage: Footage, light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by what exemplars of this mean light [LIGHT] are multiplied to fit frames [n, 3]: see `look.gains_of`.

    The light of a frame is the mean over it and those before it in its shot, so that the gain is steady.
    """
    gains = np.ones((len(footage.frames), 3))
    for at in np.flatnonzero(footage.usable).tolist():
        near = np.arange(max(0, at - _STEADY + 1), at + 1)
        near = near[footage.usable[near] & (footage.shots[near] == footage.shots[at])]
        gains[at] = gains_of(footage.light[near].mean(0), light)
    return gains


def _renumbered(frames: Sequence[MouthFrame]) -> list[MouthFrame]:
    """Return exemplars with numbers and shots that no frame of a clip has."""
    result: list[MouthFrame] = []
    number = _FIRST_NUMBER
    for at, frame in enumerate(frames):
        before = frames[at - 1]
        follows = at > 0 and frame.number == before.number + 1 and frame.shot == before.shot
        number += 1 if follows else 2
        result.append(replace(frame, number=number, shot=-1 - frame.shot))
    return result
