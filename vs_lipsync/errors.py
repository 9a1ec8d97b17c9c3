"""Errors that name the filter, as VapourSynth users expect them."""

from collections.abc import Iterator
from contextlib import contextmanager

import vapoursynth as vs

from vs_lipsync.mouth.models import ModelError
from vs_lipsync.plan.errors import PlanError, SpeakerError
from vs_lipsync.speech import DubError
from vs_lipsync.timecodes import TimecodeError
from vs_lipsync.voice import SettingError
from vs_lipsync.weights import WeightsError
from vs_lipsync.zones import ZoneError

__all__ = ["named_errors"]


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn the rooms' errors into `vs.Error("lipsync: ...")`."""
    try:
        yield
    except (
        DubError,
        ModelError,
        PlanError,
        SettingError,
        SpeakerError,
        TimecodeError,
        WeightsError,
        ZoneError,
    ) as error:
        raise vs.Error(f"lipsync: {error}") from error
