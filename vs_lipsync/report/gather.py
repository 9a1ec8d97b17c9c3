"""Collecting what the page shows from a clip, its plan and a dub."""

import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.analysis import Analysis, small_rgb
from vs_lipsync.errors import named_errors
from vs_lipsync.filter import lipsync_plan
from vs_lipsync.landmarks import MOUTH, Pose, mouth_opening
from vs_lipsync.mouth.profile import Profile
from vs_lipsync.mouth.request import requested_shape
from vs_lipsync.nodes import ACTION, REASON
from vs_lipsync.plan import Action, FramePlan
from vs_lipsync.plan.stored import StoredPlan
from vs_lipsync.plan.tracks import follow
from vs_lipsync.plan_file import frame_plans
from vs_lipsync.planes.frames import rgb_of
from vs_lipsync.report.report import Lane, Report, Sounds, Span, Track
from vs_lipsync.speech import SAMPLE_RATE, Dub, DubError, Motion

__all__ = ["gather"]

MOST_THUMBNAILS: Final = 400
"""Shots that have a picture, at most: the longest ones."""

THUMBNAIL_HEIGHT: Final = 96
FACE_SIDE: Final = 72
QUALITY: Final = 72
"""Of the JPEGs: some 3 kB a thumbnail and 2 kB a face."""

MOST_BINS: Final = 400_000
"""Values of loudness of one sound."""

LEAST_TRACK: Final = 3
"""A face seen in fewer frames is a flicker of the detector."""

READ_FRAMES: Final = 512


def gather(
    clip: vs.VideoNode,
    plan_path: str | os.PathLike[str],
    *,
    name: str,
    dub: str | os.PathLike[str] | None = None,
    offset: float = 0.0,
    original: str | os.PathLike[str] | None = None,
    done: Callable[[], None] | None = None,
) -> Report:
    """Collect what is to be shown of a plan.

    Args:
        clip: the clip.
        plan_path: its plan.
        name: what to call it.
        dub: the new voice's file, if there is one.
        offset: seconds by which it starts later than the clip.
        original: the file with the clip's own sound, if it has one.
        done: called after each frame whose plan has been read.

    Raises:
        vs.Error: the plan is not for this clip, or the dub cannot be opened.
    """
    with named_errors():
        plan = StoredPlan.open(plan_path)
        analysis = Analysis.stored(clip, plan)
        voice = None if dub is None else Dub.open(dub)
    fps = Fraction(clip.fps_num, clip.fps_den)
    shots = [0, *(int(cut) for cut in np.flatnonzero(plan.cuts) if cut)]
    frames, measured, requested = [], np.full(clip.num_frames, np.nan, np.float32), None
    shapes: list[NDArray[np.float64] | None] = []
    targets = []
    for frame in frame_plans(analysis):
        frames.append((str(frame.action), str(frame.reason)))
        shapes.append(_mouth(frame))
        targets.append(frame.face)
        if done is not None:
            done()
    for number, shape in enumerate(shapes):
        if shape is not None:
            measured[number] = mouth_opening(shape)
    if voice is not None and dub is not None:
        told = lipsync_plan(clip, dub, offset=offset, plan=plan_path).frames(close=True)
        frames = [(str(frame.props[ACTION]), str(frame.props[REASON])) for frame in told]
        requested = _requested(voice, shapes, [action == Action.DUB for action, _ in frames], shots, fps, offset)
    lanes, thumbnails, faces = _people(clip, plan, shots, targets)
    with named_errors():
        sounds = _sounds(original, voice, offset, clip.num_frames, fps)
    return Report(
        name=name,
        frames=clip.num_frames,
        fps=fps,
        width=clip.width,
        height=clip.height,
        dub="" if dub is None else Path(dub).name,
        shots=shots,
        spans=list(_spans(frames)),
        lanes=lanes,
        thumbnails=thumbnails,
        faces=faces,
        sounds=sounds,
        measured=measured,
        requested=requested,
    )


def _mouth(plan: FramePlan) -> NDArray[np.float64] | None:
    """Return the target's mouth [53, 3] in the pose-free frame."""
    if plan.landmarks is None:
        return None
    return Pose.of(plan.landmarks).remove(plan.landmarks[list(MOUTH)])


def _spans(frames: Sequence[tuple[str, str]]) -> Iterator[Span]:
    first = 0
    for (action, reason), run in groupby(frames):
        stop = first + len(list(run))
        yield Span(first, stop, action, reason)
        first = stop


def _requested(
    dub: Dub,
    shapes: Sequence[NDArray[np.float64] | None],
    dubbed: Sequence[bool],
    shots: Sequence[int],
    fps: Fraction,
    offset: float,
) -> NDArray[np.float32]:
    """Return the mouth opening [frames] that the dub asks for, in each shot by what the whole shot shows of the mouth.

    The generator knows the frames about each block only, so that its own requests differ a little.
    """
    motion = Motion(dub)
    opening = np.full(len(shapes), np.nan, np.float32)
    for first, stop in pairwise([*shots, len(shapes)]):
        seen = [shape for shape in shapes[first:stop] if shape is not None]
        numbers = [number for number in range(first, stop) if dubbed[number]]
        if not seen or not numbers:
            continue
        profile = Profile.of(np.array(seen))
        samples = motion.at(np.array([float(number / fps) - offset for number in numbers]))
        for number, points in zip(numbers, samples.points, strict=True):
            opening[number] = mouth_opening(requested_shape(profile, points, motion.spread, 1.0))
    return opening


def _people(
    clip: vs.VideoNode, plan: StoredPlan, shots: Sequence[int], targets: Sequence[int]
) -> tuple[list[Lane], dict[int, bytes], list[bytes]]:
    """Return a lane for each rank of the faces of a shot, the pictures of shots, and those of faces."""
    small = small_rgb(clip)
    bounds = list(pairwise([*shots, clip.num_frames]))
    longest = sorted(range(len(bounds)), key=lambda index: bounds[index][0] - bounds[index][1])[:MOST_THUMBNAILS]
    pictured = set(longest)
    lanes: list[list[Track]] = []
    thumbnails: dict[int, bytes] = {}
    faces: list[bytes] = []
    for index, (first, stop) in enumerate(bounds):
        found = follow([(number, plan.faces.faces(number)) for number in range(first, stop)])
        tracks = [track for track in found if len(track.faces) >= min(LEAST_TRACK, stop - first)]
        middle = (first + stop) // 2
        picture = None
        if index in pictured:
            with small.get_frame(middle) as frame:
                picture = rgb_of(frame)
            thumbnails[index] = _jpeg(_resized(picture, THUMBNAIL_HEIGHT))
        rows: list[list[Track]] = []
        for track in sorted(tracks, key=lambda track: -track.area):
            face = -1
            if picture is not None and middle in track.faces:
                box = plan.faces.faces(middle)[track.faces[middle]].box * (picture.shape[1] / clip.width)
                faces.append(_jpeg(_face(picture, box)))
                face = len(faces) - 1
            is_target = any(targets[number] == rank for number, rank in track.faces.items())
            span = Track(min(track.faces), max(track.faces) + 1, face, is_target)
            row = next((row for row in rows if all(_apart(span, other) for other in row)), None)
            if row is None:
                row = []
                rows.append(row)
            row.append(span)
        for rank, row in enumerate(rows):
            if rank == len(lanes):
                lanes.append([])
            lanes[rank] += sorted(row, key=lambda span: span.first)
    names = ["Main face", "Second face", "Third face", "Fourth face"]
    return [Lane(name, lane) for name, lane in zip(names, lanes, strict=False)], thumbnails, faces


def _apart(one: Track, other: Track) -> bool:
    return one.stop <= other.first or other.stop <= one.first


def _resized(picture: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _face(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut a square about a face's box [4] out of a picture; its border is repeated where the face leaves it."""
    centre, side = (box[:2] + box[2:]) / 2, 1.25 * float((box[2:] - box[:2]).max())
    scale = FACE_SIDE / max(side, 1.0)
    matrix = np.array([[scale, 0, FACE_SIDE / 2 - scale * centre[0]], [0, scale, FACE_SIDE / 2 - scale * centre[1]]])
    cut = cv2.warpAffine(picture, matrix, (FACE_SIDE, FACE_SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not ok:
        raise RuntimeError("OpenCV cannot write a JPEG")
    return data.tobytes()


def _sounds(
    original: str | os.PathLike[str] | None, dub: Dub | None, offset: float, frames: int, fps: Fraction
) -> Sounds:
    bins = int(np.clip(MOST_BINS // frames, 1, 8))
    own = None
    if original is not None:
        try:
            own = _loudness(Dub.open(original), 0.0, frames, fps, bins)
        except DubError:
            own = None  # a clip without sound
    return Sounds(bins, own, None if dub is None else _loudness(dub, offset, frames, fps, bins))


def _loudness(dub: Dub, offset: float, frames: int, fps: Fraction, bins: int) -> NDArray[np.float32]:
    """Return the greatest amplitude [frames · bins] of each share of each frame."""
    parts = []
    for first in range(0, frames, READ_FRAMES):
        stop = min(first + READ_FRAMES, frames)
        times = np.arange(first * bins, stop * bins + 1) / (bins * float(fps)) - offset
        edges = np.rint(times * SAMPLE_RATE).astype(np.int64)
        samples = np.abs(dub.read(int(edges[0]), int(edges[-1])))
        parts.append(np.maximum.reduceat(samples, edges[:-1] - edges[0]))
    return np.concatenate(parts)
