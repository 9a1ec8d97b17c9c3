"""A VapourSynth filter that makes the person in a clip speak a new audio track."""

from vs_lipsync.version import __version__

__all__ = ["__version__"]
