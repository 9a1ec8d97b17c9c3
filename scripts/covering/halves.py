"""Which clips the net that looks for covers is trained with, so that the others can be measured."""

from typing import Final

__all__ = ["REAL_COVERS", "trained_with"]

TRAINED: Final = frozenset((
    "bookshelf-720p30", "film-24fps", "interview-1080p30", "talk-512", "vertical-jump-cuts", "vlog-a", "m00", "m01",
    "m02", "m05", "m08", "m10", "m12", "m14", "m16", "m19", "m22", "m24", "m25", "m27", "m29", "m31", "m33", "m34",
    "m36",
))  # fmt: skip
"""Half of the trial footage; nobody in it is in the other half, which `scripts.measure_covered` reports on."""

REAL_COVERS: Final = {"m34": (94, 110)}
"""Clips in which something does come before the mouth: the frames from which on a hand lies before the chin, and before
the lips, to the end."""


def trained_with(name: str) -> bool:
    """Return whether a clip of this name, without its extension, is one of those for training."""
    return name in TRAINED
