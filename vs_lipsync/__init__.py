"""A VapourSynth filter that makes the person in a clip speak a new audio track."""

from vs_lipsync.filter import lipsync, lipsync_mask, lipsync_plan
from vs_lipsync.version import __version__

__all__ = ["__version__", "lipsync", "lipsync_mask", "lipsync_plan"]
