"""A frame's crop at another size."""

from dataclasses import replace

import cv2
import numpy as np

from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.planes.image import Region
from vs_lipsync.planes.resample import readable

__all__ = ["scaled"]


def scaled(frame: MouthFrame, factor: float) -> MouthFrame:
    """Return a frame whose crop is enlarged, or shrunk by averaging, and with it the places of its landmarks.

    The picture that they lie in is then the crop itself.

    Args:
        frame: with crop and landmarks.
        factor: size of the result as a multiple; sides are rounded to whole chroma samples.
    """
    crop = frame.crop
    assert crop is not None and frame.landmarks is not None
    step_x, step_y = 1 << crop.format.subsampling_w, 1 << crop.format.subsampling_h
    width = max(1, round(crop.region.width * factor / step_x)) * step_x
    height = max(1, round(crop.region.height * factor / step_y)) * step_y
    planes = []
    for index, plane in enumerate(crop.planes):
        shift_x, shift_y = crop.format.subsampling(index)
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        made = np.asarray(cv2.resize(readable(plane), (width >> shift_x, height >> shift_y), interpolation=how))
        planes.append(made.astype(plane.dtype, copy=False))
    x, y = width / crop.region.width, height / crop.region.height
    shift = np.array([0.5 - crop.region.x, 0.5 - crop.region.y, 0.0], np.float32)
    grow = np.array([x, y, (x * y) ** 0.5], np.float32)
    landmarks = (frame.landmarks + shift) * grow - np.array([0.5, 0.5, 0.0], np.float32)
    return replace(
        frame, crop=replace(crop, region=Region(0, 0, width, height), planes=tuple(planes)), landmarks=landmarks
    )
