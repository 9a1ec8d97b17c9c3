"""Callbacks of the nodes that detect faces, or read them from a plan file, and cut out their pixels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import vapoursynth as vs

from vs_lipsync.faces.detections import between, bridged, detections_from, detections_to, detector
from vs_lipsync.faces.face import GRAIN, Face, FaceFinder
from vs_lipsync.graph.arrays.faces import crops_to, faces_from, faces_to
from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.planes.frames import crop_of, number_of, planes_of, rgb_of, sample_format
from vs_lipsync.planes.image import Crop, Region

if TYPE_CHECKING:
    from vs_lipsync.plan.file.faces import FaceFile

__all__ = ["Detections", "FaceCrops", "Faces", "Near", "StoredFaces", "check_progressive", "duration_of"]

CROP_MARGIN: Final = 0.25
"""A crop is the box of the landmarks, grown on each side by this share of its size."""


class Detections:
    """Frame m: the detections of the m-th proxy of those in which faces are detected.

    Input: one RGB24 proxy.
    Output: the arrays of `faces.detections.detections_to`, in pixels of the proxy; and
        doubtful   [0]: only where no face is, but something that may be one
    """

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Detect faces; vs.Error if the clip is interlaced, or the model files cannot be read."""
        check_progressive(f)
        with named_errors():
            look = detector().look(rgb_of(f))
        doubtful = {"doubtful": np.zeros(0, bool)} if look.doubtful else {}
        return pack({**detections_to(look.faces), **doubtful})


class Near:
    """Frame m: whether there may be faces within the m-th run of frames.

    Inputs:
        the detections of its first frame
        those of the next run's first frame
        the cuts of the run
    Output: a frame without arrays if there is nothing, or else the array
        near   [0]
    """

    def __init__(self, last: int) -> None:
        """Take the number of the last run."""
        self._last = last

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Tell whether either of the two shows something, or there is a cut between them."""
        here, after, cuts = (unpack(frame) for frame in f)
        near = n == self._last or here or after or cuts["cuts"][1:].any()
        return pack({"near": np.zeros(0, bool)} if near else {})


class Faces:
    """Frame m: the faces of the frame that lies at a fixed place between the m-th detections and the next.

    Inputs:
        the frame of the clip
        its RGB24 proxy
        the m-th detections
        the next detections; the last ones again behind them
        the detections before the m-th, the first ones again before them; read at the place of the m-th alone
    Output: the arrays of `arrays.faces.faces_to` and `arrays.faces.crops_to`, in luma samples of the clip.
    """

    def __init__(self, weight: float) -> None:
        """Give the next detections a weight, 0..1: how far the frame lies on the way to them."""
        self._weight = weight
        self._find: FaceFinder | None = None

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Find the landmarks of the faces; vs.Error if the frame is interlaced, or the model files cannot be read."""
        full, proxy, *detected = f
        check_progressive(full)
        if self._find is None:
            with named_errors():
                self._find = FaceFinder()
        here, after, *before = (detections_from(unpack(frame)) for frame in detected)
        detections = bridged(here, before[0], after) if self._weight == 0 else between(here, after, self._weight)
        faces = [self._enlarged(face, full, proxy) for face in self._find(rgb_of(proxy), detections)]
        return pack({**faces_to(faces), **crops_to(_crops(faces, full))})

    @staticmethod
    def _enlarged(face: Face, full: vs.VideoFrame, proxy: vs.VideoFrame) -> Face:
        """Take a face from pixels of the proxy to luma samples of the clip, rounded to 1 / GRAIN."""
        scale = np.array([full.width / proxy.width, full.height / proxy.height, full.width / proxy.width], np.float32)
        shift = np.array([0.5, 0.5, 0.0], np.float32)
        landmarks = (face.landmarks + shift) * scale - shift
        steps = np.rint(landmarks * np.float32(GRAIN)).astype(np.int32)  # which have no negative zero
        return replace(face, landmarks=steps.astype(np.float32) / np.float32(GRAIN))


class StoredFaces:
    """Frame n: the faces of frame n, from a plan file.

    Input: any frame; it is not read.
    Output: the arrays of `arrays.faces.faces_to`.
    """

    def __init__(self, faces: "FaceFile") -> None:
        """Read from a file of faces, frame by frame."""
        self._faces = faces

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Read the faces; vs.Error if the file is damaged."""
        with named_errors():
            return pack(faces_to(self._faces.faces(n)))


class FaceCrops:
    """Frame n: the faces of frame n from a plan file, or that were found before, and their pixels.

    Inputs:
        frame n of `StoredFaces` or `FoundFaces`
        frame n of the clip
    Output: the same arrays as those of `Faces`.
    """

    def __init__(self, faces: "FaceFile | None" = None) -> None:
        """Take the file of the faces, to compare the clip with its fingerprints; None if it is theirs."""
        self._faces = faces

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Cut out the pixels; vs.Error if the frame is interlaced, or not of the clip that the plan was made for."""
        arrays, full = unpack(f[0]), f[1]
        check_progressive(full)
        if self._faces is not None:
            with named_errors():
                self._faces.check(n, planes_of(full))
        return pack({**arrays, **crops_to(_crops(faces_from(arrays), full))})


def check_progressive(frame: vs.VideoFrame) -> None:
    """Raise vs.Error if a frame says that it is two fields."""
    if number_of(frame, "_FieldBased", 0) > 0:
        raise vs.Error(
            "lipsync: the clip is interlaced; deinterlace it first (--deinterlace), or set _FieldBased to 0 "
            "if it is not (--progressive)"
        )


def duration_of(frame: vs.VideoFrame) -> float:
    """Return how many seconds a frame is shown; NaN if it does not say it."""
    count, parts = (number_of(frame, name, 0) for name in ("_DurationNum", "_DurationDen"))
    return count / parts if count > 0 and parts > 0 else np.nan


def _crops(faces: Sequence[Face], frame: vs.VideoFrame) -> list[Crop]:
    """Cut the faces out of a frame with a margin, aligned to whole chroma samples, as views."""
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
