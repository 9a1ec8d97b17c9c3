"""Chapters in the time of the output, as a file for FFmpeg."""

import re
from collections.abc import Sequence
from fractions import Fraction

from vs_lipsync.media.streams import Chapter

__all__ = ["chapter_file", "placed"]

_STEPS = 1_000_000  # of a second: finer than either container writes


def placed(chapters: Sequence[Chapter], shift: Fraction, length: Fraction | None) -> list[Chapter]:
    """Move chapters, and cut them where the output starts and ends.

    Args:
        chapters: in the time of the file they come from.
        shift: seconds to add.
        length: of the output in seconds; None if nothing is cut off.
    """
    moved = []
    for chapter in chapters:
        start, end = chapter.start + shift, chapter.end + shift
        if length is not None:
            if end <= 0 or start >= length:
                continue
            end = min(end, length)
        moved.append(Chapter(max(start, Fraction(0)), max(end, Fraction(0)), chapter.tags))
    return moved


def chapter_file(chapters: Sequence[Chapter]) -> str:
    """Return the text of a file of FFmpeg's own format, `ffmetadata`."""
    lines = [";FFMETADATA1"]
    for chapter in chapters:
        lines += ["[CHAPTER]", f"TIMEBASE=1/{_STEPS}"]
        lines += [f"START={round(chapter.start * _STEPS)}", f"END={round(chapter.end * _STEPS)}"]
        lines += [f"{_escaped(key)}={_escaped(text)}" for key, text in chapter.tags.items()]
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return re.sub(r"([=;#\\\n])", r"\\\1", text)
