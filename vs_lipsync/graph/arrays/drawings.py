"""The drawings of a block's mouths, as packed arrays and the frames that they are drawn from."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.faces import crop_from, crops_to
from vs_lipsync.graph.arrays.packing import Arrays, unpack
from vs_lipsync.mouth.base import MouthFrame
from vs_lipsync.mouth.drawing import Drawing
from vs_lipsync.mouth.render import Source
from vs_lipsync.planes.image import SampleFormat

__all__ = ["PICTURE", "drawing_from", "drawings_to", "pictures_of"]

PICTURE: Final = "LipSyncPicture"
"""Frame property, with the number of a picture behind it: the frame with the crop that the picture lies in."""


def pictures_of(drawings: Sequence[Drawing]) -> list[MouthFrame]:
    """Return the pictures that drawings are made of, each once."""
    pictures = {}
    for drawing in drawings:
        for frame in (drawing.frame, *(source.frame for source in drawing.sources)):
            pictures[id(frame)] = frame
    return list(pictures.values())


def drawings_to(
    drawings: Sequence[Drawing | None], pictures: Sequence[MouthFrame], faces: Sequence[int]
) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the drawings of a block's frames.

    Args:
        drawings: [block] the drawings; None for frames without one.
        pictures: [m] from `pictures_of`.
        faces: [m] which face of the frame in the property `PICTURE` + number a picture is; -1 for those whose crops are
            to be copied.

    Returns:
        Nothing when there are no drawings, or else, for d drawings with s sources in all
            drawings   [block] int32: number of the frame's drawing; -1 where it has none
            targets    [d, 53, 2] float64
            sizes      [d] float64
            darkness   [d] float64
            notes      [d] str: a space behind each, since an empty string has no bytes
            frames     [d] int32: number of the picture of the frame itself
            sources    [d + 1] int32: numbers of each drawing's first source, and s
            shown      [s] int32: number of the source's picture
            found      [s, 53, 2] float64
            surround   [s, 12, 2] float64
            weights    [s] float64
            gains      [s, 3] float64: NaN for none
            faces      [m] int32: as given
            numbers    [m] int64: number of the picture's frame
            shots      [m] int64: number of the first frame of its shot
            landmarks  [m, 468, 3] float32
        and for the crops of pictures to be copied, in their order, those of `arrays.faces.crops_to`.
    """
    made = [drawing for drawing in drawings if drawing is not None]
    if not made:
        return {}
    at = {id(picture): number for number, picture in enumerate(pictures)}
    sources = [source for drawing in made for source in drawing.sources]
    there = np.array([drawing is not None for drawing in drawings])
    copied = [picture.crop for picture, face in zip(pictures, faces, strict=True) if face < 0 and picture.crop]
    return {
        "drawings": np.where(there, np.cumsum(there) - 1, -1).astype(np.int32),
        "targets": np.stack([drawing.target for drawing in made]),
        "sizes": np.array([drawing.size for drawing in made]),
        "darkness": np.array([drawing.darkness for drawing in made], np.float64),
        "notes": np.array([drawing.note + " " for drawing in made]),
        "frames": np.array([at[id(drawing.frame)] for drawing in made], np.int32),
        "sources": np.array([0, *accumulate(len(drawing.sources) for drawing in made)], np.int32),
        "shown": np.array([at[id(source.frame)] for source in sources], np.int32),
        "found": np.stack([source.found for source in sources]),
        "surround": np.stack([source.surround for source in sources]),
        "weights": np.array([source.weight for source in sources], np.float64),
        "gains": np.stack([np.full(3, np.nan) if source.gains is None else source.gains for source in sources]),
        "faces": np.array(faces, np.int32),
        "numbers": np.array([picture.number for picture in pictures], np.int64),
        "shots": np.array([picture.shot for picture in pictures], np.int64),
        "landmarks": np.stack([picture.landmarks for picture in pictures if picture.landmarks is not None]),
        **crops_to(copied),
    }


def drawing_from(
    arrays: Arrays, index: int, props: Mapping[str, object], sample_format: SampleFormat
) -> Drawing | None:
    """Return the drawing of one frame of a block from the arrays of `drawings_to`; crops and points are views.

    Args:
        arrays: those of the block.
        index: number of the frame in the block.
        props: properties of the frame with the arrays, of which those that begin with `PICTURE` are read.
        sample_format: that of the clip.

    Returns:
        The drawing; None when the frame has none.
    """
    number = int(arrays["drawings"][index]) if "drawings" in arrays else -1
    if number < 0:
        return None
    faces = arrays["faces"].astype(np.int64)
    first, stop = (int(at) for at in arrays["sources"][number : number + 2])

    def picture(at: int) -> MouthFrame:
        face = int(faces[at])
        if face < 0:
            crop = crop_from(arrays, int((faces[:at] < 0).sum()), sample_format)
        else:
            frame = props[f"{PICTURE}{at}"]
            assert isinstance(frame, vs.VideoFrame)
            crop = crop_from(unpack(frame), face, sample_format)
        landmarks = arrays["landmarks"][at].astype(np.float32, copy=False)
        return MouthFrame(int(arrays["numbers"][at]), int(arrays["shots"][at]), crop, landmarks)

    def floats(name: str, at: int) -> NDArray[np.float64]:
        return np.asarray(arrays[name][at], np.float64)

    sources = [
        Source(
            picture(int(arrays["shown"][at])),
            floats("found", at),
            floats("surround", at),
            float(arrays["weights"][at]),
            None if np.isnan(arrays["gains"][at]).any() else floats("gains", at),
        )
        for at in range(first, stop)
    ]
    return Drawing(
        picture(int(arrays["frames"][number])),
        floats("targets", number),
        sources,
        float(arrays["sizes"][number]),
        float(arrays["darkness"][number]),
        str(arrays["notes"][number])[:-1],
    )
