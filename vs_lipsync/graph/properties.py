"""The frame properties that the filter sets."""

from typing import Final

import vapoursynth as vs

from vs_lipsync.plan.outcomes import Outcome

__all__ = ["ACTION", "BOX", "FACE", "REASON", "outcome_of", "sides_of"]

ACTION: Final = "LipSyncAction"
"""What happens to the frame: a value of `plan.frame_plan.Action`, "dub" or "pass"."""

REASON: Final = "LipSyncReason"
"""Why: a value of `plan.frame_plan.Reason`."""

BOX: Final = "LipSyncBox"
"""On dubbed frames: x, y, width and height in luma samples of the box outside of which nothing has changed; four
numbers for each mouth."""

FACE: Final = "LipSyncFace"
"""On frames of `lipsync_plan` that are dubbed: the box of the target's landmarks in the same form."""


def outcome_of(frame: vs.VideoFrame) -> Outcome:
    """Read the outcome of a frame of the filter's result, or of `lipsync_plan`."""
    return Outcome(str(frame.props[ACTION]), str(frame.props.get(REASON, "")))


def sides_of(frame: vs.VideoFrame, name: str) -> list[int]:
    """Return the numbers of a frame's property `BOX` or `FACE`, four for each box; nothing where it has none."""
    sides = frame.props.get(name)
    return [side for side in sides if isinstance(side, int)] if isinstance(sides, list) else []
