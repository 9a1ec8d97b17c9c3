"""How a dub is put into mouths: what a user asks for."""

from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

from vs_lipsync.speech import Dub, DubError, DubSource, Quiet
from vs_lipsync.target import Target

__all__ = ["Seconds", "SettingError", "Voice", "exact", "is_number"]

type Seconds = float | Fraction

_LATEST = 1e9  # seconds: 31 years


class SettingError(ValueError):
    """A setting that has no such value.

    Attributes:
        setting: its name.
    """

    def __init__(self, setting: str, wanted: str, value: object) -> None:
        super().__init__(f"{setting} must be {wanted}, not {value!r:.60}")
        self.setting = setting


@dataclass(frozen=True, slots=True)
class Voice:
    """A dub, and how it is put into a mouth; see `lipsync`."""

    dub: DubSource | Dub | None = None
    offset: Seconds = 0.0
    strength: float = 1.0
    model: str = "warp"
    device: str = "auto"
    silence: Quiet = "close"
    outside: Quiet = "pass"
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
            if value not in get_args(Quiet.__value__):
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


def is_number(value: object) -> bool:
    """Tell whether something is a number and no flag."""
    return isinstance(value, int | float | Fraction) and not isinstance(value, bool)


def exact(seconds: Seconds) -> Fraction:
    """Return seconds as they were written: 0.8 as 4/5, and not as the nearest binary fraction."""
    return Fraction(str(seconds)) if isinstance(seconds, float) else Fraction(seconds)
