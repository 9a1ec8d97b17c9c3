"""Kinds of files, by their extensions in small letters."""

from typing import Final

__all__ = ["ISO_MEDIA", "MATROSKA", "RANGE_TAGGED"]

ISO_MEDIA: Final = (".mp4", ".m4v", ".mov")
"""MP4 and QuickTime."""

MATROSKA: Final = (".mkv", ".webm")
"""Matroska and its kin for the web."""

RANGE_TAGGED: Final = (".mp4", ".m4v", ".mkv", ".webm")
"""Those that say the range of samples themselves; FFmpeg's QuickTime does not."""
