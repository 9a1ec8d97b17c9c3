"""What the scripts of a page read: curves and pictures as text, and the colours of reasons."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.plan.frame_plan import Action, Reason
from vs_lipsync.plan.outcomes import Outcome

__all__ = ["bytes_text", "levels_text", "openings_text", "outcome_fields", "top_of"]

_NO_VALUE: Final = 255
"""Stands for a frame without a mouth opening; openings are 0..254, a share of the greatest."""

_COLOURS: Final[Mapping[str, int]] = {
    Reason.TARGET: 0,
    Reason.NO_EXEMPLAR: 1,
    Reason.NO_FACE: 2,
    Reason.TARGET_ABSENT: 3,
    Reason.TOO_SMALL: 4,
    Reason.TURNED_AWAY: 5,
    Reason.CUT_OFF: 6,
    Reason.UNSURE: 7,
    Reason.BRIEF: 8,
    Reason.EXCLUDED: 9,
    Reason.OUTSIDE_DUB: 10,
    Reason.COVERED: 12,
}
"""Which of the style sheet's colours c0 to c12 a reason has."""

_OTHER_COLOUR: Final = 11
"""That of all other reasons."""

_LEAST_TOP: Final = 0.3
"""Least mouth opening at the top of the curves, in inter-ocular distances: that of a mouth wide open."""


def outcome_fields(outcome: Outcome) -> dict[str, Any]:
    """Return what the scripts show of an outcome: its words, and which of the style sheet's colours it has."""
    dubbed = outcome.action == Action.DUB
    return {
        "text": outcome.reason,
        "kind": "dub" if dubbed else "pass",
        "word": "changes" if dubbed else "stays",
        "colour": _COLOURS.get(outcome.reason, _OTHER_COLOUR),
    }


def top_of(curves: Iterable[NDArray[np.float32] | None]) -> float:
    """Return the mouth opening at the top of curves, in inter-ocular distances; NaN in them stands for none."""
    known = [curve for curve in curves if curve is not None and np.isfinite(curve).any()]
    return max([_LEAST_TOP, *(float(np.nanmax(curve)) for curve in known)])


def levels_text(values: NDArray[np.float32] | None) -> str:
    """Return amplitudes 0..1 as bytes: 255 times their square roots, so that speech shows beside louder sounds."""
    return (
        "" if values is None else bytes_text(np.rint(255 * np.sqrt(np.clip(values, 0, 1))).astype(np.uint8).tobytes())
    )


def openings_text(values: NDArray[np.float32] | None, top: float) -> str:
    """Return mouth openings as bytes: 254 for `top`, `_NO_VALUE` for NaN."""
    if values is None:
        return ""
    known = np.isfinite(values)
    scaled = np.rint(254 * np.clip(np.where(known, values, 0) / top, 0, 1)).astype(np.uint8)
    return bytes_text(np.where(known, scaled, _NO_VALUE).astype(np.uint8).tobytes())


def bytes_text(data: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(data).decode("ascii")
