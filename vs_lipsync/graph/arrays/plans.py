"""The plans of consecutive frames as packed arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import POINTS
from vs_lipsync.graph.arrays.packing import Arrays
from vs_lipsync.plan.frame_plan import FramePlan, Reason

__all__ = ["plan_from", "plans_from", "plans_to", "reasons_from"]

REASONS = tuple(Reason)


def plans_to(plans: Sequence[FramePlan]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the plans of n consecutive frames, of which m have landmarks.

    Returns:
        first      [1] int64: number of the first frame in the clip
        reasons    [n] uint8: index among the members of `Reason`
        shots      [n] int64: number of the first frame of the frame's shot
        faces      [n] int8: index of the target among the frame's faces; -1 where it is not there
        rows       [n] int32: index of the frame's landmarks; -1 where it has none
        landmarks  [m, 468, 3] float32: of the target, in luma samples
    """
    known = [plan.landmarks for plan in plans if plan.landmarks is not None]
    rows = np.cumsum([plan.landmarks is not None for plan in plans]) - 1
    return {
        "first": np.array([plans[0].number], np.int64),
        "reasons": np.array([REASONS.index(plan.reason) for plan in plans], np.uint8),
        "shots": np.array([plan.shot for plan in plans], np.int64),
        "faces": np.array([plan.face for plan in plans], np.int8),
        "rows": np.where([plan.landmarks is not None for plan in plans], rows, -1).astype(np.int32),
        "landmarks": np.stack(known) if known else np.empty((0, POINTS, 3), np.float32),
    }


def plans_from(arrays: Arrays) -> list[FramePlan]:
    """Return the plans of consecutive frames from the arrays of `plans_to`; their landmarks are views."""
    first = int(arrays["first"][0])
    return [plan_from(arrays, number) for number in range(first, first + len(arrays["reasons"]))]


def reasons_from(arrays: Arrays) -> tuple[int, list[Reason]]:
    """Return the number of the first frame, and the reasons of it and the following ones, from those arrays."""
    return int(arrays["first"][0]), [REASONS[int(index)] for index in arrays["reasons"]]


def plan_from(arrays: Arrays, number: int) -> FramePlan:
    """Return the plan of one frame, by its number in the clip, from the arrays of `plans_to`."""
    row = number - int(arrays["first"][0])
    at = int(arrays["rows"][row])
    return FramePlan(
        number,
        int(arrays["shots"][row]),
        REASONS[int(arrays["reasons"][row])],
        int(arrays["faces"][row]),
        arrays["landmarks"][at].astype(np.float32, copy=False) if at >= 0 else None,
    )
