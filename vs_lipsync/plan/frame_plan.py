"""The plan of one frame: whether it is dubbed, and the reason."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Action", "FramePlan", "Reason", "without"]


class Action(StrEnum):
    """Whether a frame is dubbed or passes unchanged: the values of the frame property LipSyncAction."""

    DUB = "dub"
    PASS = "pass"  # noqa: S105 - no password


class Reason(StrEnum):
    """Why a frame is dubbed or passes: the values of the frame property LipSyncReason."""

    TARGET = "target speaks"
    NO_FACE = "no face"
    TARGET_ABSENT = "target not found"
    TARGET_UNSURE = "target unsure"
    TOO_SMALL = "face too small"
    TURNED_AWAY = "face turned away"
    CUT_OFF = "mouth outside the picture"
    UNSURE = "face unsure"
    BRIEF = "face too brief"
    EXCLUDED = "excluded"
    OUTSIDE_DUB = "outside the dub"
    BETWEEN_CUES = "between the cues"
    OUTSIDE_ZONES = "outside the zones"
    ZONE_PASSES = "zone passes"
    NO_EXEMPLAR = "no exemplar"
    NOT_MADE = "mouth could not be made"
    COVERED = "mouth covered"

    @property
    def action(self) -> Action:
        """The action of a frame with this reason."""
        return Action.DUB if self in (Reason.TARGET, Reason.NO_EXEMPLAR) else Action.PASS


@dataclass(frozen=True, slots=True)
class FramePlan:
    """The plan of one frame.

    Attributes:
        number: frame number in the clip.
        shot: number of the first frame of its shot, or of the first analysed frame if the shot began before.
        reason: why the frame is dubbed or passes.
        face: index of the target among the frame's faces; -1 when it is not there.
        landmarks: [468, 3] of the target, in luma samples, smoothed; None when the frame passes.
    """

    number: int
    shot: int
    reason: Reason
    face: int = -1
    landmarks: NDArray[np.float32] | None = None

    @property
    def action(self) -> Action:
        """The action that follows from the reason."""
        return self.reason.action


def without(plan: FramePlan) -> FramePlan:
    """Return the plan of a frame that the user wants left alone; no mouth is taken from it either."""
    return replace(plan, reason=Reason.EXCLUDED, landmarks=None)
