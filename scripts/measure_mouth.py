"""Measure the mouths that the default generator makes: do they go where they are told, sharp and steady?

python scripts/measure_mouth.py CLIP --driver OTHER_CLIP [--sheet sheet.png]
python scripts/measure_mouth.py CLIP --driver OTHER_CLIP --from-sound [--json]
python scripts/measure_mouth.py CLIP --audio DUB

A driver's lips, as the landmark net sees them, are a motion that is known; a dub is what users have. With the sound of
a driver as the dub, its lips are the truth that the whole chain is judged by. The net is run again on the frames made,
in several slightly different crops: from one crop to the next its mouth opening varies by 0.005 to 0.014 inter-ocular
distances (standard deviation).
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click
import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from vs_lipsync.errors import DubError
from vs_lipsync.evaluation.motion_metrics import amplitude_ratio, jitter, lag_correlation, partial_correlation
from vs_lipsync.evaluation.picture_metrics import sharpness
from vs_lipsync.faces.detections import Detector
from vs_lipsync.faces.face import Face, FaceFinder
from vs_lipsync.faces.face_landmarker import FaceLandmarker, around
from vs_lipsync.faces.landmarks import INNER_LIP, LIPS, MOUTH, canonical_face, mouth_opening, mouth_width
from vs_lipsync.mouth.base import Chunk, MouthFrame, Patch
from vs_lipsync.mouth.footage import Footage, Placement
from vs_lipsync.mouth.request import LipMotion, LipMotionSamples
from vs_lipsync.mouth.warp import WarpGenerator
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.grid import Grid
from vs_lipsync.plan.scenes import find_cuts
from vs_lipsync.planes.composite import lay_over
from vs_lipsync.planes.frames import crop_of, rgb_of, sample_format
from vs_lipsync.planes.image import Crop, Planes, Region
from vs_lipsync.planes.rgb import to_rgb
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion

SMALL = 640
"""Longer side of the pictures in which faces are sought."""

STEADY_POINTS = (33, 133, 362, 263, 1, 168)
"""Eyes and nose: what holds the head still when steadiness is measured."""


@dataclass(frozen=True)
class Measured:
    """A clip's frames and what the plan sees in them.

    Attributes:
        frames: what the generator is given.
        wide: wider cut-outs, in which the landmark net can be run again; None when the frame passes.
        rate: frames per second.
    """

    frames: list[MouthFrame]
    wide: list[Crop | None]
    rate: float


def read(path: str, limit: int) -> Measured:
    """Decode and plan the first frames of a clip."""
    clip = vs.core.bs.VideoSource(path, cachemode=0)[:limit]
    scale = min(1.0, SMALL / max(clip.width, clip.height))
    matrix = None if clip.format.color_family != vs.YUV else 1 if clip.height > 576 else 6
    small = clip.resize.Bilinear(
        round(clip.width * scale), round(clip.height * scale), format=vs.RGB24, matrix_in=matrix
    )
    detect, find = Detector(), FaceFinder()
    faces: list[list[Face]] = []
    tiny: list[NDArray[np.uint8]] = []
    for frame in small.frames():
        picture = rgb_of(frame)
        ratio = np.array([clip.width / small.width, clip.height / small.height, clip.width / small.width], np.float32)
        half = np.array([0.5, 0.5, 0], np.float32)
        found = find(picture, detect(picture))
        faces.append([Face((face.landmarks + half) * ratio - half, face.presence) for face in found])
        tiny.append(np.asarray(cv2.resize(picture[..., ::-1], (160, 90), interpolation=cv2.INTER_AREA), np.uint8))
    cuts = set(find_cuts(tiny, before=0, after=0))
    plans = plan_window(faces, [n in cuts for n in range(len(faces))], 0, clip.width, clip.height)
    frames: list[MouthFrame] = []
    wide: list[Crop | None] = []
    for plan, frame in zip(plans, clip.frames(), strict=True):
        if plan.landmarks is None:
            frames.append(MouthFrame(plan.number, plan.shot, None, None))
            wide.append(None)
            continue
        crops = [crop_of(frame, _region(plan.landmarks, frame, margin)) for margin in (0.25, 0.5)]
        frames.append(MouthFrame(plan.number, plan.shot, _copied(crops[0]), plan.landmarks))
        wide.append(_copied(crops[1]))
    return Measured(frames, wide, float(clip.fps))


def _region(landmarks: NDArray[np.float32], frame: vs.VideoFrame, margin: float) -> Region:
    low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
    grown = margin * (high - low)
    (x, y), (right, bottom) = np.floor(low - grown).astype(int), np.ceil(high + grown).astype(int)
    region = Region(int(x), int(y), int(right - x), int(bottom - y))
    return region.aligned(sample_format(frame.format), frame.width, frame.height)


def _copied(crop: Crop) -> Crop:
    return replace(crop, planes=tuple(plane.copy() for plane in crop.planes))


@dataclass
class DrivenSamples:
    """A driver's motion at some times."""

    points: NDArray[np.float64]
    inside: NDArray[np.bool_]


class DrivenMotion:
    """The lips of another clip, over and over."""

    def __init__(self, driver: Measured) -> None:
        footage = Footage.of(driver.frames)
        shapes = footage.shapes[footage.usable]
        openings = mouth_opening(shapes)
        # A net's motion is smooth; what the landmark net sees jitters from frame to frame.
        self._points = gaussian_filter1d(shapes, 0.7, axis=0) - shapes[openings <= np.quantile(openings, 0.15)].mean(0)
        self._rate = driver.rate
        self.spread = float(openings.std())

    def at(self, times: NDArray[np.float64]) -> LipMotionSamples:
        """Return the motion."""
        position = np.maximum(times, 0) * self._rate % (len(self._points) - 1)
        low = position.astype(int)
        part = (position - low)[:, None, None]
        return DrivenSamples(self._points[low] * (1 - part) + self._points[low + 1] * part, times >= 0)


def dub(
    clip: Measured, generator: WarpGenerator, grid: Grid
) -> tuple[list[Patch | None], dict[int, NDArray[np.floating]], float]:
    """Return patches, the shape requested in each dubbed frame, and milliseconds of processor time a frame."""
    patches: list[Patch | None] = []
    requested: dict[int, NDArray[np.floating]] = {}
    spent = 0.0
    for start in range(0, len(clip.frames), grid.block):
        stop = min(start + grid.block, len(clip.frames))
        first, last = max(0, start - grid.past), min(len(clip.frames), stop + grid.ahead)
        times = np.arange(first, last) / clip.rate
        chunk = Chunk(clip.frames[first:last], start - first, stop - first, times)
        began = time.process_time()
        patches += generator.generate(chunk)
        spent += time.process_time() - began
        requested |= {mouth.index + first: mouth.shape for mouth in generator.mouths(chunk)}
    return patches, requested, 1e3 * spent / max(1, len(requested))


def laid_over(crop: Crop, patch: Patch) -> Crop:
    """Return a cut-out with a patch over it."""
    region = replace(patch.region, x=patch.region.x - crop.region.x, y=patch.region.y - crop.region.y)
    planes: Planes = tuple(plane.copy() for plane in crop.planes)
    lay_over(planes, crop.planes, patch.planes, patch.mask, region, crop.format)
    return replace(crop, planes=planes)


class Looker:
    """The landmark net in several crops of one picture."""

    def __init__(self, crops: int) -> None:
        self._landmarker = FaceLandmarker()
        self._shifts = np.random.default_rng(0).uniform(-1, 1, (crops, 3)) if crops > 1 else np.zeros((1, 3))

    def mouth(self, crop: Crop, landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the opening and the width [2] of the mouth in a cut-out, near known landmarks."""
        rgb = np.clip(np.rint(255 * to_rgb(crop)), 0, 255).astype(np.uint8)
        origin = np.array([crop.region.x, crop.region.y, 0], np.float32)
        points, presence = self._landmarker(rgb, around(landmarks - origin, 1.0))
        there = around(points, presence)
        seen = []
        for x, y, size in self._shifts:
            moved = replace(there, centre=there.centre + np.float32(0.02 * there.size) * np.array([x, y], np.float32),
                            size=there.size * (1 + 0.03 * size))  # fmt: skip
            points, _ = self._landmarker(rgb, moved)
            shape = Placement.of(points).remove(points[list(MOUTH)])
            seen.append((float(mouth_opening(shape)), float(mouth_width(shape))))
        return np.mean(seen, 0)


def mouth_box(landmarks: NDArray[np.float32], crop: Crop) -> tuple[slice, slice]:
    """Return rows and columns of the lips and a little around them in a cut-out's luma."""
    lips = landmarks[list(LIPS), :2] - [crop.region.x, crop.region.y]
    margin = 0.15 * np.ptp(lips[:, 0])
    low, high = np.maximum(lips.min(0) - margin, 0).astype(int), (lips.max(0) + margin).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def stabilised(
    plane: NDArray[np.generic], crop: Crop, landmarks: NDArray[np.float32], side: int = 128
) -> NDArray[np.float32]:
    """Return the mouth region [side, side] of a plane with eyes and nose held still."""
    mouth = canonical_face()[list(INNER_LIP), :2].mean(0)
    goal = (canonical_face()[list(STEADY_POINTS), :2] - mouth) * (side / 1.5) + side / 2
    seen = landmarks[list(STEADY_POINTS), :2] - [crop.region.x, crop.region.y]
    a, b = seen - seen.mean(0), goal - goal.mean(0)
    cosine, sine = (a * b).sum() / (a**2).sum(), (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / (a**2).sum()
    turn = np.array([[cosine, -sine], [sine, cosine]])
    matrix = np.c_[turn, goal.mean(0) - turn @ seen.mean(0)]
    return np.asarray(cv2.warpAffine(plane.astype(np.float32), matrix, (side, side)), np.float32)


def close_up(crop: Crop, landmarks: NDArray[np.float32], side: int = 200) -> NDArray[np.uint8]:
    """Return the mouth as an RGB picture [side, side, 3]."""
    half = 0.75 * Placement.of(landmarks).size
    centre = landmarks[list(INNER_LIP), :2].mean(0) - [crop.region.x, crop.region.y] + [0, 0.1 * half]
    matrix = np.array([[side / 2 / half, 0, side / 2 - centre[0] * side / 2 / half],
                       [0, side / 2 / half, side / 2 - centre[1] * side / 2 / half]])  # fmt: skip
    rgb = np.clip(np.rint(255 * to_rgb(crop)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.warpAffine(rgb, matrix, (side, side), flags=cv2.INTER_AREA), np.uint8)


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
    patches, requested, spent = dub(footage, generator, grid)
    measures = measure(
        footage, patches, requested, spent, crops, driven if from_sound else None, speech_in(clip, footage)
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
