"""What can be counted of how a mouth and the skin about it move, in stacks of consecutive frames."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import JAW, LIPS, MOUTH_CORNERS, mouth_opening, mouth_width
from vs_lipsync.mouth.profile import INNER_LOWER, INNER_UPPER

__all__ = ["SIDE", "STACK", "signs"]

STACK: Final = 5
"""Frames of a stack."""

SIDE: Final = 128
"""Width and height of the pictures: 1.5 inter-ocular distances, the closed mouth of the average face in the middle."""

_Y, _X = np.mgrid[:SIDE, :SIDE] - SIDE // 2

_BANDS: Final = {
    "lips": (abs(_X) < 30) & (abs(_Y) < 17),
    "cheeks": (abs(_X) > 36) & (abs(_X) < 56) & (abs(_Y + 6) < 20),
    "chin": (abs(_X) < 22) & (_Y > 20) & (_Y < 44),
    "nose": (abs(_X) < 26) & (_Y > -56) & (_Y < -30),
}
"""Places that are looked at; of the last, most is the footage's own."""

_CHIN = len(LIPS) + JAW.index(152)
_INSIDE = [INNER_UPPER[4], INNER_LOWER[4]]  # in the middle

_SHUT = 0.02
"""Opening above the least, in inter-ocular distances, up to which a mouth counts as shut."""


def signs(
    pictures: NDArray[np.float32], mouths: NDArray[np.float64], starts: Sequence[int]
) -> dict[str, NDArray[np.float64]]:
    """Return what is counted in stacks of `STACK` frames, by name.

    Lengths are inter-ocular distances, brightness is 0 to 255; steps are from one frame to the next.

    Args:
        pictures: [n, SIDE, SIDE] luma about the mouth with eyes and nose held still, from `views.stabilised`.
        mouths: [n, 53, 3] mouth points as the landmark net sees them, in the pose-free frame.
        starts: [k] index of the first frame of each stack.

    Returns:
        [k] for each name.
    """
    found: dict[str, NDArray[np.float64]] = {}
    stacks = [slice(start, start + STACK) for start in starts]
    steps = [slice(start, start + STACK - 1) for start in starts]
    for name, values in _places(mouths).items():
        found[f"{name}: mean"] = np.array([values[one].mean() for one in stacks])
        found[f"{name}: deviation"] = np.array([values[one].std() for one in stacks])
        found[f"{name}: step"] = np.array([np.abs(np.diff(values[one])).mean() for one in stacks])
        found[f"{name}: second difference"] = np.array([np.abs(np.diff(values[one], n=2)).mean() for one in stacks])
    openings = mouth_opening(mouths)
    shut = openings < np.quantile(openings, 0.03) + _SHUT
    found["shut"] = np.array([shut[one].mean() for one in stacks])
    for name, values in _textures(pictures).items():
        found[name] = np.array([values[one].mean() for one in (stacks if len(values) == len(pictures) else steps)])
    for name, values in _flows(pictures).items():
        found[name] = np.array([values[one].mean() for one in steps])
        if name == "unexplained: lips":
            found["unexplained: lips, least step"] = np.array([values[one].min() for one in steps])
    return found


def _places(mouths: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return places of the mouth [n] by name."""
    upper, lower = (mouths[:, row, 1] for row in _INSIDE)
    corners, chin = mouths[:, list(MOUTH_CORNERS), 1].mean(1), mouths[:, _CHIN, 1]
    opening, width = (np.asarray(one(mouths), np.float64) for one in (mouth_opening, mouth_width))
    return {"opening": opening, "width": width, "upper": upper, "lower": lower, "corners": corners, "chin": chin}


def _textures(pictures: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """Return what the finest detail is like: of n pictures, or of n - 1 steps."""
    fine = pictures - np.stack([cv2.GaussianBlur(one, (0, 0), 1.2) for one in pictures])
    changed, sharp, alike = ({} for _ in range(3))
    for name, band in _BANDS.items():
        inside = fine[:, band] - fine[:, band].mean(1, keepdims=True)
        inside /= np.linalg.norm(inside, axis=1, keepdims=True) + 1e-6
        alike[name] = (inside[1:] * inside[:-1]).sum(1)
        sharp[name] = np.log(np.abs(fine[:, band]).mean(1) + 0.05)
        changed[name] = np.log(np.abs(np.diff(pictures[:, band], axis=0)).mean(1) + 0.1)
    result = {}
    for name in ("lips", "cheeks", "chin"):
        detail = sharp[name] - sharp["nose"]
        result[f"sharpness over the nose's: {name}"] = detail
        result[f"sharpness over the nose's, step: {name}"] = np.abs(np.diff(detail))
        result[f"change over the nose's: {name}"] = changed[name] - changed["nose"]
    result |= {f"texture kept: {name}": values for name, values in alike.items()}
    return {name: np.asarray(values, np.float64) for name, values in result.items()}


def _flows(pictures: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """Return how far places move in each of n - 1 steps, in samples, and what such movement leaves unexplained.

    By dense inverse search (Kroeger et al. 2016).
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    eight = np.clip(np.rint(pictures), 0, 255).astype(np.uint8)
    grid = np.stack([_X, _Y], -1).astype(np.float32) + SIDE // 2
    far, left = [], []
    for first in range(len(pictures) - 1):
        flow = search.calc(eight[first], eight[first + 1], None)  # type: ignore[call-overload]
        moved = cv2.remap(pictures[first + 1], grid + flow, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
        left.append(np.abs(moved - pictures[first]))
        far.append(np.hypot(flow[..., 0], flow[..., 1]))
    result = {f"flow: {name}": np.array([one[band].mean() for one in far]) for name, band in _BANDS.items()}
    unexplained = {name: np.array([np.log(one[band].mean() + 0.1) for one in left]) for name, band in _BANDS.items()}
    result |= {f"unexplained: {name}": values - unexplained["nose"] for name, values in unexplained.items()}
    result["unexplained: nose"] = unexplained["nose"]
    return result
