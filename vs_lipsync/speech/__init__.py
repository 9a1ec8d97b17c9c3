"""From a dub to lip motion."""

from vs_lipsync.speech.audio import SAMPLE_RATE, Dub, DubError
from vs_lipsync.speech.motion import Motion, MotionSamples

__all__ = ["SAMPLE_RATE", "Dub", "DubError", "Motion", "MotionSamples"]
