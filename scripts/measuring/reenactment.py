"""Reenactment: mouths that are asked to be what a true frame shows, made without that frame and its neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.measuring.dubbed import laid_over
from scripts.measuring.footage import Measured
from scripts.measuring.pictures import compared
from scripts.measuring.views import parts, stabilised
from vs_lipsync.evaluation.motion_metrics import jitter
from vs_lipsync.faces.landmarks import STABLE, mouth_opening
from vs_lipsync.mouth.bank import Bank, with_bank
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.drawing import Mouth, chooser_of, drawing_of, shown_mouths
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.planes.image import Crop

__all__ = ["APART", "Reenacted", "reenact", "reenacted"]

APART = 12
"""Frames about the true one of which none may be an exemplar."""

_LEAST = 4 * APART
"""Usable frames that a shot must have."""


@dataclass(frozen=True)
class Reenacted:
    """Measures of a clip's reenactment.

    Attributes:
        made: part of the face to [n, 4] `pictures.MEASURES` of each frame made.
        before: the same of the plain predecessor: the frame `APART` before, moved rigidly. Empty without one.
        second_difference: of the stabilised picture over time, as a multiple of the true one's.
    """

    made: dict[str, NDArray[np.float64]]
    before: dict[str, NDArray[np.float64]]
    second_difference: float


def reenact(footage: Footage, shift: int = 0, widest: float = np.inf) -> Iterator[tuple[int, int, Mouth]]:
    """Yield the index of a frame, that of the frame whose mouth it is asked for, and the mouth.

    Args:
        footage: a clip, or a window of one; with exemplars from elsewhere behind it, if there are any.
        shift: how many usable frames of its shot later the mouth asked for is: 0 for a frame's own.
        widest: opening, in inter-ocular distances, up to which a frame may be an exemplar: as if the shot were silent.
    """
    for shot in np.unique(footage.shots):
        members = np.flatnonzero(footage.usable & (footage.shots == shot) & ~footage.elsewhere)
        if len(members) < _LEAST + shift:
            continue
        here, wanted = members[: len(members) - shift], members[shift:]
        candidates = footage.candidates(members)
        numbers = np.array([frame.number for frame in footage.frames])
        barred = np.abs(numbers[wanted][:, None] - numbers[candidates][None]) <= APART
        barred |= (mouth_opening(footage.shapes[candidates]) > widest) & ~footage.elsewhere[candidates]
        kept = ~barred.all(1)  # of a frame whose shut neighbours are all too near nothing can be made
        here, wanted, barred = here[kept], wanted[kept], barred[kept]
        shapes = footage.shapes[wanted]
        lacking = np.full(len(here), float(widest < np.inf and footage.elsewhere.any()))
        chooser = chooser_of(footage, candidates)
        path = chooser.choose(shapes, footage.conditions(here), barred=barred, lacking=lacking)
        exemplars = candidates[path]
        shown = shown_mouths(shapes, footage, exemplars)
        for k, index in enumerate(here):
            yield int(index), int(wanted[k]), Mouth(int(index), shapes[k], shown[k], 0.0, 0.0)


def reenacted(
    clip: Measured,
    shift: int = 0,
    least: float = 0.0,
    every: int = 1,
    bank: Bank | None = None,
    widest: float = np.inf,
) -> Reenacted:
    """Make a clip's mouths again and compare them.

    Args:
        clip: the clip.
        shift: as for `reenact`. With one, a frame is made to look like a later one, which is then moved rigidly onto it
            to compare: jaw and neck have to be made then, too.
        least: compare only where the openings of the two frames differ by as much, in inter-ocular distances.
        every: compare every so many frames.
        bank: exemplars from elsewhere that are at hand as well.
        widest: as for `reenact`.
    """
    footage = Footage.of(clip.frames)
    footage = footage if bank is None else with_bank(footage, bank)
    openings = mouth_opening(footage.shapes)
    made: dict[str, list[NDArray[np.float64]]] = {}
    before: dict[str, list[NDArray[np.float64]]] = {}
    still: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    for index, wanted, mouth in reenact(footage, shift, widest):
        crop, frame = clip.wide[index], clip.frames[index]
        judged = not index % every and abs(openings[index] - openings[wanted]) >= least
        if shift and not judged:
            continue
        patch = drawing_of(footage, mouth).draw()
        if crop is None or frame.landmarks is None or patch is None:
            continue
        new = _luma(laid_over(crop, patch))
        if not shift:
            still.append((stabilised(_luma(crop), crop, frame.landmarks), stabilised(new, crop, frame.landmarks)))
        if not judged:
            continue
        true = _carried(clip, wanted, crop, frame) if shift else _luma(crop)
        _compare(made, crop, frame, new, true)
        earlier = index - APART
        if shift:
            _compare(before, crop, frame, _luma(crop), true)
        elif earlier >= 0 and clip.wide[earlier] is not None and footage.shots[earlier] == footage.shots[index]:
            _compare(before, crop, frame, _carried(clip, earlier, crop, frame), true)
    old, made_again = (jitter(np.array([pair[k] for pair in still])) if len(still) > 2 else np.nan for k in (0, 1))
    return Reenacted(_stacked(made), _stacked(before), made_again / old)


def _compare(
    into: dict[str, list[NDArray[np.float64]]],
    crop: Crop,
    frame: MouthFrame,
    picture: NDArray[np.float32],
    true: NDArray[np.float32],
) -> None:
    assert frame.landmarks is not None
    for name, box in parts(frame.landmarks, crop).items():
        if min(true[box].shape) >= 11:
            into.setdefault(name, []).append(compared(picture[box], true[box]))


def _stacked(lists: dict[str, list[NDArray[np.float64]]]) -> dict[str, NDArray[np.float64]]:
    return {name: np.array(rows) for name, rows in lists.items()}


def _luma(crop: Crop) -> NDArray[np.float32]:
    """Return the luma of a cut-out, or the green of RGB, as values 0 to 255."""
    return np.asarray(crop.luma, np.float32) * np.float32(255 / crop.format.peak)


def _carried(clip: Measured, index: int, crop: Crop, frame: MouthFrame) -> NDArray[np.float32]:
    """Return a frame of a clip as luma, moved rigidly onto another one, in that one's cut-out."""
    other, there, here = clip.wide[index], clip.frames[index].landmarks, frame.landmarks
    assert other is not None and there is not None and here is not None
    a = there[list(STABLE), :2] - [other.region.x, other.region.y]
    b = here[list(STABLE), :2] - [crop.region.x, crop.region.y]
    p, q = a - a.mean(0), b - b.mean(0)
    size = float((p**2).sum())
    cosine, sine = (p * q).sum() / size, (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / size
    turn = np.array([[cosine, -sine], [sine, cosine]])
    matrix = np.c_[turn, b.mean(0) - turn @ a.mean(0)]
    shape = crop.region.width, crop.region.height
    moved = cv2.warpAffine(_luma(other), matrix, shape, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)
