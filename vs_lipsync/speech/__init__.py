"""From a dub to lip motion."""

from vs_lipsync.speech.audio import Dub, DubSource, Quiet
from vs_lipsync.speech.cues import Cue
from vs_lipsync.speech.motion import Motion, MotionSamples
from vs_lipsync.speech.sounds import SAMPLE_RATE, DubError

__all__ = ["SAMPLE_RATE", "Cue", "Dub", "DubError", "DubSource", "Motion", "MotionSamples", "Quiet"]
