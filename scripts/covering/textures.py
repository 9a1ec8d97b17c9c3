"""What made covers look like: plain, grained, striped, of skin, or pieces of pictures."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.covering.crops import MIDDLE, SIDE, Faces

__all__ = ["Textures", "noise"]

_KINDS: Final = {"plain": 0.22, "grained": 0.18, "striped": 0.10, "picture": 0.18, "skin": 0.32}
"""How often each kind is taken."""

_SKIN: Final = (205, 425, 50, 280, 151, 8, 101, 330)
"""Points of the face on skin: cheeks and forehead."""

type Picture = NDArray[np.float32]


def noise(random: np.random.Generator, grain: float) -> NDArray[np.float32]:
    """Return noise [SIDE, SIDE] of deviation about 1, its grain so many pixels wide."""
    count = max(2, int(SIDE / grain))
    values = random.normal(0, 1, (count, count)).astype(np.float32)
    return np.asarray(cv2.resize(values, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)


class Textures:
    """Draws pictures [SIDE, SIDE, 3] of values about 0..255 at random."""

    def __init__(self, faces: Faces, random: np.random.Generator) -> None:
        """Take skin and pieces of pictures from these faces."""
        self._faces = faces
        self._random = random

    def any_of(self, face: int, kind: str | None = None) -> Picture:
        """Return a picture of a kind, or of any, to be drawn over a face of this number."""
        kind = kind or str(self._random.choice(list(_KINDS), p=list(_KINDS.values())))
        if kind == "picture":
            return self._piece()
        if kind == "striped":
            return self._stripes()
        return self._surface(face, kind)

    def colour(self) -> NDArray[np.float64]:
        """Return a colour [3]: gray, black or white, any, or a vivid one."""
        random = self._random
        kind = random.integers(4)
        if kind == 0:
            return np.asarray(random.uniform(0, 255) + random.normal(0, 6, 3), np.float64)
        if kind == 1:
            return random.uniform(0, 255, 3)
        if kind == 2:
            level = random.choice([random.uniform(0, 45), random.uniform(200, 255)])
            return np.asarray(level + random.normal(0, 8, 3), np.float64)
        vivid = np.array([[[random.integers(180), random.integers(60, 256), random.integers(40, 256)]]], np.uint8)
        return np.asarray(cv2.cvtColor(vivid, cv2.COLOR_HSV2RGB)[0, 0], np.float64)

    def foam(self) -> Picture:
        """Return what the windshield of a microphone looks like."""
        random = self._random
        grain = noise(random, float(random.choice([1, 1.5]))) * random.uniform(3, 30)
        shade = random.uniform(5, 90) + grain + 15 * noise(random, 17)
        return np.repeat(shade[..., None], 3, axis=2)

    def _surface(self, face: int, kind: str) -> Picture:
        """Return one colour with shades: of skin, plain, or with grain of a second colour."""
        random = self._random
        if kind == "skin":
            base = self._skin(face) * random.uniform(0.6, 1.35) * random.normal(1, 0.06, 3)
        else:
            base = self.colour()
        picture = np.tile(base, (SIDE, SIDE, 1))
        if kind == "grained":
            for _ in range(random.integers(1, 3)):
                grain = noise(random, float(random.choice([1, 1.5, 2, 4, 8])))[..., None]
                picture = picture + grain * (self.colour() - base) * random.uniform(0.1, 0.5)
        picture = picture + noise(random, random.uniform(14, 53))[..., None] * random.uniform(0, 35)
        if kind == "skin":
            picture = picture + noise(random, random.uniform(3, 11))[..., None] * random.uniform(0, 10)
        return np.asarray(picture, np.float32)

    def _skin(self, face: int) -> NDArray[np.float64]:
        """Return the colour [3] of a place on a face's skin."""
        place = self._faces.points[face][self._random.choice(_SKIN)]
        x, y = np.clip(np.rint(place).astype(int), 2, SIDE - 3)
        patch = self._faces.crops[face][y - 2 : y + 3, x - 2 : x + 3]
        return np.asarray(patch.reshape(-1, 3).mean(0), np.float64)

    def _piece(self) -> Picture:
        """Return a piece of any crop, turned and scaled."""
        random = self._random
        crop = self._faces.crops[int(random.integers(len(self._faces.crops)))]
        turn, scale = float(random.uniform(0, 360)), float(random.uniform(0.4, 2.5))
        matrix = np.asarray(cv2.getRotationMatrix2D((MIDDLE, MIDDLE), turn, scale), np.float64)
        matrix[:, 2] += random.uniform(-40, 40, 2)
        piece = cv2.warpAffine(crop, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
        return np.asarray(piece, np.float32) * np.float32(random.uniform(0.6, 1.3))

    def _stripes(self) -> Picture:
        """Return stripes of two colours, with hard edges or soft ones."""
        random = self._random
        rows, columns = np.mgrid[:SIDE, :SIDE]
        angle, period = random.uniform(0, np.pi), random.uniform(3, 27)
        wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / period + random.uniform(0, 6))
        part = wave > random.uniform(-0.6, 0.6) if random.random() < 0.6 else 0.5 + 0.5 * wave
        first = self.colour()
        return np.asarray(first + (self.colour() - first) * part[..., None], np.float32)
