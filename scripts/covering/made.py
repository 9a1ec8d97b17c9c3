"""Pictures of faces with made covers before them, as the net is shown them in training."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.covering.crops import MIDDLE, SIDE, UNIT, Faces
from scripts.covering.shapes import any_shape
from scripts.covering.textures import Textures
from vs_lipsync.faces.landmarks import LIPS, OUTER_LIP_AROUND
from vs_lipsync.faces.mouth_cover import CELLS, SPAN, mouth_cells
from vs_lipsync.faces.mouth_cover import SIDE as NET_SIDE

__all__ = ["Example", "ExampleMaker"]

_OUTLINE = np.array(OUTER_LIP_AROUND)

type Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """What the net is shown, and what it is to say.

    Attributes:
        image: [3, NET_SIDE, NET_SIDE] uint8.
        covered: [CELLS, CELLS] float16, how much of each cell is covered.
        mouth: [CELLS, CELLS] float16, how much of each cell lies on the mouth.
    """

    image: NDArray[np.uint8]
    covered: NDArray[np.float16]
    mouth: NDArray[np.float16]


class ExampleMaker:
    """Makes examples at random, a third of them without a cover."""

    def __init__(self, faces: Faces, seed: int) -> None:
        """Make examples out of faces; the same ones for the same seed."""
        self._faces = faces
        self.random = np.random.default_rng(seed)
        self._textures = Textures(faces, self.random)

    def __call__(self) -> Example:
        """Return the next example."""
        random = self.random
        face = int(random.choice(len(self._faces.crops), p=self._faces.weights))
        points = self._faces.points[face]
        picture = self._faces.crops[face].astype(np.float32)
        if random.random() < 0.12:
            picture = self._painted_lips(picture, points)
        covered = np.zeros((SIDE, SIDE), np.float32)
        if random.random() < 0.62:
            for _ in range(1 if random.random() < 0.85 else 2):
                picture, hidden = self._covered(picture, face)
                covered = np.maximum(covered, hidden)
        if random.random() < 0.15:
            picture = self._shadowed(picture)
        matrix = self._view()
        picture = cv2.GaussianBlur(picture, (0, 0), 0.45)
        size = (NET_SIDE, NET_SIDE)
        picture, covered = (
            np.asarray(cv2.warpAffine(plane, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32)
            for plane in (picture, covered)
        )
        mouth = mouth_cells(points[_OUTLINE] @ matrix[:, :2].T + matrix[:, 2])
        cells = cv2.resize(covered, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        image = self._recorded(self._blurred(picture)).transpose(2, 0, 1)
        return Example(image, cells.astype(np.float16), mouth.astype(np.float16))

    def _covered(self, picture: Picture, face: int) -> tuple[Picture, Picture]:
        """Return a picture with a cover, and how much of it that hides [SIDE, SIDE]."""
        random, points = self.random, self._faces.points[face]
        near = random.random() < 0.78
        at = points[list(LIPS)].mean(0) + random.normal(0, 9.3, 2) if near else random.uniform(0, SIDE, 2)
        shape = any_shape(random, points, np.asarray(at, np.float64))
        texture, hides = self._texture(shape.of, shape.letters, face), shape.hides
        if shape.shade is not None:
            texture = texture * shape.shade[..., None]
        if random.random() < 0.5:  # as light as what it is put into
            texture = texture * (0.5 + 0.5 * np.clip(float(picture.mean()) / 110, 0.3, 1.5))
        if random.random() < 0.7:
            hides = np.asarray(cv2.GaussianBlur(hides, (0, 0), random.uniform(0.3, 1.4)), np.float32)
        if random.random() < 0.2:
            kernel = self._motion()
            hides, texture = (
                np.asarray(cv2.filter2D(one.astype(np.float32), -1, kernel), np.float32) for one in (hides, texture)
            )
        if random.random() < 0.3:
            moved = np.roll(hides, tuple(random.integers(-5, 6, 2).tolist()), (0, 1))
            shadow = cv2.GaussianBlur(moved, (0, 0), random.uniform(1.5, 4))
            picture = picture * (1 - random.uniform(0.1, 0.5) * shadow[..., None])
        if random.random() < 0.12:  # letters and glass let something through
            hides = hides * random.uniform(0.6, 0.95)
        part = hides[..., None]
        return np.asarray(picture * (1 - part) + np.clip(texture, 0, 255) * part, np.float32), hides.astype(np.float32)

    def _texture(self, kind: str | None, letters: Picture | None, face: int) -> Picture:
        if kind == "foam":
            return self._textures.foam()
        if letters is None:
            return self._textures.any_of(face, kind)
        random = self.random
        behind, written = (
            self._textures.colour() if random.random() < 0.4 else np.full(3, float(random.choice(levels)))
            for levels in ([0, 20, 250], [240, 255, 0])
        )
        return np.asarray(behind + (written - behind) * letters[..., None], np.float32)

    def _painted_lips(self, picture: Picture, points: NDArray[np.float32]) -> Picture:
        """Return a picture with lipstick."""
        random, lips = self.random, np.zeros((SIDE, SIDE), np.float32)
        cv2.fillPoly(lips, [np.rint(points[_OUTLINE] * 16).astype(np.int32)], (1.0,), cv2.LINE_AA, 4)
        part = random.uniform(0.1, 0.6) * cv2.GaussianBlur(lips, (0, 0), 1.0)[..., None]
        paint = np.array([random.uniform(60, 230), random.uniform(0, 140), random.uniform(0, 140)])
        return np.asarray(picture * (1 - part) + part * paint * float(picture.mean()) / 110, np.float32)

    def _shadowed(self, picture: Picture) -> Picture:
        """Return a picture with a shadow over one side, which covers nothing."""
        random = self.random
        rows, columns = np.mgrid[:SIDE, :SIDE]
        angle, (x, y) = random.uniform(0, 2 * np.pi), MIDDLE + random.normal(0, 15, 2)
        beyond = ((columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)) / random.uniform(1, 25)
        return np.asarray(picture * (1 - random.uniform(0.1, 0.6) * np.clip(beyond + 0.5, 0, 1))[..., None], np.float32)

    def _view(self) -> NDArray[np.float64]:
        """Return a map [2, 3] from a crop to what the net sees: off by as much as landmarks are under a cover."""
        random = self.random
        angle, scale = np.radians(random.normal(0, 6)), NET_SIDE / SPAN / UNIT * np.exp(random.normal(0, 0.09))
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        if random.random() < 0.5:
            turn[:, 0] *= -1
        turn = np.diag(np.exp(random.normal(0, [0.08, 0.1]))) @ turn
        shift = NET_SIDE / 2 - 0.5 + random.normal(0, 1.7, 2) - turn @ [MIDDLE, MIDDLE]
        return np.asarray(np.c_[turn, shift], np.float64)

    def _motion(self) -> Picture:
        """Return the kernel of a movement."""
        length = int(self.random.integers(3, 15)) | 1
        kernel, angle = np.zeros((length, length), np.float32), self.random.uniform(0, np.pi)
        x, y = length / 2 * np.cos(angle), length / 2 * np.sin(angle)
        ends = [(int(length / 2 + side * x), int(length / 2 + side * y)) for side in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], (1.0,))
        return kernel / max(float(kernel.sum()), 1.0)

    def _blurred(self, picture: Picture) -> Picture:
        """Return a picture as of a small face, out of focus, or moving."""
        random = self.random
        if random.random() < 0.3:
            side = max(12, int(NET_SIDE * random.uniform(0.4, 0.9)))
            small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
            picture = np.asarray(cv2.resize(small, (NET_SIDE, NET_SIDE), interpolation=cv2.INTER_LINEAR), np.float32)
        if random.random() < 0.2:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), random.uniform(0.4, 1.4)), np.float32)
        if random.random() < 0.1:
            length = int(random.integers(3, 7)) | 1
            kernel = np.full((1, length), 1 / length, np.float32)
            picture = np.asarray(cv2.filter2D(picture, -1, kernel if random.random() < 0.5 else kernel.T), np.float32)
        return picture

    def _recorded(self, picture: Picture) -> NDArray[np.uint8]:
        """Return a picture with another exposure and colour, with noise, and compressed."""
        random = self.random
        wrong = random.random() < 0.12  # a transfer or a matrix that is not the picture's own
        values = np.clip(picture / 255, 0, 1) ** np.exp(random.normal(0, 0.8 if wrong else 0.25))
        values = values * np.exp(random.normal(0, 0.2)) * np.exp(random.normal(0, 0.3 if wrong else 0.06, 3))
        values = (values - 0.5) * np.exp(random.normal(0, 0.12)) + 0.5
        if random.random() < 0.12:
            values = np.repeat(values.mean(-1, keepdims=True), 3, -1)
        values = values + random.normal(0, random.choice([0, 0.005, 0.015, 0.035]), values.shape)
        samples = np.asarray(255 * np.clip(values, 0, 1), np.uint8)
        if random.random() < 0.3:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 85))]
            samples = np.asarray(cv2.imdecode(cv2.imencode(".jpg", samples, quality)[1], cv2.IMREAD_COLOR), np.uint8)
        return samples
