"""Writing a plan file: the analysis of a whole clip, and the plans of its frames."""

import os
from collections.abc import Callable, Iterator
from itertools import batched
from pathlib import Path

import vapoursynth as vs
from filelock import FileLock, Timeout

from vs_lipsync.files import write_text
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.faces import FACE_ARRAYS, faces_from
from vs_lipsync.graph.arrays.packing import carrier, unpack
from vs_lipsync.graph.arrays.plans import plan_from
from vs_lipsync.graph.clip import check_clip, facts_of
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.nodes.plans import PlanRecord
from vs_lipsync.graph.targets import speaker_node
from vs_lipsync.plan.file.document import PlanDocument, faces_name
from vs_lipsync.plan.file.faces import CHUNK
from vs_lipsync.plan.file.fingerprint import fingerprint
from vs_lipsync.plan.file.log import FrameRecord, PlanLog
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.plan.frame_plan import FramePlan
from vs_lipsync.plan.outcomes import Outcome, merge
from vs_lipsync.planes.frames import planes_of
from vs_lipsync.settings.target import Target
from vs_lipsync.speech.dub import DubSource
from vs_lipsync.timing.timeline import Timeline

__all__ = ["frame_plans", "write_plan"]


def write_plan(
    clip: vs.VideoNode,
    path: str | os.PathLike[str],
    *,
    done: Callable[[int], None] | None = None,
    summed: Callable[[], None] | None = None,
) -> PlanDocument:
    """Analyse a clip and write the analysis to a plan file, for `lipsync(..., plan=path)`.

    The faces go into a second file of the same name with the extension `.faces`. While the analysis runs, it is kept in
    a third file, `.part`: a run after one that was stopped continues there, and ends in the same bytes.

    Args:
        clip: as for `lipsync`.
        path: the file to write or replace; `plan.json`, for instance.
        done: called with the number of frames that have been analysed: at the start, and after each CHUNK of them.
        summed: called for each frame, once all are analysed, when its plan is part of the ranges.

    Returns:
        The plan.

    Raises:
        vs.Error: the clip cannot be analysed, or another run is writing the same plan.
        OSError: the files cannot be written.
    """
    path = Path(path)
    check_clip(clip)
    with named_errors():
        faces_path = path.with_name(faces_name(path.stem))
    lock_path = path.with_name(f".{path.name}.lock")
    try:
        with FileLock(lock_path, timeout=0):
            document = _write(clip, path, faces_path, done, summed)
            lock_path.unlink(missing_ok=True)
    except Timeout:
        raise vs.Error(f"lipsync: another run is writing {path}") from None
    return document


def _write(
    clip: vs.VideoNode,
    path: Path,
    faces_path: Path,
    done: Callable[[int], None] | None,
    summed: Callable[[], None] | None,
) -> PlanDocument:
    facts = facts_of(clip)
    log_path = path.with_name(f"{path.name}.part")
    with clip.get_frame(0) as first:
        digest = fingerprint(planes_of(first))
    with PlanLog.open(log_path, facts, digest) as log:
        if done is not None:
            done(log.done)
        for frames in batched(_records(clip, log.done), CHUNK):
            log.add(frames)
            if done is not None:
                done(log.done)
        faces, cuts = log.finish(faces_path)
    document = PlanDocument(clip=facts, faces=faces, cuts=cuts)
    ranges = tuple(_ranges(clip, StoredPlan.of(path, document), summed))
    document = document.model_copy(update={"ranges": ranges})
    write_text(path, document.text())
    log_path.unlink()
    return document


def _records(clip: vs.VideoNode, start: int) -> Iterator[FrameRecord]:
    """Yield the records of the frames from `start` on."""
    if start == clip.num_frames:
        return
    analysis = Analysis.of(clip)
    cuts = vs.core.std.Interleave([analysis.cuts] * analysis.grid.ahead)[: clip.num_frames]
    record = PlanRecord(analysis.grid.ahead)
    node = carrier(clip.num_frames).std.ModifyFrame([analysis.face_landmarks, cuts, analysis.source], record)
    for frame in node[start:].frames(close=True):
        arrays = unpack(frame)
        digest = arrays["digest"].tobytes() if "digest" in arrays else None
        faces = faces_from({key: arrays[key].copy() for key in FACE_ARRAYS if key in arrays})
        yield FrameRecord(faces, bool(arrays["cut"][0]), digest)


def _ranges(
    clip: vs.VideoNode, plan: StoredPlan, summed: Callable[[], None] | None
) -> Iterator[tuple[int, int, str, str]]:
    """Yield first frame, last frame, action and reason of each range of a clip."""

    def outcomes() -> Iterator[Outcome]:
        for frame in frame_plans(Analysis.stored(clip, plan)):
            yield Outcome(str(frame.action), str(frame.reason))
            if summed is not None:
                summed()

    for frames in merge(outcomes()):
        yield frames.first, frames.last, frames.outcome.action, frames.outcome.reason


def frame_plans(
    analysis: Analysis,
    target: Target | None = None,
    original: DubSource | None = None,
    timeline: Timeline | None = None,
) -> Iterator[FramePlan]:
    """Yield the plan of every frame of a clip, without regard to a dub's time.

    Args:
        analysis: the clip's analysis.
        target: whose mouth is changed; None for the main face of each shot.
        original: the clip's own sound, for the target "speaking".
        timeline: when the clip's frames are shown, for the same.

    Raises:
        DubError: the original sound cannot be opened.
        SpeakerError: the target cannot be read, or is "all".
        vs.Error: a frame cannot be analysed, or the target is not found.
    """
    block = analysis.grid.block
    speaker = None if target is None else speaker_node(target, analysis, original, timeline)
    for index, frame in enumerate(analysis.plans(speaker).frames(close=True)):
        arrays = unpack(frame)
        for number in range(index * block, min((index + 1) * block, analysis.length)):
            yield plan_from(arrays, number)
