"""What a user says of who is to speak."""

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vs_lipsync.identity.speaker import Speaker

__all__ = ["Click", "Target", "click_in", "is_file_name"]

type Target = str | os.PathLike[str] | tuple[int, float, float] | Speaker
"""A picture of the person, or a saved speaker (a .json file); a place in a frame, as a tuple of frame number, x and y,
or as text such as "120@640,360"; a `Speaker`; or one of `KINDS`."""

KINDS = ("main", "speaking", "all")
"""The targets that are found out: who is on screen most, whose mouth follows the original sound, and everybody."""

_CLICK = re.compile(r"(\d{1,9})@(\d{1,9}(?:\.\d+)?),(\d{1,9}(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Click:
    """A place in the footage.

    Attributes:
        frame: number in the clip.
        x: luma samples from the left of the picture.
        y: luma samples from its top.
    """

    frame: int
    x: float
    y: float


def click_in(text: str) -> Click | None:
    """Return the place that a text such as "120@640,360" names; None if it is another text."""
    found = _CLICK.fullmatch(text)
    return Click(int(found[1]), float(found[2]), float(found[3])) if found else None


def is_file_name(text: str) -> bool:
    """Tell whether a target is the name of a file: neither a place in the clip nor one of `KINDS`."""
    return text not in KINDS and click_in(text) is None
