"""The outlines of made covers: hands, masks, microphones, letters, bars, sheets, and things of no particular form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.covering.crops import SIDE
from scripts.covering.textures import noise
from vs_lipsync.faces.landmarks import JAW

__all__ = ["Shape", "any_shape"]

_SIXTEENTHS: Final = 4
"""Bits behind the point in which OpenCV takes coordinates."""

_LEFT_EDGE: Final = (234, 93, 132, 58)
_RIGHT_EDGE: Final = (288, 361, 323, 454)
"""Points of the face on its edge, from the ear to the jaw and back."""

type Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """An outline.

    Attributes:
        hides: [SIDE, SIDE] 0..1.
        shade: [SIDE, SIDE] by which its colour is multiplied.
        of: the texture that it has; None for any.
        letters: [SIDE, SIDE] 0..1, those that are written on it; None if it has none.
    """

    hides: Plane
    shade: Plane | None = None
    of: str | None = None
    letters: Plane | None = None


def any_shape(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    """Return any shape.

    Args:
        random: what is random about it.
        points: [468, 2] landmarks of the face, for masks.
        at: [2] where it is to be, in pixels of a crop.
    """
    kinds = list(_KINDS)
    kind = kinds[int(random.choice(len(kinds), p=list(_KINDS.values())))]
    return kind(random, points, at)


def _ellipse(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    del points
    plane = _blank()
    axes = np.exp(random.uniform(np.log(4.7), np.log(30), 2))
    cv2.ellipse(plane, _fixed(at), _fixed(axes), random.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA, _SIXTEENTHS)
    return Shape(plane)


def _box(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    del points
    sides = np.exp(random.uniform(np.log(6.7), np.log(60), 2))
    turn = float(random.choice([0, 90, random.uniform(0, 180)]))
    corners = cv2.boxPoints(((float(at[0]), float(at[1])), (float(sides[0]), float(sides[1])), turn))
    return Shape(_filled(np.asarray(corners)))


def _blob(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    """A closed curve about a place, whose distance from it changes at random."""
    del points
    count = int(random.integers(5, 11))
    radii = np.exp(random.uniform(np.log(5.3), np.log(23))) * random.uniform(0.5, 1.5, count)
    around = np.linspace(0, 2 * np.pi, 60)
    radius = np.interp(around, np.sort(random.uniform(0, 2 * np.pi, count)), radii, period=2 * np.pi)
    radius = np.convolve(np.r_[radius[-4:], radius, radius[:4]], np.ones(9) / 9, "valid")
    tall = random.uniform(0.5, 1.5)
    return Shape(_filled(at + np.c_[radius * np.cos(around), radius * np.sin(around) * tall]))


def _fingers(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    """One to five nearly parallel fingers, round at the tip and darker at the edges, often with a palm."""
    del points
    count, width = int(random.integers(1, 6)), random.uniform(3.3, 9.3)
    angle, spread = random.uniform(0, 2 * np.pi), random.uniform(-0.12, 0.12)
    along, across = _axes(angle)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    hides, shade = _blank(), np.ones((SIDE, SIDE), np.float32)
    for finger in random.permutation(count) - (count - 1) / 2:
        own_along, own_across = _axes(angle + spread * finger)
        tip = at + across * finger * width * random.uniform(1.75, 2.1) + along * random.normal(0, 3.3)
        u = (columns - tip[0]) * own_along[0] + (rows - tip[1]) * own_along[1]
        v = (columns - tip[0]) * own_across[0] + (rows - tip[1]) * own_across[1]
        away = np.where(u < 0, np.hypot(u, v), np.abs(v))
        one = np.clip(width - away + 0.5, 0, 1)
        dark = 0.45 * random.uniform(0.3, 1) * np.clip(away / width, 0, 1) ** random.uniform(2, 5)
        light = 1 - dark
        if random.random() < 0.3:  # a nail
            light = light * (1 + 0.12 * np.exp(-((u - 0.1 * width) ** 2 + v**2) / (0.5 * width) ** 2))
        shade = np.where(one > 0.5, light, shade)
        hides = np.maximum(hides, one).astype(np.float32)
    if random.random() < 0.5:
        palm, centre = _blank(), at + along * random.uniform(27, 53)
        axes = np.array([count * width * 1.1 + 5, random.uniform(13, 30)])
        turn = float(np.degrees(angle)) + 90
        cv2.ellipse(palm, _fixed(centre), _fixed(axes), turn, 0, 360, 1.0, -1, cv2.LINE_AA, _SIXTEENTHS)
        hides = np.maximum(hides, palm)
    return Shape(hides, shade.astype(np.float32), "skin" if random.random() < 0.85 else None)


def _mask(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    """A mask from the jaw up to the nose, with folds or creases."""
    del at
    jaw = points[[*_LEFT_EDGE, *JAW, *_RIGHT_EDGE]]
    cut = int(random.integers(0, 6))
    jaw = jaw[cut : len(jaw) - cut]
    top = points[int(random.choice([6, 197, 195, 5, 4, 2]))]
    left, right = ((side + top) / 2 + random.normal(0, 1.3, 2) for side in (jaw[0], jaw[-1]))
    outline = np.concatenate([jaw, [right, top, left]])
    centre = outline.mean(0)
    outline = centre + (outline - centre) * random.uniform(0.9, 1.1) + random.normal(0, 1.3, 2)
    if random.random() < 0.5:
        folds = np.sin(np.mgrid[:SIDE, :SIDE][0] * 2 * np.pi / random.uniform(5, 17))
        shade = 1 + 0.08 * random.uniform(0, 2) * folds
    else:
        shade = 1 + 0.1 * noise(random, 12)
    return Shape(_filled(outline), shade.astype(np.float32), None if random.random() < 0.5 else "plain")


def _bars(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    """Bars or a grille over all of the picture."""
    del points, at
    rows, columns = np.mgrid[:SIDE, :SIDE]
    angle, period, part = random.uniform(0, np.pi), random.uniform(5, 15), random.uniform(0.25, 0.6)
    turns = (angle, angle + np.pi / 2) if random.random() < 0.5 else (angle,)
    hidden = [np.mod((columns * np.cos(turn) + rows * np.sin(turn)) / period, 1) < part for turn in turns]
    return Shape(np.asarray(cv2.GaussianBlur(np.any(hidden, 0).astype(np.float32), (0, 0), 0.6), np.float32))


def _letters(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    """A line of letters, in a box or with an edge."""
    del points
    signs = random.choice(list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM  .,"), random.integers(4, 14))
    scale, thick = float(random.uniform(0.35, 1.0)), int(random.integers(1, 3))
    left, line = int(random.uniform(-14, 14)), int(np.clip(at[1] + random.uniform(-7, 17), 6, SIDE + 4))
    written = np.zeros((SIDE, SIDE), np.uint8)
    cv2.putText(written, "".join(signs), (left, line), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thick, cv2.LINE_AA)
    letters = written.astype(np.float32) / np.float32(255)
    if random.random() < 0.6:
        hides = _blank()
        hides[max(0, line - int(26 * scale)) : line + int(10 * scale)] = 1.0
    else:
        edge = int(random.integers(1, 4))
        hides = np.asarray(cv2.dilate(letters, np.ones((edge, edge))), np.float32)
    return Shape(hides, letters=letters)


def _half(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    """All on one side of a line that is not quite straight: a scarf, a sheet, somebody in front."""
    del points
    if random.random() < 0.4:
        angle = random.uniform(0, 2 * np.pi)
    else:
        angle = random.choice([np.pi / 2, np.pi / 2, 0, np.pi]) + random.normal(0, 0.2)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    beyond = (columns - at[0]) * np.cos(angle) + (rows - at[1]) * np.sin(angle)
    beyond = beyond + noise(random, 20) * random.uniform(0, 3.3)
    return Shape(np.clip(beyond + 0.5, 0, 1).astype(np.float32))


def _microphone(random: np.random.Generator, points: NDArray[np.float32], at: NDArray[np.float64]) -> Shape:
    """A ball on a stem."""
    del points
    plane, radius = _blank(), random.uniform(5, 17)
    down = np.array([random.normal(0, 0.6), 1.0])
    down /= np.linalg.norm(down)
    thick = max(1, int(radius * random.uniform(0.5, 1.2)))
    cv2.line(plane, _fixed(at), _fixed(at + 100 * down), 1.0, thick, cv2.LINE_AA, _SIXTEENTHS)
    axes = np.array([radius, radius * random.uniform(0.9, 1.6)])
    cv2.ellipse(plane, _fixed(at), _fixed(axes), 0, 0, 360, 1.0, -1, cv2.LINE_AA, _SIXTEENTHS)
    return Shape(plane, of="foam" if random.random() < 0.7 else None)


_KINDS: Final[Mapping[Callable[[np.random.Generator, NDArray[np.float32], NDArray[np.float64]], Shape], float]] = {
    _ellipse: 0.12, _box: 0.10, _blob: 0.13, _fingers: 0.25, _mask: 0.10, _bars: 0.06, _letters: 0.07, _half: 0.10,
    _microphone: 0.07,
}  # fmt: skip
"""How often each kind is taken."""


def _blank() -> Plane:
    return np.zeros((SIDE, SIDE), np.float32)


def _axes(angle: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit vectors [2] along an angle, and across it."""
    return np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])


def _fixed(place: NDArray[np.floating]) -> tuple[int, int]:
    """Return a place [2] in sixteenths of a pixel."""
    x, y = np.rint(np.asarray(place) * (1 << _SIXTEENTHS)).astype(int).tolist()
    return x, y


def _filled(outline: NDArray[np.floating]) -> Plane:
    plane = _blank()
    corners = np.rint(outline * (1 << _SIXTEENTHS)).astype(np.int32)
    cv2.fillPoly(plane, [corners], (1.0,), cv2.LINE_AA, _SIXTEENTHS)
    return plane
