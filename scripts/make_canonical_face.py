"""Find the average face of a corpus (`vs_lipsync.training.corpus` says what that is), which the pose-free frame is of.

    python scripts/make_canonical_face.py --corpus DIR

It is the mean over the speakers of `train`, each with the same weight, of their faces once pose and size are taken out:
iterated Procrustes analysis (Gower 1975) by the stable points alone. The origin is the mean of the eye corners; x runs
through the middles of the eyes, which are 1 apart; the top of the forehead and the chin are equally deep.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from vs_lipsync.faces.landmarks import LEFT_EYE, RIGHT_EYE, STABLE

_UNIT = 8192  # stored integers per inter-ocular distance
_EVERY = 5  # frames; neighbours are alike
_MOST = 400  # frames of one speaker
_TURNED = 20.0  # degrees of yaw or pitch beyond which the far side of a face is guessed rather than seen
_ROUNDS = 10
_FOREHEAD, _CHIN = 10, 152


def canonical_face(corpus: Path) -> tuple[list[int], NDArray[np.float64]]:
    """Return which points a corpus holds [n], and where they lie in the average face [n, 3]."""
    stored: list[int] = json.loads((corpus / "points.json").read_text())
    speakers = list(_faces(corpus).values())
    average = _in_frame(np.mean([faces.mean(0) for faces in speakers], 0), stored)
    for _ in range(_ROUNDS):
        means = []
        for faces in speakers:
            aligned, angles = _aligned(faces, average, [stored.index(point) for point in STABLE])
            seen = (np.abs(angles) <= _TURNED).all(1)
            if seen.any():
                means.append(aligned[seen].mean(0))
        average = _in_frame(np.mean(means, 0), stored)
    return stored, average


def _faces(corpus: Path) -> dict[str, NDArray[np.float64]]:
    """Return some faces [n, points, 3] of each speaker; recordings that an older face model measured are left out."""
    found: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    with (corpus / "index.csv").open(newline="") as index:
        rows = [row for row in csv.DictReader(index) if row["split"] == "train" and row["eye"] == "v2"]
    for row in rows:
        with np.load(corpus / "train" / f"{row['id']}.npz") as file:
            seen = ~file["missing"].astype(bool)
            found[row["speaker"]].append(file["points"][seen][::_EVERY].astype(np.float64) / _UNIT)
    speakers = {speaker: np.concatenate(parts) for speaker, parts in found.items()}
    return {name: faces[:: -(-len(faces) // _MOST)] for name, faces in speakers.items() if len(faces)}


def _aligned(
    faces: NDArray[np.float64], average: NDArray[np.float64], stable: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return faces [n, points, 3] laid onto the average one (Umeyama 1991), and their yaw and pitch [n, 2], degrees."""
    centre, origin = faces[:, stable].mean(1, keepdims=True), average[stable].mean(0)
    seen = faces[:, stable] - centre
    u, s, vt = np.linalg.svd(np.swapaxes(seen, 1, 2) @ (average[stable] - origin))
    proper = np.ones((len(faces), 1, 3))
    proper[:, 0, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * proper) @ vt
    scale = (s * proper[:, 0]).sum(1) / (seen**2).sum((1, 2))
    forward = -rotation[:, :, 2]
    angles = np.stack([np.arctan2(forward[:, 0], -forward[:, 2]), np.arcsin(np.clip(forward[:, 1], -1, 1))], 1)
    return (faces - centre) @ rotation * scale[:, None, None] + origin, np.degrees(angles)


def _in_frame(face: NDArray[np.float64], stored: list[int]) -> NDArray[np.float64]:
    """Return a face [points, 3] turned, moved and scaled to the frame that the first lines of this file define."""
    left, right = (face[[stored.index(point) for point in eye]].mean(0) for eye in (LEFT_EYE, RIGHT_EYE))
    x = (right - left) / np.linalg.norm(right - left)
    down = face[stored.index(_CHIN)] - face[stored.index(_FOREHEAD)]
    y = down - (down @ x) * x
    y /= np.linalg.norm(y)
    axes = np.stack([x, y, np.cross(x, y)], 1)
    return np.asarray((face - (left + right) / 2) @ axes / np.linalg.norm(right - left))


@click.command()
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default="models/canonical_face.safetensors")
def main(corpus: Path, output: Path) -> None:
    """Find the average face of a corpus and write it to a safetensors file."""
    stored, points = canonical_face(corpus)
    save_file({"indices": np.array(stored, np.int64), "points": points.astype(np.float32)}, output)


if __name__ == "__main__":
    main()
