"""Comparing a result with its original, frame by frame.

Memory holds a few frames at a time, and a few numbers of every frame.
"""

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.evaluation.mouth_agreement import agreement, predicted_openings
from vs_lipsync.evaluation.mouth_boxes import lip_box, mouth_box
from vs_lipsync.evaluation.mouth_reader import MouthReader
from vs_lipsync.evaluation.picture_difference import compare, decibels
from vs_lipsync.faces.landmarks import opening_of
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.arrays.plans import plan_from
from vs_lipsync.graph.clip import check_clip, frame_rate
from vs_lipsync.graph.targets import planned
from vs_lipsync.planes.frames import likely_matrix, rgb_of
from vs_lipsync.settings.target import Target
from vs_lipsync.speech.dub import Dub, DubSource
from vs_lipsync.timing.timeline import ConstantRate, PartOf, Timeline

__all__ = ["Evaluation", "Scores", "Series", "evaluate"]

NEAR: Final = 2
"""Greatest lag in frames of a mouth that counts as in step: real recordings are off by that much."""

FAR: Final = 15
"""Greatest lag in frames for the A/V offset, as of SyncNet (Chung and Zisserman 2016)."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of a result. None for what cannot be computed, and for the PSNR of equal pictures, which is infinite.

    Pictures are compared as 8-bit R'G'B'; all samples of all frames count alike.

    Attributes:
        frames: number of frames compared.
        frames_identical: number of frames without any difference.
        frames_with_mouth: number of frames with a mouth box, which is that of the target.
        mse: mean squared difference over all samples of all frames, in squared 8-bit levels.
        psnr: that of `mse`, in dB. It is never above `psnr_mean` of clips without identical frames.
        psnr_mean: mean PSNR in dB of the frames that are not identical.
        psnr_min: least PSNR of a frame, in dB.
        ssim: mean over the frames of the structural similarity of their grey pictures.
        mse_inside: as `mse`, over the samples inside mouth boxes.
        psnr_inside: that of `mse_inside`, in dB.
        mse_outside: as `mse`, over all other samples.
        psnr_outside: that of `mse_outside`, in dB.
        sharpness: variance of the Laplacian about the lips over that of the original; median over the frames.
        motion_frames: number of frames with a measured and a predicted mouth opening.
        motion_correlation: correlation, -1..1, of the opening measured in the result with that predicted from the dub,
            at the best lag of up to 2 frames.
        motion_correlation_original: the same of the opening measured in the original.
        av_correlation: as `motion_correlation`, at the best lag of up to 15 frames.
        av_offset_frames: that lag in frames; positive when the picture is late.
        av_offset_ms: that lag in milliseconds.
    """

    frames: int
    frames_identical: int
    frames_with_mouth: int
    mse: float
    psnr: float | None
    psnr_mean: float | None
    psnr_min: float | None
    ssim: float | None
    mse_inside: float | None
    psnr_inside: float | None
    mse_outside: float | None
    psnr_outside: float | None
    sharpness: float | None
    motion_frames: int
    motion_correlation: float | None
    motion_correlation_original: float | None
    av_correlation: float | None
    av_offset_frames: int | None
    av_offset_ms: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """What was measured of each of n frames; NaN where it could not be.

    Attributes:
        rate: frames per second, on average.
        seconds: [n] after the first frame, when they are shown.
        psnr: [n] in dB; infinite where the pictures are equal.
        opening: [n] opening of the result's mouth, in inter-ocular distances.
        predicted: [n] opening predicted from the dub less that of the closed mouth, in inter-ocular distances.
    """

    rate: float
    seconds: NDArray[np.float64]
    psnr: NDArray[np.float64]
    opening: NDArray[np.float64]
    predicted: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of a result, and the series over its frames that they are of."""

    scores: Scores
    series: Series


_SUMMED: Final = ("squares", "samples", "squares_inside", "samples_inside")

_MEASURE: Final = np.dtype(
    [
        *((name, np.float64) for name in _SUMMED),
        ("ssim", np.float32),
        ("sharpness", np.float32),
        ("boxed", np.bool_),
        ("shot", np.int32),
        ("opening", np.float32),
        ("opening_original", np.float32),
    ]
)
"""What is kept of a frame: the fields of `picture_difference.Difference`, whether there is a mouth box, the first frame
of the shot, and the openings of the mouth in the result and in the original."""

type _Measure = tuple[float | bool, ...]
"""A value of `_MEASURE`."""


def evaluate(
    original: vs.VideoNode,
    result: vs.VideoNode,
    dub: Dub | None = None,
    *,
    dub_start: float = 0.0,
    target: Target | None = None,
    original_sound: DubSource | None = None,
    range_of: tuple[vs.VideoNode, int] | None = None,
    timeline: Timeline | None = None,
    analysis: Analysis | None = None,
    done: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Compare a result with its original.

    The mouth box of a frame is that of its property LipSyncBox, if it has the filter's properties, or else a box about
    the lips and the jaw of the target, as detected in the original.

    Args:
        original: the clip before dubbing, as for `lipsync`.
        result: the clip after dubbing; of the same size and length.
        dub: the dub; None to compare the pictures alone.
        dub_start: time in the dub at the first frame, in seconds.
        target: who speaks it, as for `lipsync`; None for the main face of each shot.
        original_sound: the sound of the original, for the target "speaking".
        range_of: the clip that the original is a range of, and the number of its first frame in that clip. The target
            is sought in the whole of that clip, which `original_sound` and the frame of a place belong to. None if the
            original is a clip by itself.
        timeline: when the frames of that clip are shown; None for the rate of `original`.
        analysis: of that clip, such as from its plan, in which frames that it excludes have no mouth; None to analyse
            its pictures.
        done: called after each frame.

    Raises:
        ValueError: the clips differ in size or length, or have no frame.
        vs.Error: a clip cannot be used, or a frame cannot be made.
        DubError: the dub cannot be decoded.
    """
    for clip in (original, result):
        check_clip(clip)
    for what, a, b in (
        ("size", (original.width, original.height), (result.width, result.height)),
        ("length", original.num_frames, result.num_frames),
    ):
        if a != b:
            raise ValueError(f"original and result differ in {what}: {a} and {b}")
    fps = frame_rate(original)
    rate = float(fps)
    clip, first = range_of or (original, 0)
    timeline = ConstantRate(fps) if timeline is None else timeline
    plans = planned(clip, target, original_sound, timeline, analysis)[first : first + original.num_frames]
    numbers = range(first, first + original.num_frames)
    measures = np.empty(original.num_frames, _MEASURE)
    for number, measure in enumerate(_measures(original, result, plans, numbers)):
        measures[number] = measure
        done()
    predicted, motion, before, offset = None, None, None, None
    moments = _moments(PartOf(timeline, first), len(measures), rate)
    if dub is not None:
        predicted = predicted_openings(dub, dub_start + moments, FAR)
        motion = agreement(measures["opening"], predicted, measures["shot"], NEAR)
        before = agreement(measures["opening_original"], predicted, measures["shot"], NEAR)
        offset = agreement(measures["opening"], predicted, measures["shot"], FAR)
    predicted_here = predicted.here if predicted else np.full(len(measures), np.nan)
    psnr = np.array([decibels(*both) for both in zip(measures["squares"], measures["samples"], strict=True)])
    different = psnr[np.isfinite(psnr)]
    squares, samples, inside, count = (float(measures[name].sum()) for name in _SUMMED)
    scores = Scores(
        frames=len(measures),
        frames_identical=len(psnr) - len(different),
        frames_with_mouth=int(measures["boxed"].sum()),
        mse=squares / samples,
        psnr=_known(decibels(squares, samples)),
        psnr_mean=_over(np.mean, different),
        psnr_min=_over(np.min, different),
        ssim=_over(np.mean, measures["ssim"]),
        mse_inside=inside / count if count else None,
        psnr_inside=_known(decibels(inside, count)),
        mse_outside=(squares - inside) / (samples - count) if samples > count else None,
        psnr_outside=_known(decibels(squares - inside, samples - count)),
        sharpness=_over(np.median, measures["sharpness"]),
        motion_frames=int(np.count_nonzero(np.isfinite(measures["opening"]) & np.isfinite(predicted_here))),
        motion_correlation=motion.correlation if motion else None,
        motion_correlation_original=before.correlation if before else None,
        av_correlation=offset.correlation if offset else None,
        av_offset_frames=offset.lag if offset else None,
        av_offset_ms=1000 * offset.lag / rate if offset else None,
    )
    opening = measures["opening"].astype(np.float64)
    return Evaluation(scores, Series(rate, moments[FAR : FAR + len(psnr)], psnr, opening, predicted_here))


def _moments(timeline: Timeline, frames: int, rate: float) -> NDArray[np.float64]:
    """Return [frames + 2 · FAR] when frames are shown, in seconds; those before and behind come at a rate."""
    numbers = np.arange(1, FAR + 1)
    here = [float(timeline.start(number)) for number in range(frames)]
    behind = float(timeline.start(frames)) + (numbers - 1) / rate
    return np.concatenate([-numbers[::-1] / rate, here, behind])


def _measures(
    original: vs.VideoNode, result: vs.VideoNode, plans: vs.VideoNode, numbers: Sequence[int]
) -> Iterator[_Measure]:
    """Yield the measures of the frames in order, several of which are made side by side.

    Args:
        original: the clip as it was.
        result: the clip that is judged.
        plans: as of `planned`.
        numbers: of the frames in the clip that was planned.
    """
    readers = threading.local()

    def measure(number: int, before: vs.VideoFrame, after: vs.VideoFrame, plan_frame: vs.VideoFrame) -> _Measure:
        landmarks = (plan := plan_from(unpack(plan_frame), number)).landmarks
        pictures = rgb_of(before), rgb_of(after)
        mouth = mouth_box(landmarks, after)
        lips = None if landmarks is None else lip_box(landmarks, before)
        opening, opening_original = float("nan"), float("nan")
        if landmarks is not None:
            if not hasattr(readers, "read"):
                readers.read = MouthReader()
            opening, opening_original = readers.read(pictures[1], landmarks), opening_of(landmarks)
        difference = compare(*pictures, mouth, lips)
        return (*astuple(difference), mouth is not None, plan.shot, opening, opening_original)

    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_Measure]] = deque()
        clips = (_rgb(original), _rgb(result), plans)
        for number, frames in zip(numbers, zip(*(clip.frames() for clip in clips), strict=True), strict=True):
            waiting.append(pool.submit(measure, number, *frames))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _rgb(clip: vs.VideoNode) -> vs.VideoNode:
    """Convert to 8-bit R'G'B' by the colour properties of each frame."""
    if clip.format.color_family != vs.YUV:
        return clip.std.RemoveFrameProps("_Matrix").resize.Bicubic(format=vs.RGB24)
    return clip.resize.Bicubic(format=vs.RGB24, matrix_in=likely_matrix(clip.format, clip.height))


def _over(statistic: Callable[[NDArray[np.floating]], np.floating], values: NDArray[np.floating]) -> float | None:
    """Return a statistic of the finite values; None if there are none."""
    known = values[np.isfinite(values)].astype(np.float64)
    return float(statistic(known)) if len(known) else None


def _known(value: float) -> float | None:
    """Return a value; None if it is not finite."""
    return value if math.isfinite(value) else None
