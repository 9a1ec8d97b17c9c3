"""How a dub is put into mouths: what a user asks for."""

from dataclasses import dataclass
from typing import get_args

from vs_lipsync.errors import DubError, SettingError
from vs_lipsync.settings.target import Target
from vs_lipsync.speech.dub import Dub, DubSource, SilencePolicy
from vs_lipsync.timing.seconds import Seconds, is_number

__all__ = ["Voice"]

_LATEST = 1e9  # seconds: 31 years


@dataclass(frozen=True, slots=True)
class Voice:
    """A dub, and how it is put into a mouth; see `lipsync`."""

    dub: DubSource | Dub | None = None
    offset: Seconds = 0.0
    strength: float = 1.0
    model: str = "warp"
    device: str = "auto"
    silence: SilencePolicy = "close"
    outside: SilencePolicy = "pass"
    target: Target | None = None
    original: DubSource | None = None

    def __post_init__(self) -> None:
        """Check what opening the dub and the model does not.

        Raises:
            SettingError: a setting has no such value.
        """
        if not is_number(self.offset) or not -_LATEST < self.offset < _LATEST:
            raise SettingError("offset", "a number of seconds", self.offset)
        if not is_number(self.strength) or not 0 <= self.strength <= 2:
            raise SettingError("strength", "from 0 to 2", self.strength)
        for name, value in (("silence", self.silence), ("outside", self.outside)):
            if value not in get_args(SilencePolicy.__value__):
                raise SettingError(name, "'close' or 'pass'", value)
        for name, text in (("model", self.model), ("device", self.device)):
            if not isinstance(text, str):
                raise SettingError(name, "a name", text)

    def open(self) -> Dub:
        """Open the dub.

        Raises:
            DubError: it cannot be opened.
        """
        if isinstance(self.dub, Dub):
            return self.dub
        if self.dub is None:
            raise DubError("there is no dub: give one, or zones that have theirs")
        return Dub.open(self.dub, silence=self.silence, outside=self.outside)
