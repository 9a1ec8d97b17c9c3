"""Pictures that a judge is shown instead of a dub, to find out which step of making it tells."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scripts.measuring.dubbed import Dubbed, laid_over
from scripts.measuring.footage import Measured
from scripts.measuring.reenactment import reenact
from vs_lipsync.mouth.drawing import drawing_of
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.planes.image import Crop
from vs_lipsync.planes.resample import sample, to_samples

__all__ = ["Pictured", "dubbed", "real", "reenacted", "resampled"]

type Pictured = dict[int, tuple[Crop, NDArray[np.float32]]]
"""Cut-out and landmarks [468, 3] by number of the frame."""


def real(clip: Measured) -> Pictured:
    """Return the frames of a clip that show a face."""
    return {
        number: (crop, frame.landmarks)
        for number, (crop, frame) in enumerate(zip(clip.wide, clip.frames, strict=True))
        if crop is not None and frame.landmarks is not None
    }


def dubbed(clip: Measured, made: Dubbed) -> Pictured:
    """Return the frames of a clip with the mouths that were made."""
    patches = {number: made.patches[number] for number in made.requested}
    return {
        number: (laid_over(crop, patch), landmarks)
        for number, (crop, landmarks) in real(clip).items()
        if (patch := patches.get(number)) is not None
    }


def reenacted(clip: Measured) -> Pictured:
    """Return frames of a clip with their own true mouths, made of other frames: what the motion tells is left out."""
    footage, whole = Footage.of(clip.frames), real(clip)
    patches = {index: drawing_of(footage, mouth).draw() for index, _, mouth in reenact(footage)}
    return {
        number: (laid_over(whole[number][0], patch), whole[number][1])
        for number, patch in patches.items()
        if patch is not None and number in whole
    }


def resampled(clip: Measured, seed: int = 0) -> Pictured:
    """Return the frames of a clip read between their samples, each shifted by other parts of a sample."""
    rng = np.random.default_rng(seed)
    return {number: _shifted(*one, rng.uniform(0, 1, 2)) for number, one in real(clip).items()}


def _shifted(
    crop: Crop, landmarks: NDArray[np.float32], shift: NDArray[np.float64]
) -> tuple[Crop, NDArray[np.float32]]:
    """Return a cut-out and landmarks moved to the left and up by luma samples [2]."""
    planes = []
    for index, plane in enumerate(crop.planes):
        by = shift / [1 << one for one in crop.format.subsampling(index)]
        height, width = plane.shape
        x, y = np.arange(width) + by[0], np.arange(height) + by[1]
        places = np.stack(np.meshgrid(x, y), -1).astype(np.float32)
        planes.append(to_samples(sample(crop, index, places), crop.format))
    return replace(crop, planes=tuple(planes)), landmarks - np.array([*shift, 0.0], np.float32)
