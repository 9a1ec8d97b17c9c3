"""What the nodes that make and lay in the new mouths compute, frame by frame; as `analysis_nodes`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np
import vapoursynth as vs

from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.packing import pack, unpack
from vs_lipsync.graph.patch_arrays import crop_from, patch_from, patches_to
from vs_lipsync.graph.plan_arrays import plan_from, plans_from
from vs_lipsync.graph.properties import ACTION, BOX, FACE, REASON, sides_of
from vs_lipsync.mouth.base import Chunk, Generator, MouthFrame, Patch
from vs_lipsync.plan.frame_plan import Action, FramePlan, Reason
from vs_lipsync.plan.grid import Grid
from vs_lipsync.planes.composite import lay_over
from vs_lipsync.planes.frames import planes_of, sample_format
from vs_lipsync.planes.image import SampleFormat
from vs_lipsync.timing.timeline import is_regular
from vs_lipsync.timing.timing import Timing

__all__ = ["Composite", "Mask", "Mouths", "PlanProps"]


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


class PlanProps:
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
            others = sides_of(frame, FACE) if self._above else []
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


def _check_rate(faces: Sequence[vs.VideoFrame], fps: Fraction, first: int) -> None:
    """Refuse frames, from `first` on, that do not last as long as the clip's rate says."""
    durations = np.array([float(unpack(frame).get("duration", np.nan)) for frame in faces])
    if not is_regular(durations, fps):
        raise vs.Error(
            f"lipsync: the clip has a variable frame rate (in frames {first} to {first + len(faces) - 1}); pass its "
            "timecodes=, or open it at a constant rate (fpsnum and fpsden of BestSource); if it is constant, AssumeFPS"
        )


def _label(frame: vs.VideoFrame, patch: Patch | None, above: bool) -> None:
    """Say what was done to a frame; `above` others, of which it tells already, or else whatever it said before."""
    boxes = sides_of(frame, BOX) if above else []
    if patch is None and boxes:
        return
    if patch is None:
        frame.props[ACTION], frame.props[REASON] = str(Action.PASS), str(Reason.NOT_MADE)
        frame.props.pop(BOX, None)
    else:
        region = patch.region
        frame.props[ACTION], frame.props[REASON] = str(Action.DUB), patch.note or str(Reason.TARGET)
        frame.props[BOX] = [*boxes, region.x, region.y, region.width, region.height]
