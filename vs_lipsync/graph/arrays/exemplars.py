"""Frames with the mouths of one person as packed arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.faces import crop_from, crops_to
from vs_lipsync.graph.arrays.packing import Arrays
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.planes.image import SampleFormat

__all__ = ["exemplars_from", "exemplars_to"]


def exemplars_to(frames: Sequence[MouthFrame]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of frames [n] that all have crop and landmarks.

    Returns:
        Nothing when there are none, or else those of `arrays.faces.crops_to` for the crops, in their order, and
            numbers    [n] int64: numbers of the frames
            shots      [n] int64: numbers of the first frames of their shots
            landmarks  [n, 468, 3] float32: in luma samples of the picture
    """
    if not frames:
        return {}
    return {
        "numbers": np.array([frame.number for frame in frames], np.int64),
        "shots": np.array([frame.shot for frame in frames], np.int64),
        "landmarks": np.stack([frame.landmarks for frame in frames if frame.landmarks is not None]),
        **crops_to([frame.crop for frame in frames if frame.crop is not None]),
    }


def exemplars_from(arrays: Arrays, sample_format: SampleFormat) -> list[MouthFrame]:
    """Return the frames of the arrays of `exemplars_to`; landmarks and planes are views.

    Args:
        arrays: those of the frames.
        sample_format: that of their samples.
    """
    if "numbers" not in arrays:
        return []
    landmarks = arrays["landmarks"].astype(np.float32, copy=False)
    return [
        MouthFrame(int(number), int(shot), crop_from(arrays, index, sample_format), landmarks[index])
        for index, (number, shot) in enumerate(zip(arrays["numbers"], arrays["shots"], strict=True))
    ]
