"""What the nodes that look at a clip compute, frame by frame.

Each class is the callback of one `ModifyFrame`. VapourSynth runs the callbacks of one node one at a time, and those of
different nodes side by side. None of them asks VapourSynth for a frame (but `dubbing_nodes.Mouths` for the sound of a
dub that is an audio node, with no lock held), and none holds a node that comes after its own: such a cycle is never
freed.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.faces.detections import Detector, between, detections_from, detections_to
from vs_lipsync.faces.face import GRAIN, Face, FaceFinder
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.graph.memory import MemoryTrimmer
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.packing import pack, unpack
from vs_lipsync.graph.patch_arrays import crops_to
from vs_lipsync.graph.plan_arrays import faces_from, faces_to, plans_to
from vs_lipsync.identity.selection import choose_main, choose_ranked, choose_speaker
from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.file.faces import FaceFile
from vs_lipsync.plan.file.fingerprint import FINGERPRINT_EVERY, fingerprint
from vs_lipsync.plan.frame_plan import without
from vs_lipsync.plan.grid import Grid
from vs_lipsync.plan.scenes import AFTER, BEFORE, find_cuts
from vs_lipsync.planes.frames import crop_of, number_of, planes_of, rgb_of, sample_format
from vs_lipsync.planes.image import Crop, Region

__all__ = ["Cuts", "Detections", "FaceCrops", "Faces", "Plan", "PlanRecord", "StoredCuts", "StoredFaces"]

CROP_MARGIN: Final = 0.25
"""A crop is the box of the landmarks, grown on each side by this share of its size."""


class Detections:
    """Frame m: where faces may be in the m-th frame looked at."""

    def __init__(self) -> None:
        self._detect: Detector | None = None

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Look at a small RGB frame."""
        if self._detect is None:
            with named_errors():
                self._detect = Detector()
        return pack(detections_to(self._detect(rgb_of(f))))


class Faces:
    """Frame m: the faces of a frame between the m-th detection and the next, and their pixels at native resolution."""

    def __init__(self, weight: float) -> None:
        """Look at frames at `weight`, 0..1, between the two detections."""
        self._weight = weight
        self._find: FaceFinder | None = None

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [full frame, small RGB frame, the m-th detections, the next ones]."""
        full, small, before, after = f
        _check_progressive(full)
        if self._find is None:
            with named_errors():
                self._find = FaceFinder()
        earlier, later = (detections_from(unpack(frame)) for frame in (before, after))
        detections = between(earlier, later, self._weight)
        faces = [self._enlarged(face, full, small) for face in self._find(rgb_of(small), detections)]
        return pack({**faces_to(faces), **crops_to(_crops(faces, full)), **_duration(full)})

    @staticmethod
    def _enlarged(face: Face, full: vs.VideoFrame, small: vs.VideoFrame) -> Face:
        """Take a face from the small picture to luma samples of the full one."""
        scale = np.array([full.width / small.width, full.height / small.height, full.width / small.width], np.float32)
        shift = np.array([0.5, 0.5, 0.0], np.float32)
        landmarks = (face.landmarks + shift) * scale - shift
        steps = np.rint(landmarks * np.float32(GRAIN)).astype(np.int32)  # which have no negative zero
        return Face(steps.astype(np.float32) / np.float32(GRAIN), face.presence)


class PlanRecord:
    """Frame n: what a plan file keeps of frame n."""

    def __init__(self, run: int) -> None:
        """Take cuts in runs of so many frames."""
        self._run = run

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [faces, cuts of its run, full frame]."""
        faces, cuts, full = f
        arrays = {**faces_to(faces_from(unpack(faces))), "cut": unpack(cuts)["cuts"][n % self._run, None]}
        if n % FINGERPRINT_EVERY == 0:
            arrays["digest"] = np.frombuffer(fingerprint(planes_of(full)), np.uint8)
        return pack(arrays)


class StoredFaces:
    """Frame n: the faces of frame n, from a file."""

    def __init__(self, faces: FaceFile) -> None:
        """Read faces when they are asked for."""
        self._faces = faces

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Look at nothing."""
        with named_errors():
            return pack(faces_to(self._faces.faces(n)))


class FaceCrops:
    """Frame n: the faces of frame n, known from a file, and their pixels at native resolution."""

    def __init__(self, faces: FaceFile) -> None:
        """Check now and then that the clip is the one that the faces were found in."""
        self._faces = faces

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [faces, full frame]."""
        arrays, full = unpack(f[0]), f[1]
        _check_progressive(full)
        with named_errors():
            self._faces.check(n, planes_of(full))
        return pack({**arrays, **crops_to(_crops(faces_from(arrays), full)), **_duration(full)})


class StoredCuts:
    """Frame n: which frames of the n-th run begin a shot, from a file."""

    def __init__(self, cuts: NDArray[np.bool_], run: int) -> None:
        """Take the cuts [length] of a clip in runs."""
        self._cuts = cuts
        self._run = run

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Look at nothing."""
        found = self._cuts[n * self._run : (n + 1) * self._run]
        return pack({"cuts": np.pad(found, (0, self._run - len(found)))})


class Cuts:
    """Frame n: which frames of the n-th run of small frames begin a shot."""

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at consecutive tiny RGB frames, the run's with the detector's context around them."""
        pictures = [cv2.cvtColor(rgb_of(frame), cv2.COLOR_RGB2BGR) for frame in f]
        found = set(find_cuts([np.asarray(picture, np.uint8) for picture in pictures]))
        run = f[BEFORE : len(f) - AFTER]
        told = [frame.props.get("_SceneChangePrev") for frame in run]
        return pack({"cuts": np.array([i in found if prop is None else bool(prop) for i, prop in enumerate(told)])})


class Plan:
    """Frame n: the plan of block n and of the frames around it."""

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
            length: its frames.
            width: of its pictures, in luma samples.
            height: of its pictures.
            excluded: [length] which frames are to be left alone.
            trimmer: told how far the clip has been planned.
            embeddings: of its faces, where a person is sought; without them, the target is each shot's main face.
            rank: 1 for the next largest face in place of the main one, and so on.
        """
        self._grid = grid
        self._length = length
        self._size = width, height
        self._excluded = excluded
        self._trimmer = trimmer
        self._embeddings = embeddings
        self._rank = rank

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [faces of the window's frames..., cuts of the window's runs..., who is sought, if anybody is]."""
        grid = self._grid
        self._trimmer.at(n * grid.block)
        first, stop = grid.span(n, self._length)
        origin = n * grid.block - grid.past
        window = f[first - origin : stop - origin]
        faces = [faces_from(unpack(frame)) for frame in window]
        runs = f[grid.window : grid.window + grid.window // grid.ahead]
        cuts = np.concatenate([unpack(frame).get("cuts", np.zeros(grid.ahead, bool)) for frame in runs])
        choose = choose_ranked(self._rank) if self._rank else choose_main
        if self._embeddings is not None:
            speaker = np.asarray(unpack(f[-1]).get("speaker", ()), np.float32)
            choose = choose_speaker(speaker, self._embeddings.among(window, first))
        plans = plan_window(faces, cuts[first - origin : stop - origin].tolist(), first, *self._size, choose)
        return pack(plans_to([without(plan) if self._excluded[plan.number] else plan for plan in plans]))


def _check_progressive(frame: vs.VideoFrame) -> None:
    if number_of(frame, "_FieldBased", 0) > 0:
        raise vs.Error("lipsync: the clip is interlaced; deinterlace it first, or set _FieldBased to 0 if it is not")


def _duration(frame: vs.VideoFrame) -> dict[str, NDArray[np.generic]]:
    """Return how long a frame is shown, in seconds, if it says so."""
    count, parts = (number_of(frame, name, 0) for name in ("_DurationNum", "_DurationDen"))
    return {"duration": np.array(count / parts)} if count > 0 and parts > 0 else {}


def _crops(faces: Sequence[Face], frame: vs.VideoFrame) -> list[Crop]:
    """Cut faces out of a frame."""
    video = sample_format(frame.format)
    crops = []
    for face in faces:
        box = face.box
        grown = CROP_MARGIN * (box[2:] - box[:2])
        left, top = np.floor(box[:2] - grown).astype(int)
        right, bottom = np.ceil(box[2:] + grown).astype(int)
        region = Region(int(left), int(top), int(right - left), int(bottom - top))
        crops.append(crop_of(frame, region.aligned(video, frame.width, frame.height)))
    return crops
