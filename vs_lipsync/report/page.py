"""A report as one HTML page that loads nothing."""

import base64
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from vs_lipsync.plan.frame_plan import Action, Reason
from vs_lipsync.report.assets import joined_scripts, joined_styles
from vs_lipsync.report.report import Report
from vs_lipsync.timing.position import format_time

__all__ = ["render"]

_NO_VALUE: Final = 255
"""Stands for a frame without a mouth opening; the others are 0..254."""

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
}
_OTHER_COLOUR: Final = 11

_LEAST_TOP: Final = 0.3
"""Mouth opening at the top of the curves, at least, inter-ocular: wide open."""


def render(report: Report) -> str:
    """Return the page. All that comes from outside, names above all, is text in it and never markup."""
    environment = Environment(
        loader=PackageLoader("vs_lipsync.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    counts: Counter[tuple[str, str]] = Counter()
    for span in report.spans:
        counts[span.action, span.reason] += span.stop - span.first
    order = [key for key, _ in counts.most_common()]
    order.sort(key=lambda key: key[0] != Action.DUB)
    reasons = [_reason(action, reason, counts[action, reason], report.frames) for action, reason in order]
    changed = sum(count for (action, _), count in counts.items() if action == Action.DUB)
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
        data=_data(report, {key: index for index, key in enumerate(order)}, reasons),
    )


def _reason(action: str, reason: str, count: int, frames: int) -> dict[str, Any]:
    dubbed = action == Action.DUB
    return {
        "text": reason,
        "kind": "dub" if dubbed else "pass",
        "word": "changes" if dubbed else "stays",
        "colour": _COLOURS.get(reason, _OTHER_COLOUR),
        "count": count,
        "frames": f"{count:,}",
        "share": _share(count, frames),
    }


def _share(count: int, frames: int) -> str:
    share = 100 * count / frames
    return (
        f"{share:.1f} %" if count in (0, frames) or 0.05 <= share < 99.95 else "< 0.1 %" if share < 50 else "> 99.9 %"
    )


def _data(report: Report, index: Mapping[tuple[str, str], int], reasons: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the page's program draws."""
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
        "ranges": [[span.first, span.stop, index[span.action, span.reason]] for span in report.spans],
        "reasons": [{key: reason[key] for key in ("text", "kind", "word", "colour")} for reason in reasons],
        "lanes": [
            {
                "name": lane.name,
                "tracks": [[track.first, track.stop, track.picture, int(track.target)] for track in lane.tracks],
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
    """Return amplitudes as bytes: their square roots, so that speech is seen beside what is loud."""
    return "" if values is None else _text(np.rint(255 * np.sqrt(np.clip(values, 0, 1))).astype(np.uint8).tobytes())


def _openings(values: NDArray[np.float32] | None, top: float) -> str:
    if values is None:
        return ""
    known = np.isfinite(values)
    scaled = np.rint(254 * np.clip(np.where(known, values, 0) / top, 0, 1)).astype(np.uint8)
    return _text(np.where(known, scaled, _NO_VALUE).astype(np.uint8).tobytes())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
