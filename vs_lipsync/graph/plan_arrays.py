"""Faces and plans as arrays, the form in which they travel between nodes."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import POINTS
from vs_lipsync.plan.frame_plan import FramePlan, Reason

__all__ = ["faces_from", "faces_to", "plan_from", "plans_from", "plans_to"]

type Arrays = Mapping[str, NDArray[np.generic]]

REASONS = tuple(Reason)


def faces_to(faces: Sequence[Face]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a frame's faces; none when there are no faces."""
    if not faces:
        return {}
    return {
        "landmarks": np.stack([face.landmarks for face in faces]),
        "presence": np.array([face.presence for face in faces], np.float32),
    }


def faces_from(arrays: Arrays) -> list[Face]:
    """Return the faces of a frame from its arrays."""
    if "landmarks" not in arrays:
        return []
    landmarks = arrays["landmarks"].astype(np.float32, copy=False)
    return [Face(points, float(presence)) for points, presence in zip(landmarks, arrays["presence"], strict=True)]


def plans_to(plans: Sequence[FramePlan]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the plans of consecutive frames."""
    found = [plan.landmarks for plan in plans if plan.landmarks is not None]
    rows = np.cumsum([plan.landmarks is not None for plan in plans]) - 1
    return {
        "first": np.array([plans[0].number], np.int64),
        "reasons": np.array([REASONS.index(plan.reason) for plan in plans], np.uint8),
        "shots": np.array([plan.shot for plan in plans], np.int64),
        "faces": np.array([plan.face for plan in plans], np.int8),
        "rows": np.where([plan.landmarks is not None for plan in plans], rows, -1).astype(np.int32),
        "landmarks": np.stack(found) if found else np.empty((0, POINTS, 3), np.float32),
    }


def plans_from(arrays: Arrays) -> list[FramePlan]:
    """Return the plans of consecutive frames from their arrays."""
    first = int(arrays["first"][0])
    return [plan_from(arrays, number) for number in range(first, first + len(arrays["reasons"]))]


def plan_from(arrays: Arrays, number: int) -> FramePlan:
    """Return the plan of one frame, by its number in the clip."""
    row = number - int(arrays["first"][0])
    at = int(arrays["rows"][row])
    return FramePlan(
        number,
        int(arrays["shots"][row]),
        REASONS[int(arrays["reasons"][row])],
        int(arrays["faces"][row]),
        arrays["landmarks"][at].astype(np.float32, copy=False) if at >= 0 else None,
    )
