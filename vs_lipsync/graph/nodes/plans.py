"""Callbacks of the nodes that plan what happens to frames, and of the node whose frames a plan file keeps."""

from collections.abc import Sequence

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.face_runs import face_run_from, face_run_to
from vs_lipsync.graph.arrays.faces import faces_from, faces_to
from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.graph.arrays.plans import plans_to
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.graph.memory import MemoryTrimmer
from vs_lipsync.graph.nodes.faces import check_progressive
from vs_lipsync.identity.selection import choose_main, choose_ranked, choose_speaker
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.file.fingerprint import FINGERPRINT_EVERY, fingerprint
from vs_lipsync.plan.frame_plan import without
from vs_lipsync.plan.grid import Grid
from vs_lipsync.planes.frames import planes_of

__all__ = ["FaceRun", "Plan", "PlanRecord"]


class FaceRun:
    """Frame m: the faces of all frames of the m-th run, and its cuts; a window has ten times as many frames as runs.

    Inputs, where frames outside of the clip have no arrays:
        the faces of each frame of the run
        its cuts
    Output: the arrays of `arrays.face_runs.face_run_to`, and the array "cuts".
    """

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Put the run together; vs.Error if a frame of it is interlaced."""
        *frames, cuts = f
        for frame in frames:
            check_progressive(frame)
        return pack({**face_run_to([unpack(frame) for frame in frames]), "cuts": unpack(cuts)["cuts"]})


class Plan:
    """Frame k: the plans of the frames of block k's window.

    Inputs, one frame each, where frames outside of the clip have no arrays:
        what `FaceRun` makes of each run of the window, `grid.window / grid.ahead` in all
        and, if `embeddings` are given,
        the faces and crops of each frame of the window, `grid.window` in all
        the array "speaker" of the target
    Output: the arrays of `arrays.plans.plans_to`, for the frames of the window that the clip has.
    """

    def __init__(
        self,
        grid: Grid,
        length: int,
        width: int,
        height: int,
        excluded: NDArray[np.bool_],
        trimmer: MemoryTrimmer,
        embeddings: Embeddings | None = None,
        rank: int = 0,
    ) -> None:
        """Plan a clip.

        Args:
            grid: its blocks.
            length: its length in frames.
            width: width of its pictures, in luma samples.
            height: height of its pictures, in luma samples.
            excluded: [length] whether the user excludes each frame.
            trimmer: is notified of the block that is planned.
            embeddings: of the clip's faces, to find the target by; None to choose it by size and time on screen.
            rank: without embeddings, 0 for each shot's main face, 1 for the next largest and longest, and so on.
        """
        self._grid = grid
        self._length = length
        self._size = width, height
        self._excluded = excluded
        self._trimmer = trimmer
        self._embeddings = embeddings
        self._rank = rank

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Plan a window; vs.Error if it is interlaced, or the model file of the embeddings cannot be read."""
        grid = self._grid
        self._trimmer.at(n * grid.block)
        first, stop = grid.span(n, self._length)
        origin = n * grid.block - grid.past
        here = slice(first - origin, stop - origin)
        runs = [unpack(frame) for frame in f[: grid.window // grid.ahead]]
        faces = [some for run in runs for some in face_run_from(run, grid.ahead)][here]
        cuts = np.concatenate([run.get("cuts", np.zeros(grid.ahead, bool)) for run in runs])[here]
        choose = choose_ranked(self._rank) if self._rank else choose_main
        if self._embeddings is not None:
            *window, target = f[len(runs) :]
            for frame in window[here]:
                check_progressive(frame)  # the runs of a plan file say nothing of fields
            speaker = np.asarray(unpack(target).get("speaker", ()), np.float32)
            choose = choose_speaker(speaker, self._embeddings.among(window[here], first))
        plans = plan_window(faces, cuts.tolist(), first, *self._size, choose)
        return pack(plans_to([without(plan) if self._excluded[plan.number] else plan for plan in plans]))


class PlanRecord:
    """Frame n: what a plan file keeps of frame n.

    Inputs:
        the faces of frame n
        the cuts of its run
        frame n of the clip
    Output: the arrays of `arrays.faces.faces_to`, and
        cut      [1] bool: whether the frame begins a shot
        digest   [8] uint8: fingerprint of the frame; only on every FINGERPRINT_EVERY-th
    """

    def __init__(self, run: int) -> None:
        """Take the length of a run of cuts, in frames."""
        self._run = run

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Put together what is kept; vs.Error if the frame is interlaced."""
        faces, cuts, full = f
        check_progressive(full)
        arrays = {**faces_to(faces_from(unpack(faces))), "cut": unpack(cuts)["cuts"][n % self._run, None]}
        if n % FINGERPRINT_EVERY == 0:
            arrays["digest"] = np.frombuffer(fingerprint(planes_of(full)), np.uint8)
        return pack(arrays)
