"""What `vs-lipsync dub - -o -` does: frames come through a pipe and leave through one, some seconds later."""

import os
import sys
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from io import FileIO, RawIOBase
from typing import Final

import numpy as np
import vapoursynth as vs

from vs_lipsync.cli.jobs.dub import Dubbing
from vs_lipsync.cli.jobs.voices import JobDubs
from vs_lipsync.cli.notify import notify
from vs_lipsync.errors import JobError, one_line
from vs_lipsync.faces.detections import EVERY
from vs_lipsync.graph.dubbing import composed
from vs_lipsync.graph.prepare import Prepared
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.media.pipe_clip import PipeClip
from vs_lipsync.media.y4m import read_header, write_all
from vs_lipsync.plan.grid import Grid
from vs_lipsync.plan.outcomes import Outcome, summary
from vs_lipsync.plan.scenes import AFTER, BEFORE
from vs_lipsync.settings.target import Target, click_in
from vs_lipsync.settings.zone_file import ZoneFile
from vs_lipsync.settings.zones import Zone

__all__ = ["delay_of", "dub"]

_LONGEST: Final = 1 << 23
"""Frames that a stream may have, 93 hours at 25 a second: a clip must say its length, and nobody knows a pipe's."""

_AROUND: Final = 2 * max(EVERY, AFTER, BEFORE)
"""Frames beyond a window that its faces and cuts are found by, at most."""


def delay_of(grid: Grid) -> int:
    """Return how many frames have arrived before the first one leaves: its block, and what is looked at behind it.

    Every other frame of a block leaves with fewer behind it.
    """
    return grid.block + grid.ahead + _AROUND


def dub(dubbing: Dubbing, *, progressive: bool) -> None:
    """Dub frames from standard input to standard output, as they come.

    Each frame is made as of the file that all of them would be: as long as the pipe goes on, of a clip whose end is far
    away; when it has ended, what lies before the end is made of one with that end.

    Args:
        dubbing: who is to speak what; no plan, no extension, and targets that do not need the whole clip.
        progressive: whether pictures that are said to be fields are whole.

    Raises:
        JobError: it cannot be done.
        BrokenPipeError: nobody reads any more.
    """
    _check_targets(dubbing)
    stream = FileIO(0, closefd=False)  # never closed: a thread may be reading when all else is over
    with _standard_output() as output:
        header = read_header(stream)
        if header.interlacing not in ("p", "?") and not progressive:
            raise JobError(
                "the y4m header says that its pictures are fields; deinterlace them in the chain before, such as with "
                "-vf bwdif, or give --progressive if they are whole"
            )
        pipe = PipeClip(stream, header)
        prepared = dubbing.prepare(pipe.node(_LONGEST))
        JobDubs(prepared.voice, prepared.zones).notify_remarks()
        write_all(output, header.line)
        counts: Counter[Outcome] = Counter()
        try:
            for n, frame in _frames(pipe, dubbing, prepared):
                counts[outcome_of(frame)] += 1
                _write(output, pipe.at(n).line, frame)
        except vs.Error as error:
            raise JobError(one_line(error)) from error
        pipe.check()
        if not counts:
            raise JobError("no frame has come through the pipe")
    notify(summary(counts))


def _frames(pipe: PipeClip, dubbing: Dubbing, prepared: Prepared) -> Iterator[tuple[int, vs.VideoFrame]]:
    """Yield the dubbed frames with their numbers."""
    grid = prepared.analysis.grid
    endless = composed(prepared)
    ahead = vs.core.num_threads
    waiting: deque[tuple[int, Future[vs.VideoFrame]]] = deque()
    asked = shown = 0
    while True:
        # A frame is asked for when all that it depends on is there, so that nothing in the graph waits for the pipe.
        begin = asked // grid.block * grid.block
        enough = begin + delay_of(grid)
        if len(waiting) < ahead and (pipe.has(enough) or not waiting):
            length = pipe.wait(enough)
            if length is not None:
                break
            if enough >= _LONGEST:
                raise JobError(f"a pipe may have {_LONGEST} frames at most")
            waiting.append((asked, endless.get_frame_async(asked)))
            asked += 1
            continue
        number, future = waiting.popleft()
        with future.result() as frame:
            yield number, frame
        shown = number + 1
        block = shown // grid.block * grid.block
        pipe.forget(block - grid.past - _AROUND)
        pipe.want(block + grid.block + delay_of(grid))
    for number, future in waiting:
        with future.result() as frame:
            yield number, frame
    if asked < length:
        ended = _until(dubbing, prepared, pipe, length)
        for number, frame in enumerate(ended[asked:].frames(close=True), asked):
            yield number, frame


def _until(dubbing: Dubbing, prepared: Prepared, pipe: PipeClip, length: int) -> vs.VideoNode:
    """Return the clip that has ended, dubbed."""
    if dubbing.zones is not None:
        placed = [one for one in prepared.zones if one.first < length]
        zones = [replace(one.zone, start=one.first, stop=min(one.stop, length)) for one in placed]
        zones = zones or [Zone(0, length, action="pass")]  # without any, the whole clip would be one
        dubbing = replace(dubbing, zones=ZoneFile(dubbing.zones.path, zones, ()))
    return composed(dubbing.prepare(pipe.node(length)))


def _check_targets(dubbing: Dubbing) -> None:
    """Refuse what needs the whole clip; JobError."""
    zones = dubbing.zones.zones if dubbing.zones is not None else ()
    targets: list[Target | None] = [dubbing.voice.target, *(zone.target for zone in zones)]
    for target in targets:
        if isinstance(target, str) and (target in ("main", "speaking") or click_in(target)):
            raise JobError(
                f"the target {target} is looked for in the whole clip, and a pipe has none; give a picture of the "
                "person, or one that vs-lipsync speaker has saved, or none for the main face of each shot"
            )
    if any(zone.scene is not None for zone in zones):
        raise JobError("zones given by scene need the whole clip, and a pipe has none; give start and stop")


def _write(output: RawIOBase, line: bytes, frame: vs.VideoFrame) -> None:
    write_all(output, line)
    for plane in range(frame.format.num_planes):
        write_all(output, memoryview(np.ascontiguousarray(np.asarray(frame[plane])).reshape(-1).view(np.uint8)))


@contextmanager
def _standard_output() -> Iterator[RawIOBase]:
    """Yield standard output for us alone: what anybody else writes to it goes to standard error."""
    sys.stdout.flush()
    with FileIO(os.dup(1), "w") as output:
        os.dup2(2, 1)
        yield output
