"""A report as one HTML page that loads nothing."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from vs_lipsync.plan.frame_plan import Action
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.report.assets import joined_scripts, joined_styles
from vs_lipsync.report.encoded import bytes_text, levels_text, openings_text, outcome_fields, top_of
from vs_lipsync.report.report import Report
from vs_lipsync.timing.position import format_time

__all__ = ["render"]


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
        data=_data(report, {outcome: index for index, outcome in enumerate(order)}),
    )


def _reason(outcome: Outcome, count: int, frames: int) -> dict[str, Any]:
    """Return what the template and the scripts show of an outcome that `count` of all frames have."""
    return outcome_fields(outcome) | {"count": count, "frames": f"{count:,}", "share": _share(count, frames)}


def _share(count: int, frames: int) -> str:
    """Return a share in per cent, which only none and all of the frames round to 0 and 100."""
    share = 100 * count / frames
    return (
        f"{share:.1f} %" if count in (0, frames) or 0.05 <= share < 99.95 else "< 0.1 %" if share < 50 else "> 99.9 %"
    )


def _data(report: Report, index: Mapping[Outcome, int]) -> dict[str, Any]:
    """Return what the scripts of the page read; `template/script/data.js` says what is what."""
    top = top_of([report.measured, report.requested])
    return {
        "frames": report.frames,
        "fps": [report.fps.numerator, report.fps.denominator],
        "dub": report.dub,
        "aspect": report.width / report.height,
        "shots": list(report.shots),
        "ranges": [[run.first, run.last + 1, index[run.outcome]] for run in report.ranges],
        "reasons": [outcome_fields(outcome) for outcome in index],
        "lanes": [
            {
                "name": lane.name,
                "tracks": [[span.first, span.stop, span.picture, int(span.target)] for span in lane.spans],
            }
            for lane in report.lanes
        ],
        "thumbs": {str(shot): bytes_text(picture) for shot, picture in report.thumbnails.items()},
        "faces": [bytes_text(picture) for picture in report.faces],
        "sound": {
            "bins": report.sounds.bins,
            "original": levels_text(report.sounds.original),
            "dub": levels_text(report.sounds.dub),
        },
        "mouth": {
            "top": top,
            "measured": openings_text(report.measured, top),
            "requested": openings_text(report.requested, top),
        },
    }
