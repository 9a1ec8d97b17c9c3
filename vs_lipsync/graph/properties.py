"""The frame properties that the filter sets."""

from typing import Final

import vapoursynth as vs

from vs_lipsync.plan.outcomes import Outcome

__all__ = ["ACTION", "BOX", "FACE", "REASON", "outcome_of", "sides_of"]

ACTION: Final = "LipSyncAction"
"""What was done: a `plan.frame_plan.Action`."""

REASON: Final = "LipSyncReason"
"""Why: a `plan.frame_plan.Reason`."""

BOX: Final = "LipSyncBox"
"""On dubbed frames [x, y, width, height] in luma samples, outside of which nothing has changed; four for each mouth."""

FACE: Final = "LipSyncFace"
"""On frames of `lipsync_plan` that are to be dubbed, the box of the target's face, in the same form."""


def outcome_of(frame: vs.VideoFrame) -> Outcome:
    """Read what happened to a frame of the filter's result, or of its plan."""
    return Outcome(str(frame.props[ACTION]), str(frame.props.get(REASON, "")))


def sides_of(frame: vs.VideoFrame, name: str) -> list[int]:
    """Return the boxes that a frame has under `BOX` or `FACE`, one after the other; nothing where it has none."""
    sides = frame.props.get(name)
    return [side for side in sides if isinstance(side, int)] if isinstance(sides, list) else []
