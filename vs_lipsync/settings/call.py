"""What a call of `lipsync` says of the clip as a whole, beside the settings of its voices."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from vs_lipsync.errors import SettingError
from vs_lipsync.settings.cast import Cast
from vs_lipsync.settings.zones import Place, Zone
from vs_lipsync.timing.timecodes import TimecodeSource

__all__ = ["CallSettings", "Extension"]

type Extension = Literal["loop", "freeze"]
"""How a clip goes on when its dub lasts longer: back and forth, or with its last frame."""


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Settings of the clip; `lipsync` says what each means."""

    zones: Sequence[Zone] = ()
    extend: Extension | None = None
    plan: str | os.PathLike[str] | None = None
    timecodes: TimecodeSource | None = None
    cast: Cast | None = None
    exclude: Sequence[tuple[Place, Place]] = ()

    def __post_init__(self) -> None:
        """Check what using them does not.

        Raises:
            SettingError: a setting has no such value.
        """
        if self.extend is not None and self.extend not in get_args(Extension.__value__):
            raise SettingError("extend", "'loop', 'freeze' or None", self.extend)
