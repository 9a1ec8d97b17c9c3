"""Brings a mouth from a sharp frame to the softness of the frame that it is shown in."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.planes.colour import Seam
from vs_lipsync.planes.image import SampleFormat

__all__ = ["as_soft"]

_SAME = 0.1
"""Logarithm of the ratio of detail up to which two pictures are equally sharp."""

_BLURS = (0.5, 0.8, 1.2, 2.0)
"""Standard deviations, in samples, of the blurs of which the first that takes enough detail is mixed with the one
before it."""


def as_soft(
    planes: Sequence[NDArray[np.float32]], detail: float, seam: Seam, sample_format: SampleFormat
) -> list[NDArray[np.float32]]:
    """Return planes with as little detail along a seam as there is on its other side; as they are if that is more.

    A mouth is not sharpened: that would bring out what an encoder left of it (reenactment loses 0.1 dB).

    Args:
        planes: those of a mouth.
        detail: `Seam.detail` of what it is laid over: luma, or green.
        seam: where it ends.
        sample_format: what the planes are. Chroma of YUV is soft already, and stays as it is.
    """
    guide = sample_format.brightness
    has = seam.detail(planes[guide])
    if not has > detail * np.exp(_SAME):
        return list(planes)
    count = 3 if sample_format.family == "rgb" else 1
    sharper = softer = list(planes[:count])
    left = has
    for deviation in _BLURS:
        sharper, has = softer, left
        softer = [np.asarray(cv2.GaussianBlur(plane, (0, 0), deviation), np.float32) for plane in planes[:count]]
        left = seam.detail(softer[guide])
        if left <= detail:
            break
    share = min(1.0, (has - detail) / (has - left))
    mixed = [cv2.addWeighted(one, 1.0 - share, other, share, 0.0) for one, other in zip(sharper, softer, strict=True)]
    return [*(np.asarray(plane, np.float32) for plane in mixed), *planes[count:]]
