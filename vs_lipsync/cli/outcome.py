"""What the filter says about a frame."""

import vapoursynth as vs

from vs_lipsync.cli.ranges import Outcome

__all__ = ["outcome_of"]


def outcome_of(frame: vs.VideoFrame) -> Outcome:
    """Read what happened to a frame of the filter's result, or of its plan, from its props."""
    return Outcome(str(frame.props["LipSyncAction"]), str(frame.props.get("LipSyncReason", "")))
