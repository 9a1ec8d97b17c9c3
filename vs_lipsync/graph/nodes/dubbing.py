"""Callbacks of the nodes that draw mouths, lay them over frames, and label frames with what is done."""

from collections.abc import Sequence

import numpy as np
import vapoursynth as vs

from vs_lipsync.graph.arrays.drawings import drawing_from
from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.graph.arrays.patches import patch_from, patches_to
from vs_lipsync.graph.arrays.plans import plan_from
from vs_lipsync.graph.properties import ACTION, BOX, FACE, REASON, sides_of
from vs_lipsync.mouth.base import Patch
from vs_lipsync.plan.frame_plan import Action, Reason
from vs_lipsync.plan.grid import Grid
from vs_lipsync.planes.composite import lay_over
from vs_lipsync.planes.frames import planes_of, sample_format
from vs_lipsync.planes.image import SampleFormat

__all__ = ["Composite", "Drawn", "Mask", "PlanProps"]


class PlanProps:
    """Frame n: a frame with the properties LipSyncAction, LipSyncReason and LipSyncFace of frame n's plan.

    Inputs:
        the frame to set them on
        the plans of its block
    """

    def __init__(self, *, above: bool = False) -> None:
        """Label frames; with `above`, add the face to those of the frame's LipSyncFace instead of replacing them."""
        self._above = above

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Set the properties on a copy of the frame."""
        plan = plan_from(unpack(f[1]), n)
        frame = f[0].copy()
        frame.props[ACTION], frame.props[REASON] = str(plan.action), str(plan.reason)
        if plan.landmarks is not None:
            left, top = np.floor(plan.landmarks[:, :2].min(0)).astype(int)
            right, bottom = np.ceil(plan.landmarks[:, :2].max(0)).astype(int)
            others = sides_of(frame, FACE) if self._above else []
            frame.props[FACE] = [*others, int(left), int(top), int(right - left), int(bottom - top)]
        return frame


class Drawn:
    """Frame m: the patch of the frame that lies at a fixed place behind the m-th of every so many frames.

    Input: the mouths of its block.
    Output: the arrays of `arrays.patches.patches_to` for this frame alone.
    """

    def __init__(self, every: int, phase: int, grid: Grid, video: SampleFormat) -> None:
        """Draw the mouths of frames phase, phase + every, ... of a clip.

        Args:
            every: frames from one to the next.
            phase: number of the first.
            grid: blocks of the clip.
            video: format of its samples.
        """
        self._every, self._phase = every, phase
        self._grid = grid
        self._format = video

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Draw a mouth."""
        arrays, index = unpack(f), (n * self._every + self._phase) % self._grid.block
        drawing = drawing_from(arrays, index, f.props, self._format)
        patch = patch_from(arrays, index, self._format) if drawing is None else drawing.draw()
        return pack(patches_to([patch]))


class Composite:
    """Frame n: frame n of the clip with its patch laid over, and the properties of what was done.

    Inputs:
        frame n of the clip, or of the layer of mouths below
        its patch
    """

    def __init__(self, video: SampleFormat, *, above: bool = False) -> None:
        """Compose frames of a clip.

        Args:
            video: format of its samples.
            above: whether the frames may have other mouths already, whose boxes stay in LipSyncBox.
        """
        self._above = above
        self._format = video

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Lay the patch over a copy of the frame, of which only the samples under the patch are written."""
        source, drawn = f
        patch = patch_from(unpack(drawn), 0, self._format)
        frame = source.copy()
        _label(frame, patch, self._above)
        if patch is not None:
            lay_over(planes_of(frame), planes_of(source), patch.planes, patch.mask, patch.region, self._format)
        return frame


class Mask:
    """Frame n: how much of each luma sample of frame n the patch replaces, 0 to the format's peak.

    Inputs:
        a GRAY frame of the clip's size and depth: black, or the mask of the layer of mouths below
        its patch
    """

    def __init__(self, video: SampleFormat, *, above: bool = False) -> None:
        """Make the masks of a clip.

        Args:
            video: format of its samples.
            above: whether the masks may have other mouths already, of which the greater value stays.
        """
        self._above = above
        self._format = video

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Draw the mask of the patch into a copy of the frame."""
        black, drawn = f
        patch = patch_from(unpack(drawn), 0, self._format)
        frame = black.copy()
        _label(frame, patch, self._above)
        if patch is not None:
            mask = sample_format(frame.format)
            rows, columns = patch.region.slices(mask, 0)
            values = patch.mask * mask.peak
            shown = np.asarray(frame[0])[rows, columns]
            np.maximum(shown, values if mask.dtype.kind == "f" else np.rint(values), out=shown, casting="unsafe")
        return frame


def _label(frame: vs.VideoFrame, patch: Patch | None, above: bool) -> None:
    """Set LipSyncAction, LipSyncReason and LipSyncBox of a frame.

    Args:
        frame: the frame.
        patch: what was laid over it; None if the mouth could not be made.
        above: whether boxes that the frame has already are of other mouths and stay; or else they are replaced.
    """
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
