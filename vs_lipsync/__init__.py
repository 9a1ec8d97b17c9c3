"""A VapourSynth filter that makes the person in a clip speak a new audio track."""

from typing import TYPE_CHECKING, Any

from vs_lipsync.version import __version__

if TYPE_CHECKING:
    from vs_lipsync.filter import lipsync, lipsync_mask, lipsync_plan

__all__ = ["__version__", "lipsync", "lipsync_mask", "lipsync_plan"]


def __getattr__(name: str) -> Any:
    """Load the filter, and torch with it, when it is first asked for: the program's `--help` need not wait seconds."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vs_lipsync import filter as loaded

    return getattr(loaded, name)
