"""Writing a plan file: the whole analysis of a clip, once."""

import os
from collections.abc import Callable, Iterator
from itertools import batched, groupby
from pathlib import Path

import vapoursynth as vs
from filelock import FileLock, Timeout

from vs_lipsync.files import write_text
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.analysis_nodes import PlanRecord
from vs_lipsync.graph.clip import check_clip, facts_of
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.packing import carrier, unpack
from vs_lipsync.graph.plan_arrays import faces_from, plan_from
from vs_lipsync.graph.targets import speaker_node
from vs_lipsync.plan.file.document import PlanDocument, faces_name
from vs_lipsync.plan.file.faces import CHUNK
from vs_lipsync.plan.file.fingerprint import fingerprint
from vs_lipsync.plan.file.log import FrameRecord, PlanLog
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.plan.frame_plan import FramePlan
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
    """Analyse a clip and write what is in it to a plan file, for `lipsync(..., plan=path)`.

    Beside it comes a file of the same name with the extension `.faces`, which belongs to it. What is found is kept in a
    third file as it is found, `.part`, so that a run that was stopped goes on where it was, and ends in the same bytes.

    Args:
        clip: as for `lipsync`.
        path: the file to write or replace; `plan.json`, for instance.
        done: called with the number of frames that have been analysed, now and then.
        summed: called after each frame whose plan has been taken into the summary, which comes last and is quick.

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
        for frames in batched(_observed(clip, log.done), CHUNK):
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


def _observed(clip: vs.VideoNode, start: int) -> Iterator[FrameRecord]:
    """Yield what is to be kept of the frames from one on."""
    if start == clip.num_frames:
        return
    analysis = Analysis.of(clip)
    cuts = vs.core.std.Interleave([analysis.cuts] * analysis.grid.ahead)[: clip.num_frames]
    observe = PlanRecord(analysis.grid.ahead)
    node = carrier(clip.num_frames).std.ModifyFrame([analysis.faces, cuts, analysis.source], observe)
    for frame in node[start:].frames(close=True):
        arrays = unpack(frame)
        digest = arrays["digest"].tobytes() if "digest" in arrays else None
        faces = faces_from({key: arrays[key].copy() for key in ("landmarks", "presence") if key in arrays})
        yield FrameRecord(faces, bool(arrays["cut"][0]), digest)


def _ranges(
    clip: vs.VideoNode, plan: StoredPlan, summed: Callable[[], None] | None
) -> Iterator[tuple[int, int, str, str]]:
    """Yield what a plan says of the ranges of a clip."""
    first = 0
    reasons = []
    for frame in frame_plans(Analysis.stored(clip, plan)):
        reasons.append(frame.reason)
        if summed is not None:
            summed()
    for reason, run in groupby(reasons):
        last = first + len(list(run)) - 1
        yield first, last, str(reason.action), str(reason)
        first = last + 1


def frame_plans(
    analysis: Analysis,
    target: Target | None = None,
    original: DubSource | None = None,
    timeline: Timeline | None = None,
) -> Iterator[FramePlan]:
    """Yield the plan of every frame of a clip, whatever is to be said in it.

    Args:
        analysis: what is in the clip.
        target: who is sought; None for the main face of each shot.
        original: the clip's own sound, for the target "speaking".
        timeline: when its frames are shown, for the same.

    Raises:
        SpeakerError: nobody is the target.
    """
    block = analysis.grid.block
    speaker = None if target is None else speaker_node(target, analysis, original, timeline)
    for index, frame in enumerate(analysis.plans(speaker).frames(close=True)):
        arrays = unpack(frame)
        for number in range(index * block, min((index + 1) * block, analysis.length)):
            yield plan_from(arrays, number)
