"""Whole pictures of what a file holds: fields, and rows and columns that are not to be shown."""

from pathlib import Path
from typing import Final

import vapoursynth as vs

from vs_lipsync.errors import JobError
from vs_lipsync.media.probe import DeclaredVideo
from vs_lipsync.planes.frames import number_of

__all__ = ["crop_of", "cropped", "is_odd", "notes_of_pictures", "progressive"]

_BOTTOM_FIRST: Final = 1
"""Value of `_FieldBased` where the bottom field is shown first; 2 is the top one."""


def notes_of_pictures(path: Path, said: DeclaredVideo, first: vs.VideoFrame) -> list[str]:
    """Return what of a file's pictures does not arrive."""
    notes = []
    if said.hidden_alpha is not None and "_Alpha" not in first.props:
        decoder = {"vp8": "libvpx", "vp9": "libvpx-vp9"}[said.hidden_alpha]
        notes.append(
            f"the alpha of {path} is left out: it lies beside the pictures, where it is not read; to keep it, first "
            f"ffmpeg -c:v {decoder} -i INPUT -c:v ffv1 -c:a copy OUTPUT.mkv"
        )
    if any(said.crop) and number_of(first, "Rotation", 0):
        notes.append(f"{path} says that its pictures are to be cropped, and turned: they are only turned")
    return notes


def is_odd(said: DeclaredVideo, first: vs.VideoFrame) -> bool:
    """Say whether BestSource leaves out columns or rows of a file's pictures, whose chroma would not be whole."""
    form, turned = first.format, number_of(first, "Rotation", 0) % 180
    width, height = said.size[::-1] if turned else said.size
    lost = width - first.width, height - first.height
    return max(lost) > 0 and 0 <= lost[0] < 1 << form.subsampling_w and 0 <= lost[1] < 1 << form.subsampling_h


def crop_of(said: DeclaredVideo, first: vs.VideoFrame) -> tuple[int, int, int, int]:
    """Return what to leave out on the left, the right, at the top and the bottom: whole samples of chroma."""
    top, bottom, left, right = said.crop
    turned = number_of(first, "Rotation", 0)
    form = first.format
    sides = (left, right, top, bottom)
    if turned or left + right >= first.width or top + bottom >= first.height:
        return 0, 0, 0, 0
    steps = (form.subsampling_w, form.subsampling_w, form.subsampling_h, form.subsampling_h)
    cut = [side >> step << step for side, step in zip(sides, steps, strict=True)]
    return cut[0], cut[1], cut[2], cut[3]


def cropped(clip: vs.VideoNode, crop: tuple[int, int, int, int]) -> vs.VideoNode:
    """Leave columns and rows out, of the alpha too."""
    made = clip.std.Crop(*crop)
    with clip.get_frame(0) as first:
        has_alpha = "_Alpha" in first.props
    return made.std.ClipToProp(clip.std.PropToClip("_Alpha").std.Crop(*crop), "_Alpha") if has_alpha else made


def progressive(path: Path, clip: vs.VideoNode, deinterlace: bool | None) -> tuple[vs.VideoNode, int | None]:
    """Return a clip of whole pictures, and the number by which Bwdif made it; None where it did not.

    Raises:
        JobError: it has fields, and it is not said what to do about them.
    """
    if deinterlace is False:
        return clip.std.SetFieldBased(0), None
    with clip.get_frame(0) as first:
        based = number_of(first, "_FieldBased", 0)
    if deinterlace is None:
        if based > 0:
            raise JobError(
                f"{path} is interlaced; give --deinterlace to make whole pictures of its fields, or --progressive if "
                "it only says so"
            )
        return clip, None
    if not hasattr(vs.core, "bwdif"):
        raise JobError("VapourSynth's plugin Bwdif is missing; pip install vapoursynth-bwdif")
    field = 0 if based == _BOTTOM_FIRST else 1  # what each frame says counts more
    # A field a frame; the other one is made of the neighbours where something moves.
    return clip.bwdif.Bwdif(field=field).std.SetFieldBased(0), field
