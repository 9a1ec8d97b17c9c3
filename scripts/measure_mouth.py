"""Measure the mouths that the default generator makes: do they go where they are told, sharp and steady?

python -m scripts.measure_mouth CLIP --driver OTHER_CLIP [--sheet sheet.png]
python -m scripts.measure_mouth CLIP --driver OTHER_CLIP --from-sound [--json]
python -m scripts.measure_mouth CLIP --audio DUB

A driver's lips, as the landmark net sees them, are a motion that is known; a dub is what users have. With the sound of
a driver as the dub, its lips are the truth that the whole chain is judged by. The net is run again on the frames made,
in several slightly different crops: from one crop to the next its mouth opening varies by 0.005 to 0.014 inter-ocular
distances (standard deviation).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.measuring.driven import DrivenMotion
from scripts.measuring.dubbed import dub, laid_over
from scripts.measuring.footage import Measured, read
from scripts.measuring.looker import Looker
from scripts.measuring.views import close_up, mouth_box, stabilised
from vs_lipsync.errors import DubError
from vs_lipsync.evaluation.motion_metrics import amplitude_ratio, jitter, lag_correlation, partial_correlation
from vs_lipsync.evaluation.picture_metrics import sharpness
from vs_lipsync.faces.landmarks import mouth_opening, mouth_width
from vs_lipsync.mouth.base import Patch
from vs_lipsync.mouth.request import LipMotion
from vs_lipsync.mouth.warp import WarpGenerator
from vs_lipsync.plan.grid import Grid
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion


@dataclass(frozen=True)
class MouthMeasures:
    """What the mouths made are like. Correlations with the driver are the greatest over lags of up to two frames.

    Attributes:
        frames: frames with a new mouth.
        no_exemplar: those of them for which no frame of the footage showed a fitting mouth.
        requested_deviation: standard deviation of the requested opening, inter-ocular distances.
        source_deviation: standard deviation of the opening in the footage.
        requested: correlation of the opening in the result with that requested.
        slope: of the regression of the one on the other.
        leak: partial correlation of the openings in the result and in the footage, given the request.
        second_difference: of the stabilised picture over time, relative to the footage's.
        sharpness: median of the mouth's, relative to the footage's.
        milliseconds: processor time a frame.
        net: correlation of the requested opening with the driver's; None without a driver's lips.
        driver: correlation of the opening in the result with the driver's.
        width: correlation of the width in the result with the driver's.
        amplitude: standard deviation of the opening in the result over the driver's.
        own_amplitude: the same over that of the opening in the footage while its own speaker speaks; over all of the
            footage where it has no sound or nobody speaks in it.
        own_width: the same of widths.
        made_width: standard deviation of the width in the result over that of the width requested.
    """

    frames: int
    no_exemplar: int
    requested_deviation: float
    source_deviation: float
    requested: float
    slope: float
    leak: float
    second_difference: float
    sharpness: float
    milliseconds: float
    own_amplitude: float
    own_width: float
    made_width: float
    net: float | None = None
    driver: float | None = None
    width: float | None = None
    amplitude: float | None = None


def measure(
    clip: Measured,
    patches: Sequence[Patch | None],
    requested: dict[int, NDArray[np.floating]],
    spent: float,
    crops: int,
    driver: Measured | None,
    speech: NDArray[np.bool_],
) -> MouthMeasures:
    """Look at the mouths made, and at those of the footage, [n] while its speaker speaks, and of the driver."""
    look = Looker(crops)
    numbers, made, old, sharp = [], [], [], []
    still: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    for number in requested:
        crop, landmarks, patch = clip.wide[number], clip.frames[number].landmarks, patches[number]
        if crop is None or landmarks is None or patch is None:
            continue
        new = laid_over(crop, patch)
        numbers.append(number)
        made.append(look.mouth(new, landmarks))
        old.append(look.mouth(crop, landmarks))
        box = mouth_box(landmarks, crop)
        sharp.append(sharpness(new.planes[0][box]) / max(sharpness(crop.planes[0][box]), 1e-9))
        still.append((stabilised(crop.planes[0], crop, landmarks), stabilised(new.planes[0], crop, landmarks)))
    shapes = np.array([requested[number] for number in numbers])
    a, a_width = mouth_opening(shapes).astype(np.float64), mouth_width(shapes)
    b, c = np.array(made), np.array(old)
    spoken = c[speech[numbers]] if speech[numbers].sum() > 10 else c
    before, after = (jitter(np.array([pair[k] for pair in still])) for k in (0, 1))
    measures = MouthMeasures(
        frames=len(a),
        no_exemplar=sum(bool(p and p.note) for p in patches),
        requested_deviation=float(a.std()),
        source_deviation=float(c[:, 0].std()),
        requested=float(np.corrcoef(a, b[:, 0])[0, 1]),
        slope=float(np.polyfit(a, b[:, 0], 1)[0]),
        leak=partial_correlation(b[:, 0], c[:, 0], a),
        second_difference=after / before,
        sharpness=float(np.median(sharp)),
        milliseconds=spent,
        own_amplitude=amplitude_ratio(b[:, 0], spoken[:, 0]),
        own_width=amplitude_ratio(b[:, 1], spoken[:, 1]),
        made_width=amplitude_ratio(b[:, 1], a_width),
    )
    if driver is None:
        return measures
    times = np.array(numbers) / clip.rate
    truth, seen = _of_driver(driver, look, times)
    return replace(
        measures,
        net=lag_correlation(a[seen], truth[seen, 0]).correlation,
        driver=lag_correlation(b[seen, 0], truth[seen, 0]).correlation,
        width=lag_correlation(b[seen, 1], truth[seen, 1]).correlation,
        amplitude=amplitude_ratio(b[seen, 0], truth[seen, 0]),
    )


def speech_in(path: str, clip: Measured) -> NDArray[np.bool_]:
    """Return whether somebody speaks in each frame [n] of a clip, by its own sound; everywhere if it has none."""
    try:
        return Motion(Dub.open(path)).at(np.arange(len(clip.frames)) / clip.rate).speech > 0.5
    except DubError:
        return np.ones(len(clip.frames), bool)


def _of_driver(
    driver: Measured, look: Looker, times: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return opening and width [n, 2] of the driver's mouth at times [n] in seconds, and where [n] they are known."""
    known = [
        (number / driver.rate, look.mouth(crop, frame.landmarks))
        for number, (crop, frame) in enumerate(zip(driver.wide, driver.frames, strict=True))
        if crop is not None and frame.landmarks is not None
    ]
    at, mouths = np.array([time for time, _ in known]), np.array([mouth for _, mouth in known])
    nearest = np.abs(times[:, None] - at).min(1)
    return np.stack([np.interp(times, at, column) for column in mouths.T], 1), nearest < 1 / driver.rate


def told(measures: MouthMeasures) -> str:
    """Return the measures as lines to read."""
    lines = [
        f"frames {measures.frames}, no exemplar in {measures.no_exemplar}",
        f"deviation of the opening requested {measures.requested_deviation:.3f}, "
        f"of the source {measures.source_deviation:.3f}",
        f"correlation {measures.requested:.3f}, slope {measures.slope:.2f}, "
        f"old mouth given the request {measures.leak:+.2f}",
        f"amplitude over the speaker's own {measures.own_amplitude:.2f}, of the width {measures.own_width:.2f}, "
        f"width over the one requested {measures.made_width:.2f}",
        f"second difference over time {measures.second_difference:.2f} of the source's, "
        f"sharpness {measures.sharpness:.2f} of it",
        f"{measures.milliseconds:.1f} ms of processor time a frame",
    ]
    if measures.driver is not None:
        lines.append(
            f"with the driver: requested {measures.net:.3f}, made {measures.driver:.3f}, width {measures.width:.3f}, "
            f"amplitude {measures.amplitude:.2f}"
        )
    return "\n".join(lines)


@click.command()
@click.argument("clip", type=click.Path(exists=True, dir_okay=False))
@click.option("--driver", type=click.Path(exists=True, dir_okay=False), help="clip whose lips are the motion")
@click.option("--from-sound", is_flag=True, help="the driver's sound is the dub, its lips what the result is judged by")
@click.option("--audio", type=click.Path(exists=True, dir_okay=False), help="dub, in place of a driver")
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
@click.option("--frames", default=240, show_default=True, help="frames to look at")
@click.option("--crops", default=6, show_default=True, help="crops that the landmark net's answer is averaged over")
@click.option("--strength", default=1.0, show_default=True)
@click.option("--sheet", type=click.Path(path_type=Path), help="PNG of the mouths, source above, made below")
def main(
    clip: str,
    driver: str | None,
    from_sound: bool,
    audio: str | None,
    as_json: bool,
    frames: int,
    crops: int,
    strength: float,
    sheet: Path | None,
) -> None:
    """Measure the mouths made for CLIP with a driver's lips, a driver's sound, or a dub."""
    if (driver is None) == (audio is None):
        raise click.UsageError("give either --driver or --audio")
    footage = read(clip, frames)
    driven = read(driver, frames) if driver else None
    motion: LipMotion
    motion = DrivenMotion(driven) if driven and not from_sound else Motion(Dub.open(str(audio or driver)))
    shown = [crop for crop in footage.wide if crop is not None]
    if not shown:
        raise click.ClickException("no usable face in the clip")
    grid = Grid.for_frames_of(0)
    generator = WarpGenerator(motion, strength, past=grid.past, ahead=grid.ahead)
    made = dub(footage, generator, grid)
    patches, requested = made.patches, made.requested
    measures = measure(
        footage,
        patches,
        requested,
        made.milliseconds,
        crops,
        driven if from_sound else None,
        speech_in(clip, footage),
    )
    click.echo(json.dumps(asdict(measures)) if as_json else told(measures))
    if sheet:
        columns = []
        for number in np.array(list(requested))[np.linspace(0, len(requested) - 1, 10).astype(int)]:
            crop, landmarks, patch = footage.wide[number], footage.frames[number].landmarks, patches[number]
            if crop is not None and landmarks is not None and patch is not None:
                pair = close_up(crop, landmarks), close_up(laid_over(crop, patch), landmarks)
                columns.append(np.vstack(pair))
        cv2.imwrite(str(sheet), np.hstack(columns)[..., ::-1])


if __name__ == "__main__":
    main()
