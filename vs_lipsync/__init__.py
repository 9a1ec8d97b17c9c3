"""A VapourSynth filter that makes the person in a clip speak a new audio track."""

from importlib import import_module
from typing import TYPE_CHECKING

from vs_lipsync.version import __version__

if TYPE_CHECKING:
    from vs_lipsync.filter import lipsync, lipsync_mask, lipsync_plan
    from vs_lipsync.graph.plan_writer import write_plan
    from vs_lipsync.graph.targets import find_speaker
    from vs_lipsync.identity.speaker import Speaker
    from vs_lipsync.segment import Segment, segments
    from vs_lipsync.settings.cast import CastMember
    from vs_lipsync.settings.zones import Zone
    from vs_lipsync.speech.cues import Cue

__all__ = [
    "CastMember",
    "Cue",
    "Segment",
    "Speaker",
    "Zone",
    "__version__",
    "find_speaker",
    "lipsync",
    "lipsync_mask",
    "lipsync_plan",
    "segments",
    "write_plan",
]

_MODULES = {
    "Speaker": "vs_lipsync.identity.speaker",
    "find_speaker": "vs_lipsync.graph.targets",
    "CastMember": "vs_lipsync.settings.cast",
    "Cue": "vs_lipsync.speech.cues",
    "Segment": "vs_lipsync.segment",
    "Zone": "vs_lipsync.settings.zones",
    "lipsync": "vs_lipsync.filter",
    "lipsync_mask": "vs_lipsync.filter",
    "lipsync_plan": "vs_lipsync.filter",
    "segments": "vs_lipsync.segment",
    "write_plan": "vs_lipsync.graph.plan_writer",
}


def __getattr__(name: str) -> object:
    """Load the filter, and torch with it, when it is first asked for: the program's `--help` need not wait seconds."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
