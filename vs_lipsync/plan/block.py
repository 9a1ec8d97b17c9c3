"""The plan of one block of frames, made from the faces and cuts around it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import numpy as np

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import POINTS
from vs_lipsync.faces.smoothing import smooth
from vs_lipsync.identity.selection import Chooser, Shot, TargetChoice, choose_main
from vs_lipsync.plan.bridging import bridge
from vs_lipsync.plan.covers import find_covered
from vs_lipsync.plan.frame_plan import FramePlan, Reason
from vs_lipsync.plan.scenes import shots_of
from vs_lipsync.plan.usability import MIN_PRESENCE, judge

__all__ = ["MIN_FRAMES", "plan_window"]

MIN_FRAMES: Final = 3
"""A face seen in fewer frames of a shot that has more is a flicker of the detector."""


def plan_window(
    faces: Sequence[Sequence[Face]],
    cuts: Sequence[bool],
    first: int,
    width: int,
    height: int,
    choose: Chooser = choose_main,
) -> list[FramePlan]:
    """Plan consecutive frames.

    Args:
        faces: per frame, the faces found, landmarks in luma samples.
        cuts: per frame, whether it begins a shot.
        first: number of the first frame.
        width: width of the picture, in luma samples.
        height: height of the picture.
        choose: chooses the target of a shot; if not given, it is the main face, the one with the greatest area summed
            over the window's frames.

    Returns:
        One FramePlan per frame.
    """
    plans: list[FramePlan] = []
    for start, stop in shots_of(cuts):
        shot = first + start
        found = [(number, faces[number]) for number in range(start, stop)]
        target = choose(found, first)
        if len(target.faces) < min(MIN_FRAMES, stop - start):
            brief = bool(target.faces)
            plans += [
                FramePlan(first + number, shot, Reason.BRIEF if brief and seen else _missing(number, seen, target))
                for number, seen in found
            ]
        else:
            plans += _plan_shot(found, target, first, shot, width, height)
    return plans


def _plan_shot(
    found: Shot, target: TargetChoice, first: int, shot: int, width: int, height: int
) -> Iterator[FramePlan]:
    raw = np.full((len(found), POINTS, 3), np.nan, np.float32)
    presence, cover = np.full((2, len(found)), np.nan, np.float32)
    for row, (number, faces) in enumerate(found):
        if number in target.faces:
            face = faces[target.faces[number]]
            raw[row], presence[row], cover[row] = face.landmarks, face.presence, face.cover
    raw, presence = bridge(raw, presence, MIN_PRESENCE)
    smoothed = smooth(raw)
    rows = [row for row, (number, _) in enumerate(found) if number in target.faces]
    judged = dict(zip(rows, judge(smoothed[rows], presence[rows], width, height), strict=True))
    for row in np.flatnonzero(find_covered(cover, raw)).tolist():
        if judged[row] is Reason.TARGET:
            judged[row] = Reason.COVERED
    reasons = [
        judged[row] if row in judged else _missing(number, faces, target) for row, (number, faces) in enumerate(found)
    ]
    for (number, _), reason, landmarks in zip(found, _without_flicker(reasons), smoothed, strict=True):
        usable = reason is Reason.TARGET
        yield FramePlan(first + number, shot, reason, target.faces.get(number, -1), landmarks if usable else None)


def _missing(number: int, faces: Sequence[Face], target: TargetChoice) -> Reason:
    """Return the reason to pass a frame in which the target was not found."""
    if not faces:
        return Reason.NO_FACE
    return Reason.TARGET_UNSURE if number in target.unsure else Reason.TARGET_ABSENT


def _without_flicker(reasons: Sequence[Reason]) -> list[Reason]:
    """Return a shot's reasons with `Reason.BRIEF` for runs of fewer than MIN_FRAMES usable frames, if it is longer."""
    result: list[Reason] = []
    for reason, group in groupby(reasons):
        run = list(group)
        brief = reason is Reason.TARGET and len(run) < MIN_FRAMES < len(reasons)
        result += [Reason.BRIEF] * len(run) if brief else run
    return result
