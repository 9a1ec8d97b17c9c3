"""Clips dubbed chunk by chunk, as the graph does it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.measuring.footage import Measured, read
from vs_lipsync.mouth.base import Chunk, Patch
from vs_lipsync.mouth.warp import WarpGenerator
from vs_lipsync.plan.grid import Grid
from vs_lipsync.planes.composite import lay_over
from vs_lipsync.planes.image import Crop, Planes
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion

__all__ = ["Dubbed", "dub", "dubbed_by_turns", "laid_over"]


@dataclass(frozen=True)
class Dubbed:
    """What was made of a clip.

    Attributes:
        patches: the mouth of each frame, None for those that pass.
        requested: [53, 3] the shape asked for, by number of the dubbed frame.
        exemplars: the number of the exemplar, by number of the dubbed frame.
        milliseconds: processor time a dubbed frame.
    """

    patches: list[Patch | None]
    requested: dict[int, NDArray[np.floating]]
    exemplars: dict[int, int]
    milliseconds: float


def dub(clip: Measured, generator: WarpGenerator, grid: Grid) -> Dubbed:
    """Dub a clip from its first frame on."""
    patches: list[Patch | None] = []
    requested: dict[int, NDArray[np.floating]] = {}
    exemplars: dict[int, int] = {}
    spent = 0.0
    for start in range(0, len(clip.frames), grid.block):
        stop = min(start + grid.block, len(clip.frames))
        first, last = max(0, start - grid.past), min(len(clip.frames), stop + grid.ahead)
        times = np.arange(first, last) / clip.rate
        chunk = Chunk(clip.frames[first:last], start - first, stop - first, times)
        generator.mouths(chunk)  # the dub's motion is computed once, and is no part of the time
        began = time.process_time()
        patches += [None if one is None else one.draw() for one in generator.generate(chunk)]
        spent += time.process_time() - began
        for mouth in generator.mouths(chunk):
            requested[mouth.index + first] = mouth.shape
            exemplars[mouth.index + first] = mouth.exemplar + first
    return Dubbed(patches, requested, exemplars, 1e3 * spent / max(1, len(requested)))


def dubbed_by_turns(
    clips: Sequence[str], drivers: Sequence[str], frames: int, kept: Path | None
) -> Iterator[tuple[str, Measured, Dubbed]]:
    """Dub clips, each with the sound of the next driver that is another file.

    Args:
        clips: files to dub.
        drivers: files whose sound is used, again and again in this order.
        frames: frames of each clip, at most.
        kept: folder for what was read of the clips; None to keep nothing.
    """
    motions = {driver: Motion(Dub.open(driver)) for driver in drivers}
    turn, grid = cycle(drivers), Grid.for_frames_of(0)
    for clip in clips:
        driver = next(one for one in turn if not Path(one).samefile(clip))
        footage = read(clip, frames, kept)
        generator = WarpGenerator(motions[driver], past=grid.past, ahead=grid.ahead)
        yield clip, footage, dub(footage, generator, grid)


def laid_over(crop: Crop, patch: Patch) -> Crop:
    """Return a cut-out with a patch over it."""
    region = replace(patch.region, x=patch.region.x - crop.region.x, y=patch.region.y - crop.region.y)
    planes: Planes = tuple(plane.copy() for plane in crop.planes)
    lay_over(planes, crop.planes, patch.planes, patch.mask, region, crop.format)
    return replace(crop, planes=planes)
