"""A report as one HTML page that loads nothing."""

import base64
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from vs_lipsync.plan.frame_plan import Action, Reason
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.report.assets import joined_scripts, joined_styles
from vs_lipsync.report.report import Report
from vs_lipsync.timing.position import format_time

__all__ = ["render"]

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


def render(report: Report) -> str:
    """Return the page. All that comes from outside, names above all, is text in it and never markup."""
    environment = Environment(
        loader=PackageLoader("vs_lipsync.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    counts: Counter[Outcome] = Counter()
    for run in report.ranges:
        counts[run.outcome] += run.last + 1 - run.first
    order = [outcome for outcome, _ in counts.most_common()]
    order.sort(key=lambda outcome: outcome.action != Action.DUB)
    reasons = [_reason(outcome, counts[outcome], report.frames) for outcome in order]
    changed = sum(count for outcome, count in counts.items() if outcome.action == Action.DUB)
    return environment.get_template("page.html").render(
        name=report.name,
        length=format_time(report.frames / report.fps),
        frames=f"{report.frames:,}",
        rate=f"{float(report.fps):.3f}".rstrip("0").rstrip("."),
        width=report.width,
        height=report.height,
        shots=f"{len(report.shots):,}",
        dub=report.dub,
        last=report.frames - 1,
        changed=f"{changed:,}",
        share=_share(changed, report.frames),
        reasons=reasons,
        styles=joined_styles(),
        scripts=joined_scripts(),
        data=_data(report, {outcome: index for index, outcome in enumerate(order)}, reasons),
    )


def _reason(outcome: Outcome, count: int, frames: int) -> dict[str, Any]:
    """Return what the template and the scripts show of an outcome that `count` of all frames have."""
    dubbed = outcome.action == Action.DUB
    return {
        "text": outcome.reason,
        "kind": "dub" if dubbed else "pass",
        "word": "changes" if dubbed else "stays",
        "colour": _COLOURS.get(outcome.reason, _OTHER_COLOUR),
        "count": count,
        "frames": f"{count:,}",
        "share": _share(count, frames),
    }


def _share(count: int, frames: int) -> str:
    """Return a share in per cent, which only none and all of the frames round to 0 and 100."""
    share = 100 * count / frames
    return (
        f"{share:.1f} %" if count in (0, frames) or 0.05 <= share < 99.95 else "< 0.1 %" if share < 50 else "> 99.9 %"
    )


def _data(report: Report, index: Mapping[Outcome, int], reasons: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the scripts of the page read; `template/script/data.js` says what is what."""
    top = _LEAST_TOP
    for values in (report.measured, report.requested):
        if values is not None and np.isfinite(values).any():
            top = max(top, float(np.nanmax(values)))
    return {
        "frames": report.frames,
        "fps": [report.fps.numerator, report.fps.denominator],
        "dub": report.dub,
        "aspect": report.width / report.height,
        "shots": list(report.shots),
        "ranges": [[run.first, run.last + 1, index[run.outcome]] for run in report.ranges],
        "reasons": [{key: reason[key] for key in ("text", "kind", "word", "colour")} for reason in reasons],
        "lanes": [
            {
                "name": lane.name,
                "tracks": [[span.first, span.stop, span.picture, int(span.target)] for span in lane.spans],
            }
            for lane in report.lanes
        ],
        "thumbs": {str(shot): _text(picture) for shot, picture in report.thumbnails.items()},
        "faces": [_text(picture) for picture in report.faces],
        "sound": {
            "bins": report.sounds.bins,
            "original": _levels(report.sounds.original),
            "dub": _levels(report.sounds.dub),
        },
        "mouth": {
            "top": top,
            "measured": _openings(report.measured, top),
            "requested": _openings(report.requested, top),
        },
    }


def _levels(values: NDArray[np.float32] | None) -> str:
    """Return amplitudes 0..1 as bytes: 255 times their square roots, so that speech shows beside louder sounds."""
    return "" if values is None else _text(np.rint(255 * np.sqrt(np.clip(values, 0, 1))).astype(np.uint8).tobytes())


def _openings(values: NDArray[np.float32] | None, top: float) -> str:
    """Return mouth openings as bytes: 254 for `top`, `_NO_VALUE` for NaN."""
    if values is None:
        return ""
    known = np.isfinite(values)
    scaled = np.rint(254 * np.clip(np.where(known, values, 0) / top, 0, 1)).astype(np.uint8)
    return _text(np.where(known, scaled, _NO_VALUE).astype(np.uint8).tobytes())


def _text(data: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(data).decode("ascii")
