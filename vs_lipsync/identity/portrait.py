"""Reads a person's embedding from a picture file."""

import os
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import SpeakerError
from vs_lipsync.faces.detections import Detector
from vs_lipsync.faces.face import Face, FaceFinder
from vs_lipsync.files import read_small
from vs_lipsync.identity.embedding import chip, embed, quality
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.planes.image import Crop, Region, SampleFormat

__all__ = ["speaker_in_picture"]

_LARGEST_SIDE: Final = 960
"""Longer side, in pixels, to which a larger picture is shrunk before faces are detected."""

_MOST_BYTES: Final = 256 << 20

_DOMINANT: Final = 2.5
"""Ratio of the areas of the largest and the next face from which the largest one is taken."""


def speaker_in_picture(path: str | os.PathLike[str]) -> Speaker:
    """Return the person shown in a picture, with one embedding and the file's stem as the name.

    Args:
        path: a picture of any kind that OpenCV reads, with one face, or one that is much larger than the others.

    Raises:
        SpeakerError: it cannot be read, shows no face, several of like size, or none that can be compared.
    """
    rgb = _read(Path(path))
    faces = _faces(rgb)
    if not faces:
        raise SpeakerError(f"there is no face in {path}")
    areas = [float((face.box[2:] - face.box[:2]).prod()) for face in faces]
    best = int(np.argmax(areas))
    if sum(area * _DOMINANT > areas[best] for area in areas) > 1:
        raise SpeakerError(f"there are {len(faces)} faces in {path}; cut out the one that is meant")
    face = faces[best]
    if quality(face) == 0:
        raise SpeakerError(f"the face in {path} is too small or turned too far away to tell whose it is")
    height, width = rgb.shape[:2]
    planes = tuple(np.ascontiguousarray(rgb[..., channel]) for channel in range(3))
    crop = Crop(Region(0, 0, width, height), planes, SampleFormat("rgb", np.dtype(np.uint8), 8), full_range=True)
    return Speaker(embed([chip(crop, face.landmarks)]), Path(path).stem)


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        data = np.frombuffer(read_small(path, _MOST_BYTES), np.uint8)  # OpenCV itself stumbles over some file names
    except OSError as error:
        raise SpeakerError(f"cannot read the picture {path}: {error.strerror or error}") from error
    try:
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:
        bgr = None
    if bgr is None:
        raise SpeakerError(f"{path} is not a picture that OpenCV can read")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _faces(rgb: NDArray[np.uint8]) -> list[Face]:
    """Return the faces of a picture [height, width, 3], landmarks in its own pixels."""
    height, width = rgb.shape[:2]
    scale = min(1.0, _LARGEST_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else rgb
    found = FaceFinder()(small, Detector()(small))
    enlarge = np.array([width / size[0], height / size[1], width / size[0]], np.float32)
    shift = np.array([0.5, 0.5, 0.0], np.float32)
    return [Face((face.landmarks + shift) * enlarge - shift, face.presence) for face in found]
