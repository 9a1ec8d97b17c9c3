"""What the nodes of the graph compute, frame by frame.

Each class is the callback of one `ModifyFrame`. VapourSynth runs the callbacks of one node one at a time, and those of
different nodes side by side. None of them asks VapourSynth for a frame (but `Mouths` for the sound of a dub that is an
audio node, with no lock held), and none holds a node that comes after its own: such a cycle is never freed.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, Protocol

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.embeddings import Embeddings
from vs_lipsync.errors import named_errors
from vs_lipsync.memory import Upkeep
from vs_lipsync.mouth.arrays import crop_from, crops_to, patch_from, patches_to
from vs_lipsync.mouth.base import Chunk, Generator, MouthFrame, Patch
from vs_lipsync.plan import Action, Face, FaceFinder, FramePlan, Grid, Reason, plan_window
from vs_lipsync.plan.arrays import faces_from, faces_to, plan_from, plans_from, plans_to
from vs_lipsync.plan.detections import Detector, between, detections_from, detections_to
from vs_lipsync.plan.face_file import FaceFile
from vs_lipsync.plan.faces import GRAIN
from vs_lipsync.plan.frame_plan import without
from vs_lipsync.plan.samples import SAMPLE_EVERY, sample_digest
from vs_lipsync.plan.scenes import AFTER, BEFORE, find_cuts
from vs_lipsync.plan.selection import choose_main, choose_ranked, choose_speaker
from vs_lipsync.planes.composite import lay_over
from vs_lipsync.planes.frames import crop_of, number_of, planes_of, rgb_of, sample_format
from vs_lipsync.planes.image import Crop, Region, SampleFormat
from vs_lipsync.planes.packing import pack, unpack
from vs_lipsync.timeline import Timeline, is_regular

__all__ = [
    "ACTION",
    "BOX",
    "FACE",
    "REASON",
    "Composite",
    "Cuts",
    "Detections",
    "Faces",
    "Known",
    "KnownCuts",
    "Mask",
    "Mouths",
    "Observe",
    "Pixels",
    "Plan",
    "Timing",
    "Told",
]

ACTION: Final = "LipSyncAction"
REASON: Final = "LipSyncReason"
BOX: Final = "LipSyncBox"
FACE: Final = "LipSyncFace"
"""Names of the frame properties that the filter sets."""

CROP_MARGIN: Final = 0.25
"""A crop is the box of the landmarks, grown on each side by this share of its size."""


class Timing:
    """Which moment of the dub belongs to a frame: exact, since times and offsets are fractions."""

    def __init__(self, timeline: Timeline, offset: Fraction, spans: Sequence[tuple[int, int]]) -> None:
        """Start the dub `offset` seconds after the first frame.

        It is spoken in spans of frames alone, each a first frame and the one behind the last.
        """
        self._timeline = timeline
        self._offset = offset
        self._spans = spans

    def at(self, first: int, stop: int) -> NDArray[np.float64]:
        """Return the times [stop - first] in the dub, in seconds, of consecutive frames; NaN outside of the spans."""
        times = np.full(stop - first, np.nan)
        for begin, end in self._spans:
            for number in range(max(first, begin), min(stop, end)):
                times[number - first] = self._timeline.start(number) - self._offset
        return times


class VoiceLike(Protocol):
    """A voice that speaks in some frames, as much of it as making mouths takes."""

    @property
    def generator(self) -> Generator:
        """What makes the mouths."""
        ...

    @property
    def timing(self) -> Timing:
        """Which moment of the dub belongs to a frame."""
        ...

    @property
    def plan(self) -> int:
        """Number of the plan that says who it is."""
        ...


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


class Observe:
    """Frame n: what a plan file keeps of frame n."""

    def __init__(self, run: int) -> None:
        """Take cuts in runs of so many frames."""
        self._run = run

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [faces, cuts of its run, full frame]."""
        faces, cuts, full = f
        arrays = {**faces_to(faces_from(unpack(faces))), "cut": unpack(cuts)["cuts"][n % self._run, None]}
        if n % SAMPLE_EVERY == 0:
            arrays["digest"] = np.frombuffer(sample_digest(planes_of(full)), np.uint8)
        return pack(arrays)


class Known:
    """Frame n: the faces of frame n, from a file."""

    def __init__(self, faces: FaceFile) -> None:
        """Read faces when they are asked for."""
        self._faces = faces

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Look at nothing."""
        with named_errors():
            return pack(faces_to(self._faces.faces(n)))


class Pixels:
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


class KnownCuts:
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
        upkeep: Upkeep,
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
            upkeep: told how far the clip has been planned.
            embeddings: of its faces, where a person is sought; without them, the target is each shot's main face.
            rank: 1 for the next largest face in place of the main one, and so on.
        """
        self._grid = grid
        self._length = length
        self._size = width, height
        self._excluded = excluded
        self._upkeep = upkeep
        self._embeddings = embeddings
        self._rank = rank

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [faces of the window's frames..., cuts of the window's runs..., who is sought, if anybody is]."""
        grid = self._grid
        self._upkeep.at(n * grid.block)
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


class Told:
    """Frame n: what is done to frame n of the clip, with the place of the face that speaks."""

    def __init__(self, *, above: bool = False) -> None:
        """Tell it of one face, or of one `above` others, of which the frame tells already."""
        self._above = above

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [any frame to write it to, plan of its block]."""
        plan = plan_from(unpack(f[1]), n)
        frame = f[0].copy()
        frame.props[ACTION], frame.props[REASON] = str(plan.action), str(plan.reason)
        if plan.landmarks is not None:
            left, top = np.floor(plan.landmarks[:, :2].min(0)).astype(int)
            right, bottom = np.ceil(plan.landmarks[:, :2].max(0)).astype(int)
            others = [int(side) for side in frame.props[FACE]] if self._above and FACE in frame.props else []
            frame.props[FACE] = [*others, int(left), int(top), int(right - left), int(bottom - top)]
        return frame


class Mouths:
    """Frame n: the new mouths of block n."""

    def __init__(
        self,
        speakers: Sequence[VoiceLike],
        plans: int,
        grid: Grid,
        length: int,
        video: SampleFormat,
        fps: Fraction | None = None,
    ) -> None:
        """Make mouths for a clip of `length` frames with several plans. No frame is in the spans of two speakers.

        A clip that has the constant rate `fps` is refused where its frames say something else.
        """
        self._speakers = speakers
        self._plans = plans
        self._grid = grid
        self._length = length
        self._format = video
        self._fps = fps

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [plans of the block..., faces of the window's frames...]."""
        grid = self._grid
        first, stop = grid.span(n, self._length)
        faces = f[self._plans + first - n * grid.block + grid.past :]
        if self._fps is not None:
            _check_rate(faces[: stop - first], self._fps, first)
        begin = n * grid.block
        end = min(begin + grid.block, self._length)
        patches: list[Patch | None] = [None] * (end - begin)
        for speaker in self._speakers:
            if np.isfinite(speaker.timing.at(begin, end)).any():
                plans = plans_from(unpack(f[speaker.plan]))
                window = [self._mouth(plan, frame) for plan, frame in zip(plans, faces, strict=False)]
                chunk = Chunk(window, begin - first, end - first, speaker.timing.at(first, stop))
                with named_errors():
                    made = speaker.generator.generate(chunk)
                patches = [old if new is None else new for old, new in zip(patches, made, strict=True)]
        return pack(patches_to(patches))

    def _mouth(self, plan: FramePlan, frame: vs.VideoFrame) -> MouthFrame:
        if plan.landmarks is None:
            return MouthFrame(plan.number, plan.shot, None, None)
        return MouthFrame(plan.number, plan.shot, crop_from(unpack(frame), plan.face, self._format), plan.landmarks)


class Composite:
    """Frame n: the clip's frame with its new mouth."""

    def __init__(self, grid: Grid, video: SampleFormat, *, above: bool = False) -> None:
        """Compose frames of a format; `above` other mouths, which are in the frame already."""
        self._above = above
        self._grid = grid
        self._format = video

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [full frame, mouths of its block]."""
        source, mouths = f
        patch = patch_from(unpack(mouths), n % self._grid.block, self._format)
        frame = source.copy()
        _label(frame, patch, self._above)
        if patch is not None:
            lay_over(planes_of(frame), planes_of(source), patch.planes, patch.mask, patch.region, self._format)
        return frame


class Mask:
    """Frame n: how much of each luma sample the new mouth replaces."""

    def __init__(self, grid: Grid, video: SampleFormat, *, above: bool = False) -> None:
        """Make masks for a clip of a format; `above` other mouths, which are in the mask already."""
        self._above = above
        self._grid = grid
        self._format = video

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [black frame of the mask's format, mouths of its block]."""
        black, mouths = f
        patch = patch_from(unpack(mouths), n % self._grid.block, self._format)
        frame = black.copy()
        _label(frame, patch, self._above)
        if patch is not None:
            mask = sample_format(frame.format)
            rows, columns = patch.region.slices(mask, 0)
            values = patch.mask * mask.peak
            shown = np.asarray(frame[0])[rows, columns]
            np.maximum(shown, values if mask.dtype.kind == "f" else np.rint(values), out=shown, casting="unsafe")
        return frame


def _check_progressive(frame: vs.VideoFrame) -> None:
    if number_of(frame, "_FieldBased", 0) > 0:
        raise vs.Error("lipsync: the clip is interlaced; deinterlace it first, or set _FieldBased to 0 if it is not")


def _duration(frame: vs.VideoFrame) -> dict[str, NDArray[np.generic]]:
    """Return how long a frame is shown, in seconds, if it says so."""
    count, parts = (number_of(frame, name, 0) for name in ("_DurationNum", "_DurationDen"))
    return {"duration": np.array(count / parts)} if count > 0 and parts > 0 else {}


def _check_rate(faces: Sequence[vs.VideoFrame], fps: Fraction, first: int) -> None:
    """Refuse frames, from `first` on, that do not last as long as the clip's rate says."""
    durations = np.array([float(unpack(frame).get("duration", np.nan)) for frame in faces])
    if not is_regular(durations, fps):
        raise vs.Error(
            f"lipsync: the clip has a variable frame rate (in frames {first} to {first + len(faces) - 1}); pass its "
            "timecodes=, or open it at a constant rate (fpsnum and fpsden of BestSource); if it is constant, AssumeFPS"
        )


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


def _label(frame: vs.VideoFrame, patch: Patch | None, above: bool) -> None:
    """Say what was done to a frame; `above` others, of which it tells already, or else whatever it said before."""
    boxes = [int(side) for side in frame.props[BOX]] if above and BOX in frame.props else []
    if patch is None and boxes:
        return
    if patch is None:
        frame.props[ACTION], frame.props[REASON] = str(Action.PASS), str(Reason.NOT_MADE)
        frame.props.pop(BOX, None)
    else:
        region = patch.region
        frame.props[ACTION], frame.props[REASON] = str(Action.DUB), patch.note or str(Reason.TARGET)
        frame.props[BOX] = [*boxes, region.x, region.y, region.width, region.height]
