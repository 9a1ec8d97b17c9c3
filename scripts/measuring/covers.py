"""Things drawn before mouths: a mask, a hand, a microphone, a cup, letters, on pictures whose faces are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import LEFT_EYE, LIPS, OUTER_LIP_AROUND, RIGHT_EYE, inter_ocular

__all__ = ["COVERS", "Cover", "covered_share", "cut_out", "draw"]

UNIT: Final = 100.0
"""Pixels of a drawing for an inter-ocular distance."""

SIDE: Final = 700
"""Rows and columns of a drawing; its middle comes to lie on the middle of the lips."""

MIDDLE: Final = SIDE // 2

type Drawing = NDArray[np.float32]
"""[SIDE, SIDE, 4]: red, green and blue, 0..255, and how much it hides, 0..1."""


@dataclass(frozen=True)
class Cover:
    """A thing that comes before a mouth.

    Attributes:
        name: what it is.
        make: draws it, given the colour [3] of the face's skin.
        comes: from where, in inter-ocular distances right and down of where it stays; it leaves by the same way.
        leaves: to where; None for the way that it came.
        follows: whether it moves with the face; if not, it stays at its place in the picture.
        takes: share of its time that it takes to come, and to leave.
    """

    name: str
    make: Callable[[NDArray[np.float32]], Drawing]
    comes: tuple[float, float] = (0.0, 2.4)
    leaves: tuple[float, float] | None = None
    follows: bool = True
    takes: float = 0.15

    def offset(self, part: float) -> tuple[float, float]:
        """Return where it is at a part (0..1) of its time, in inter-ocular distances from where it stays."""
        near = min(part, 1 - part) / self.takes
        away = 1 - min(max(near, 0.0), 1.0)
        x, y = self.comes if part < 0.5 or self.leaves is None else self.leaves
        return x * away, y * away


def draw(
    picture: NDArray[np.uint8], landmarks: NDArray[np.floating], drawing: Drawing, offset: tuple[float, float]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Draw something over a picture.

    Args:
        picture: [height, width, 3].
        landmarks: [468, 3] of the face.
        drawing: what is drawn.
        offset: inter-ocular distances right and down of the middle of the lips.

    Returns:
        The picture [height, width, 3], and how much of it is hidden [height, width], 0..1.
    """
    eyes = [landmarks[list(eye), :2].mean(0) for eye in (LEFT_EYE, RIGHT_EYE)]
    unit = float(inter_ocular(landmarks))
    across = (eyes[1] - eyes[0]) / np.linalg.norm(eyes[1] - eyes[0])
    down = np.array([-across[1], across[0]])
    axes = np.stack([across, down], 1) * unit / UNIT
    goal = landmarks[list(LIPS), :2].mean(0) + unit * (offset[0] * across + offset[1] * down)
    shrink = UNIT / unit
    if shrink > 1:
        drawing = np.asarray(cv2.GaussianBlur(drawing, (0, 0), 0.4 * shrink), np.float32)
    matrix = np.c_[axes, goal - axes @ [MIDDLE, MIDDLE]]
    flat = drawing.copy()
    flat[..., :3] *= flat[..., 3:]
    height, width = picture.shape[:2]
    placed = cv2.warpAffine(flat, matrix, (width, height))
    hidden = placed[..., 3]
    made = picture * (1 - hidden[..., None]) + placed[..., :3]
    return np.clip(np.rint(made), 0, 255).astype(np.uint8), np.asarray(hidden, np.float32)


def covered_share(hidden: NDArray[np.float32], landmarks: NDArray[np.floating]) -> float:
    """Return how much of the lips [468, 3] is hidden."""
    lips = np.zeros(hidden.shape, np.uint8)
    outline = landmarks[list(OUTER_LIP_AROUND), :2]
    cv2.fillPoly(lips, [np.rint(outline).astype(np.int32)], (1,))
    return float(hidden[lips > 0].mean()) if lips.any() else 0.0


def cut_out(
    picture: NDArray[np.uint8], box: tuple[int, int, int, int], turn: float, size: float, shift: tuple[float, float]
) -> Drawing:
    """Cut what lies in the foreground of a box out of a picture: a real hand, to be drawn before a mouth.

    Args:
        picture: [height, width, 3].
        box: left, top, right and bottom.
        turn: degrees by which it is turned counter-clockwise.
        size: how long the box's longer side becomes, in inter-ocular distances.
        shift: where its middle comes to lie, in inter-ocular distances right and down of the middle of the lips.
    """
    left, top, right, bottom = box
    found = np.zeros(picture.shape[:2], np.uint8)
    cv2.setRNGSeed(0)
    inner = (left + 4, top + 4, right - left - 8, bottom - top - 8)
    cv2.grabCut(picture, found, inner, np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_RECT)
    hand = np.isin(found, (cv2.GC_FGD, cv2.GC_PR_FGD))[top:bottom, left:right].astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(hand)
    hand = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    alpha = cv2.GaussianBlur(cv2.erode(hand, np.ones((3, 3))).astype(np.float32), (0, 0), 1.0)
    part = np.dstack([picture[top:bottom, left:right].astype(np.float32), alpha])
    scale = size * UNIT / max(part.shape[:2])
    middle = np.array([part.shape[1], part.shape[0]]) / 2
    matrix = np.asarray(cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), turn, scale), np.float64)
    matrix[:, 2] += np.array([MIDDLE, MIDDLE]) + UNIT * np.array(shift) - middle
    return np.asarray(cv2.warpAffine(part, matrix, (SIDE, SIDE)), np.float32)


def _blank() -> tuple[Drawing, NDArray[np.float32]]:
    return np.zeros((SIDE, SIDE, 4), np.float32), np.zeros((SIDE, SIDE), np.float32)


def _noise(seed: int, size: float) -> NDArray[np.float32]:
    """Return noise [SIDE, SIDE] of deviation about 1, its grain so many pixels wide."""
    count = max(2, round(SIDE / size))
    grain = np.random.default_rng(seed).normal(0, 1, (count, count)).astype(np.float32)
    return np.asarray(cv2.resize(grain, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)


def _filled(
    colour: Sequence[float] | NDArray[np.floating], shape: NDArray[np.float32], shade: float | NDArray[np.floating]
) -> Drawing:
    """Return a drawing of a shape [SIDE, SIDE], 0..1, of one colour, made lighter and darker by a shade."""
    drawing = np.empty((SIDE, SIDE, 4), np.float32)
    drawing[..., :3] = np.broadcast_to(shade, (SIDE, SIDE))[..., None] * np.asarray(colour, np.float32)
    drawing[..., 3] = cv2.GaussianBlur(shape, (0, 0), 1.2)
    return drawing


def _polygon(*points: tuple[float, float]) -> NDArray[np.float32]:
    """Return the shape of a polygon whose corners are given from the middle."""
    shape = np.zeros((SIDE, SIDE), np.float32)
    cv2.fillPoly(shape, [np.rint(np.array(points) + MIDDLE).astype(np.int32)], (1.0,))
    return shape


def _ellipse(x: float, y: float, a: float, b: float) -> NDArray[np.float32]:
    """Return the shape of an ellipse about a place given from the middle."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - MIDDLE
    return np.asarray(((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1, np.float32)


def _finger(x: float, tip: float, width: float, turn: float = 0.0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the shape of a finger that points up to (x, tip), and its shade; turned about the middle by degrees."""
    rows, columns = (np.mgrid[:SIDE, :SIDE] - MIDDLE).astype(np.float32)
    angle = np.radians(turn)
    across = columns * np.cos(angle) + rows * np.sin(angle) - x
    along = -columns * np.sin(angle) + rows * np.cos(angle) - tip - width
    away = np.where(along < 0, np.hypot(across, along), np.abs(across)) / width
    nail = np.exp(-((across / (0.5 * width)) ** 4) - ((along - 0.1 * width) / (0.7 * width)) ** 4)
    crease = sum(np.exp(-(((along - k * width) / 2.5) ** 2)) for k in (2.2, 2.5, 5.0, 5.3))
    shade = 1 - 0.4 * np.clip(away, 0, 1) ** 3 + 0.12 * nail - 0.15 * crease
    return (away < 1).astype(np.float32), np.asarray(shade, np.float32)


def _hand(skin: NDArray[np.float32]) -> Drawing:
    """Four fingers from the side, and the palm beside them."""
    shape, shade = np.zeros((SIDE, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)
    for k, tip in enumerate((-95, -110, -105, -80)):
        one, light = _finger(-75 + 44 * k, tip, 23, turn=-80)
        shade = np.where(one > 0, light, shade)
        shape = np.maximum(shape, one)
    palm = _ellipse(170, 10, 130, 105)
    shade = np.where((palm > 0) & (shape == 0), 1 + 0.05 * _noise(1, 40), shade)
    return _filled(0.95 * skin, np.maximum(shape, palm), shade * (1 + 0.02 * _noise(2, 3)))


def _one_finger(skin: NDArray[np.float32]) -> Drawing:
    """A finger upright before the lips, and the fist under it."""
    shape, shade = _finger(0, -75, 20)
    fist = _ellipse(15, 190, 75, 80)
    shade = np.where(shape > 0, shade, 1 + 0.06 * _noise(3, 30))
    return _filled(0.98 * skin, np.maximum(shape, fist), shade)


def _surgical_mask(skin: NDArray[np.float32]) -> Drawing:
    del skin
    rows, _ = np.mgrid[:SIDE, :SIDE] - MIDDLE
    upper = ((-105, -45), (-40, -85), (0, -95), (40, -85), (105, -45))
    shape = _polygon(*upper, (100, 45), (45, 100), (-45, 100), (-100, 45))
    pleats = 1 + 0.06 * np.sin(rows / 5.0) * (np.abs(rows) < 50) + 0.04 * _noise(4, 60)
    return _filled((165, 205, 225), shape, pleats)


def _cloth_mask(skin: NDArray[np.float32]) -> Drawing:
    del skin
    shape = _polygon((-115, -40), (0, -100), (115, -40), (105, 60), (40, 115), (-40, 115), (-105, 60))
    return _filled((34, 33, 38), shape, 1 + 0.2 * _noise(5, 40) + 0.1 * _noise(6, 2))


def _microphone(skin: NDArray[np.float32]) -> Drawing:
    del skin
    shape = np.maximum(_ellipse(0, 22, 44, 50), _polygon((-18, 50), (18, 50), (26, 340), (-10, 340)))
    return _filled((30, 30, 32), shape, 1 + 0.35 * _noise(7, 3) + 0.25 * _noise(8, 30))


def _metal_microphone(skin: NDArray[np.float32]) -> Drawing:
    del skin
    rows, columns = np.mgrid[:SIDE, :SIDE] - MIDDLE
    ball = _ellipse(10, 25, 55, 60)
    mesh = 1 + 0.35 * np.sign(np.sin(rows / 2.2) * np.sin(columns / 2.2)) * ball
    mesh = mesh - 0.3 * np.hypot(rows - 10, columns) / 90
    shape = np.maximum(ball, _polygon((-15, 70), (40, 70), (60, 345), (10, 345)))
    return _filled((150, 152, 158), shape, np.clip(mesh, 0.2, 1.6))


def _cup(skin: NDArray[np.float32]) -> Drawing:
    del skin
    _, columns = np.mgrid[:SIDE, :SIDE] - MIDDLE
    shape = _polygon((-75, -18), (75, -18), (62, 150), (-62, 150))
    shape = np.maximum(shape, _ellipse(0, -18, 75, 16))
    return _filled((235, 232, 225), shape, 1 - 0.35 * (columns / 80.0) ** 2 + 0.02 * _noise(9, 50))


def _burger(skin: NDArray[np.float32]) -> Drawing:
    del skin
    rows, _ = np.mgrid[:SIDE, :SIDE] - MIDDLE
    drawing = _filled((190, 125, 60), _ellipse(0, 20, 95, 65), 1 + 0.1 * _noise(10, 12))
    for low, high, colour in ((10, 24, (90, 150, 50)), (24, 48, (85, 50, 30)), (48, 58, (235, 180, 60))):
        drawing[..., :3][(rows >= low) & (rows < high)] = colour
    drawing[..., :3] *= 1 + 0.1 * _noise(11, 5)[..., None]
    return drawing


def _apple(skin: NDArray[np.float32]) -> Drawing:
    del skin
    shine = np.exp(-(((np.mgrid[:SIDE, :SIDE] - MIDDLE - [[[-5]], [[-20]]]) / 18.0) ** 2).sum(0))
    return _filled((170, 30, 30), _ellipse(0, 15, 62, 60), 1 + 0.15 * _noise(12, 30) + 0.8 * shine)


def _letters(boxed: bool) -> Callable[[NDArray[np.float32]], Drawing]:
    def make(skin: NDArray[np.float32]) -> Drawing:
        del skin
        words = np.zeros((SIDE, SIDE), np.uint8)
        cv2.putText(words, "and then I said to him", (10, MIDDLE + 22), cv2.FONT_HERSHEY_SIMPLEX, 1.9, 255, 8)
        edge = np.asarray(cv2.dilate(words, np.ones((9, 9))), np.float32) / 255
        drawing, box = _blank()
        box[MIDDLE - 45 : MIDDLE + 45] = 1.0
        drawing[..., :3] = np.where(words[..., None] > 0, 250.0, 8.0)
        drawing[..., 3] = box if boxed else edge
        return drawing

    return make


def _paper(skin: NDArray[np.float32]) -> Drawing:
    """A printed sheet whose upper edge lies between the lips."""
    del skin
    rows, columns = np.mgrid[:SIDE, :SIDE] - MIDDLE
    lines = 1 - 0.5 * ((rows % 18 < 5) & (rows > 20) & (np.abs(columns) < 130) & (_noise(13, 6) > -0.8))
    return _filled((240, 240, 236), _polygon((-170, 6), (170, -6), (180, 345), (-180, 345)), lines)


def _telephone(skin: NDArray[np.float32]) -> Drawing:
    """A telephone before the right half of the mouth."""
    del skin
    drawing = _filled((20, 20, 24), _polygon((0, -150), (125, -140), (115, 160), (-10, 150)), 1.0)
    screen = _polygon((10, -130), (115, -122), (106, 140), (0, 130)) > 0
    drawing[..., :3][screen] = (70, 90, 120)
    drawing[..., :3] *= 1 + 0.1 * _noise(14, 60)[..., None]
    return drawing


def _scarf(skin: NDArray[np.float32]) -> Drawing:
    del skin
    rows, columns = np.mgrid[:SIDE, :SIDE] - MIDDLE
    edge = -55 + 10 * np.sin(columns / 40.0)
    knit = 1 + 0.18 * np.sin(columns / 3.0) * np.sin(rows / 4.0) + 0.1 * _noise(15, 30)
    drawing = _filled((150, 60, 70), (rows > edge).astype(np.float32) * (np.abs(columns) < 180), knit)
    drawing[..., :3][(rows - edge) % 70 < 22] *= np.array([1.2, 2.2, 1.9], np.float32)
    return drawing


def _grille(skin: NDArray[np.float32]) -> Drawing:
    del skin
    _, columns = np.mgrid[:SIDE, :SIDE] - MIDDLE
    return _filled((60, 62, 66), (columns % 34 < 15).astype(np.float32), 1 + 0.1 * _noise(16, 40))


COVERS: Final = (
    Cover("surgical mask", _surgical_mask, comes=(0.0, 1.6)),
    Cover("cloth mask", _cloth_mask, comes=(0.0, 1.6)),
    Cover("hand", _hand, comes=(3.2, 0.6)),
    Cover("finger at the lips", _one_finger),
    Cover("finger that passes", _one_finger, comes=(-1.8, 0.3), leaves=(1.8, 0.3), takes=0.5),
    Cover("microphone", _microphone),
    Cover("metal microphone", _metal_microphone),
    Cover("cup", _cup),
    Cover("burger", _burger),
    Cover("apple", _apple, comes=(-2.2, 0.8)),
    Cover("subtitle in a box", _letters(boxed=True), comes=(0.0, 0.0), follows=False, takes=0.0001),
    Cover("subtitle", _letters(boxed=False), comes=(0.0, 0.0), follows=False, takes=0.0001),
    Cover("sheet over half", _paper),
    Cover("telephone over half", _telephone, comes=(2.4, 1.0)),
    Cover("scarf", _scarf),
    Cover("grille", _grille, comes=(-6.0, 0.0), leaves=(6.0, 0.0), follows=False, takes=0.2),
)
"""Those that are drawn; see `cut_out` for real ones."""
