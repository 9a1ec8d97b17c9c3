"""The callback of the node that makes the mouths of a block: a generator is given what the plans and the faces say."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np
import vapoursynth as vs

from vs_lipsync.graph.arrays.drawings import PICTURE, drawings_to, pictures_of
from vs_lipsync.graph.arrays.exemplars import exemplars_from
from vs_lipsync.graph.arrays.faces import crop_from
from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.graph.arrays.patches import patches_to
from vs_lipsync.graph.arrays.plans import plans_from
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.nodes.faces import duration_of
from vs_lipsync.mouth.bank import Bank
from vs_lipsync.mouth.base import Chunk, Drawable, Generator, MouthFrame, Patch
from vs_lipsync.mouth.drawing import Drawing
from vs_lipsync.plan.frame_plan import FramePlan
from vs_lipsync.plan.grid import Grid
from vs_lipsync.planes.image import SampleFormat
from vs_lipsync.timing.timeline import is_regular
from vs_lipsync.timing.timing import Timing

__all__ = ["Mouths"]


class VoiceLike(Protocol):
    """What `Mouths` needs of a voice; `schedule.OpenVoice` has it."""

    @property
    def generator(self) -> Generator:
        """Makes the mouths."""
        ...

    @property
    def timing(self) -> Timing:
        """Gives the time in the dub of each frame; NaN where the voice does not speak."""
        ...

    @property
    def plan(self) -> int:
        """Index of the plan of its target among the plans of the clip."""
        ...

    @property
    def bank(self) -> int | None:
        """Index of its exemplars among the banks; None if it has none."""
        ...


class Mouths:
    """Frame k: the mouths of block k.

    Inputs, one frame each:
        the plans of block k's window of each plan of the clip, `plans` in all
        the faces and crops of each frame of block k's window, `grid.window` in all; no arrays outside of the clip
        the exemplars of each bank: the same frame for all blocks
    Output: the arrays of `arrays.patches.patches_to` for mouths that are drawn, and for those that are still to be
        drawn the arrays of `arrays.drawings.drawings_to`, with the frames that they are drawn from as properties.
    """

    def __init__(
        self,
        voices: Sequence[VoiceLike],
        plans: int,
        grid: Grid,
        length: int,
        video: SampleFormat,
        fps: Fraction | None = None,
    ) -> None:
        """Make the mouths of a clip.

        Args:
            voices: the voices, of which at most one speaks in each frame.
            plans: how many plans the clip has.
            grid: its blocks.
            length: its length in frames.
            video: format of its samples.
            fps: its constant frame rate, which the durations of its frames must not contradict; None not to check it.
        """
        self._voices = voices
        self._plans = plans
        self._grid = grid
        self._length = length
        self._format = video
        self._fps = fps
        self._known: dict[int, Bank | None] = {}

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Make the patches of a block; vs.Error if the frame rate varies, or a dub cannot be decoded."""
        grid = self._grid
        first, stop = grid.span(n, self._length)
        origin = self._plans + first - n * grid.block + grid.past
        faces, banks = f[origin : origin + stop - first], f[self._plans + grid.window :]
        if self._fps is not None:
            # How long the last frame is shown moves no other one.
            _check_rate(faces[: min(stop, self._length - 1) - first], self._fps, first)
        begin = n * grid.block
        end = min(begin + grid.block, self._length)
        mouths: list[Drawable | None] = [None] * (end - begin)
        places: dict[int, tuple[MouthFrame, vs.VideoFrame, int]] = {}
        for voice in self._voices:
            if np.isfinite(voice.timing.at(begin, end)).any():
                plans = plans_from(unpack(f[voice.plan]))
                window = [self._mouth(plan, frame) for plan, frame in zip(plans, faces, strict=False)]
                bank = None if voice.bank is None else self._bank(voice.bank, banks[voice.bank])
                chunk = Chunk(window, begin - first, end - first, voice.timing.at(first, stop), bank)
                with named_errors():
                    made = voice.generator.generate(chunk)
                mouths = [old if new is None else new for old, new in zip(mouths, made, strict=True)]
                pictured = zip(window, faces, plans, strict=False)
                places |= {id(mouth): (mouth, frame, plan.face) for mouth, frame, plan in pictured}
        return _packed(mouths, places)

    def _bank(self, number: int, frame: vs.VideoFrame) -> Bank | None:
        """Return the exemplars of a bank, which are measured once."""
        if number not in self._known:
            arrays = unpack(frame)
            self._known[number] = Bank.of(exemplars_from(arrays, self._format), float(arrays["rate"]))
        return self._known[number]

    def _mouth(self, plan: FramePlan, frame: vs.VideoFrame) -> MouthFrame:
        """Return a frame as the generator takes it, from its plan and the frame with its faces and crops."""
        if plan.landmarks is None:
            return MouthFrame(plan.number, plan.shot, None, None)
        return MouthFrame(plan.number, plan.shot, crop_from(unpack(frame), plan.face, self._format), plan.landmarks)


def _packed(
    mouths: Sequence[Drawable | None], places: Mapping[int, tuple[MouthFrame, vs.VideoFrame, int]]
) -> vs.VideoFrame:
    """Return a frame with mouths.

    Args:
        mouths: those of a block.
        places: for pictures by their `id`: the picture, the frame that has its crop, and the number of the face in it.
    """
    drawings = [mouth if isinstance(mouth, Drawing) else None for mouth in mouths]
    pictures = pictures_of([drawing for drawing in drawings if drawing is not None])
    found = [places.get(id(picture)) for picture in pictures]
    patches = [mouth if isinstance(mouth, Patch) else None for mouth in mouths]
    faces = [-1 if place is None else place[2] for place in found]
    frame = pack({**patches_to(patches), **drawings_to(drawings, pictures, faces)})
    for number, place in enumerate(found):
        if place is not None:
            # Not copied: the frames are kept as long as this one is.
            frame.props[f"{PICTURE}{number}"] = place[1]
    return frame


def _check_rate(faces: Sequence[vs.VideoFrame], fps: Fraction, first: int) -> None:
    """Raise vs.Error unless the durations of frames, from number `first` on, are those of the rate `fps`.

    Args:
        faces: the faces of the frames, with the properties of their durations.
        fps: frames per second.
        first: number of the first frame in the clip.
    """
    durations = np.array([duration_of(frame) for frame in faces])
    if not is_regular(durations, fps):
        raise vs.Error(
            f"lipsync: the clip has a variable frame rate (in frames {first} to {first + len(faces) - 1}); pass its "
            "timecodes=, or open it at a constant rate (fpsnum and fpsden of BestSource); if it is constant, AssumeFPS"
        )
