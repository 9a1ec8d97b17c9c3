"""The frame properties that the filter sets."""

from typing import Final

import vapoursynth as vs

from vs_lipsync.plan.outcomes import Outcome

__all__ = ["ACTION", "BOX", "FACE", "REASON", "outcome_of"]

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
