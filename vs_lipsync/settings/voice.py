"""How a dub is put into mouths: the settings that a user has, and all that is known of each.

`Voice` is the one place where they stand. The command line's options, the keys of zone files and the scripts that are
written are made of it (`cli.options`, `settings.zone_file`, `cli.commands.script`); the arguments of `lipsync` and
`Zone`, which are written out for editors and readers, are compared with it by a test.
"""

import os
from dataclasses import Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Literal

from vs_lipsync.errors import SettingError
from vs_lipsync.settings.target import Target
from vs_lipsync.timing.seconds import Seconds, is_number

if TYPE_CHECKING:
    import vapoursynth as vs

    from vs_lipsync.speech.dub import Dub, DubSource, SilencePolicy

__all__ = ["ExemplarSource", "Setting", "Voice", "setting_of", "voice_settings"]

type ExemplarSource = vs.VideoNode | str | os.PathLike[str]
"""A clip, or a video file."""

_LATEST: Final = 1e9
"""Seconds that no offset reaches: 31 years."""

_KEY: Final = "setting"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a field of `Voice` beside its name, its type and its default.

    Attributes:
        kind: what it holds: a media file, a number, one of `choices`, the name of a model or a device, or a target.
        help: what the command line says of it.
        otherwise: what it says of its absence, where a command can do without it.
        metavar: what stands for its value there.
        choices: the values that it may have, where they are few.
        low: least number.
        high: greatest number.
        unit: what a number counts, for messages.
        command_line: whether it is an option of the command line.
        short: a letter for the same option.
        zone: whether a zone may have its own.
    """

    kind: Literal["file", "number", "choice", "name", "target"]
    help: str = ""
    otherwise: str = ""
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    low: float = -_LATEST
    high: float = _LATEST
    unit: str = ""
    command_line: bool = True
    short: str | None = None
    zone: bool = True

    @property
    def bounded(self) -> bool:
        """Whether a number has a greatest value that matters to users."""
        return self.high < _LATEST

    def check(self, name: str, value: object) -> None:
        """Refuse a value that opening the dub, the model or the target would not refuse.

        Args:
            name: of the setting, for the message.
            value: what the user gave.

        Raises:
            SettingError: the setting has no such value.
        """
        if self.kind == "number" and (not is_number(value) or not self.low <= value <= self.high):
            wanted = f"from {self.low:g} to {self.high:g}" if self.bounded else f"a number of {self.unit}"
            raise SettingError(name, wanted, value)
        if self.kind == "choice" and value not in self.choices:
            raise SettingError(name, " or ".join(map(repr, self.choices)), value)
        if self.kind == "name" and not isinstance(value, str):
            raise SettingError(name, "a name", value)


def _of(setting: Setting) -> dict[str, Setting]:
    return {_KEY: setting}


@dataclass(frozen=True, slots=True)
class Voice:
    """A dub, and how it is put into a mouth; `lipsync` says what each setting means."""

    dub: "DubSource | Dub | None" = field(
        default=None,
        metadata=_of(
            Setting(
                "file",
                "The new sound: a file of any kind that FFmpeg reads, a video's sound too; or an .srt or .vtt file "
                "whose texts name sound files.",
                metavar="DUB",
                short="a",
            )
        ),
    )
    offset: Seconds = field(
        default=0.0,
        metadata=_of(
            Setting(
                "number",
                "When the dub starts, from the start of the clip; below 0, its beginning is left out.",
                metavar="SECONDS",
                unit="seconds",
            )
        ),
    )
    strength: float = field(
        default=1.0,
        metadata=_of(
            Setting(
                "number",
                "How far the mouth moves: 0 not at all, 1 as the speaker does.",
                metavar="NUMBER",
                low=0.0,
                high=2.0,
            )
        ),
    )
    model: str = field(
        default="warp",
        metadata=_of(
            Setting(
                "name",
                "What makes the mouths: warp, or wav2lip:PATH with a Wav2Lip checkpoint of yours.",
                metavar="NAME",
            )
        ),
    )
    device: str = field(
        default="auto",
        metadata=_of(
            Setting("name", "Where a checkpoint runs: auto, cpu, cuda or cuda:1.", metavar="NAME", zone=False)
        ),
    )
    silence: "SilencePolicy" = field(
        default="close",
        metadata=_of(
            Setting(
                "choice",
                "Between the cues of a dub: close the mouth, or pass the footage as it is.",
                choices=("close", "pass"),
            )
        ),
    )
    outside: "SilencePolicy" = field(
        default="pass",
        metadata=_of(Setting("choice", "The same before the dub starts and after its end.", choices=("close", "pass"))),
    )

    target: Target | None = field(
        default=None,
        metadata=_of(
            Setting(
                "target",
                "Who is to speak: a picture of the person; one saved by `vs-lipsync speaker`; FRAME@X,Y, a point on "
                "the face in a frame, in pixels; main, who is on screen most; speaking, whose mouth follows INPUT's "
                "own sound; or all.",
                otherwise="If not given, the main face of each shot.",
                metavar="WHO",
            )
        ),
    )
    exemplars: "ExemplarSource | None" = field(
        default=None,
        metadata=_of(
            Setting(
                "file",
                "Other footage of the person who speaks, a video: teeth and tongue come from there where INPUT does "
                "not show them.",
                metavar="VIDEO",
            )
        ),
    )
    original: "DubSource | None" = field(default=None, metadata=_of(Setting("file", command_line=False, zone=False)))

    def __post_init__(self) -> None:
        """Check what opening the dub and the model does not.

        Raises:
            SettingError: a setting has no such value.
        """
        for one in fields(self):
            setting_of(one).check(one.name, getattr(self, one.name))


def setting_of(one: "Field[Any]") -> Setting:
    """Return what is known of a field of `Voice`."""
    setting: Setting = one.metadata[_KEY]
    return setting


def voice_settings() -> dict[str, Setting]:
    """Return what is known of the fields of `Voice`, by their names, in their order."""
    return {one.name: setting_of(one) for one in fields(Voice)}
