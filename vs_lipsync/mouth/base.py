"""What a mouth generator is given and what it returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.planes.image import Crop, Planes, Region

if TYPE_CHECKING:
    from vs_lipsync.mouth.bank import Bank

__all__ = ["Chunk", "Drawable", "Generator", "MouthFrame", "Patch"]


@dataclass(frozen=True, slots=True)
class MouthFrame:
    """One frame of the footage as a generator sees it.

    Attributes:
        number: frame number in the clip.
        shot: number of the shot's first frame; frames with equal `shot` show the same, uncut scene.
        crop: the target's face, at native resolution, in the clip's own format; None when the frame passes.
        landmarks: [468, 3] points in luma samples of the whole picture (x right, y down, z away), smoothed
            over time inside the shot; None when the frame passes.
    """

    number: int
    shot: int
    crop: Crop | None
    landmarks: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """The frames whose mouths are made at once, among the frames that can be looked at for it.

    The window holds consecutive frames. Which frames it spans follows from the position of the chunk alone, so that a
    result does not depend on the order of requests.

    Attributes:
        window: consecutive frames: `past` of them before the chunk, the chunk, and some after it; fewer at the ends
            of the clip.
        start: index in the window of the chunk's first frame.
        stop: index in the window behind the chunk's last frame.
        times: seconds in the dub at which each frame of the window is shown; may lie outside the dub. NaN where the
            frame is not to be changed, whatever the dub.
        bank: mouths of the same person from other footage; None if there are none.
    """

    window: Sequence[MouthFrame]
    start: int
    stop: int
    times: NDArray[np.float64]
    bank: "Bank | None" = None


@dataclass(frozen=True, slots=True)
class Patch:
    """A new mouth, ready to be laid over the frame.

    Attributes:
        region: where it goes, aligned to whole chroma samples.
        planes: samples of the clip's own format.
        mask: [region.height, region.width] float32 in 0..1, per luma sample: how much of the patch shows. Samples
            with mask 0 stay the source's, bit for bit.
        note: empty, or what to tell the user of how it was made ("no exemplar", for instance).
    """

    region: Region
    planes: Planes
    mask: NDArray[np.float32]
    note: str = ""

    def draw(self) -> "Patch":
        """Return the patch, which is drawn already."""
        return self


class Drawable(Protocol):
    """The mouth of one frame, which may still have to be drawn: of a chunk, a viewer may look at one frame alone."""

    def draw(self) -> Patch | None:
        """Return the patch; None when there is no room for one in the crop of its frame."""
        ...


class Generator(Protocol):
    """Makes the mouths of a chunk. Called from several threads at a time; must not ask VapourSynth for video frames."""

    def generate(self, chunk: Chunk) -> Sequence[Drawable | None]:
        """Return the mouth of every frame of the chunk, a `Patch` or a `drawing.Drawing`; None for those that pass."""
        ...
