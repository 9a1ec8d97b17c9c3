"""The options of a dub, as `Voice` declares its settings: commands have them all, or some."""

from collections.abc import Callable, Collection, Iterable, MutableMapping
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from vs_lipsync.cli.options import FILE, finite
from vs_lipsync.settings.target import is_file_name
from vs_lipsync.settings.voice import Setting, Voice, setting_of

__all__ = ["SPEAKER", "voice_arguments", "voice_options"]

type Command = Callable[..., object]


def _target(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and is_file_name(value) and not Path(value).is_file():
        raise click.BadParameter(
            f"{value!r} is neither a file, nor a place such as 120@640,360, nor main, speaking or all", ctx, param
        )
    return value


def _model(ctx: click.Context, param: click.Parameter, value: str) -> str:
    kind, _, path = value.partition(":")
    if value != "warp" and (kind != "wav2lip" or not path):
        raise click.BadParameter(f"there is no model {value!r}; there are warp and wav2lip:PATH", ctx, param)
    return value


_ON_COMMAND_LINES: Final = [one for one in fields(Voice) if setting_of(one).command_line]


def voice_options(*, only: Collection[str] = (), required: Collection[str] = ()) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the options of a dub, as `Voice` declares them.

    The command is called with all of them in one argument, `voice`, a `dict` of keyword arguments for `Voice`; the dub
    is a `Path` or None. Whatever is added to `Voice` arrives there by itself.

    Args:
        only: names of the settings that the command has; all if there are none.
        required: names of those that must be given.
    """
    chosen = [one for one in _ON_COMMAND_LINES if not only or one.name in only]
    names = [one.name for one in chosen]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def called(**arguments: Any) -> object:  # noqa: ANN401 - click passes what the options say
            voice = voice_arguments(arguments, names)
            if voice.get("model", "warp") != "warp" and voice.get("strength", 1.0) != 1.0:
                raise click.UsageError("--strength is for the model warp; Wav2Lip moves the lips as it was trained to")
            return command(voice=voice, **arguments)

        decorated: Command = called
        for one in reversed(chosen):
            decorated = _option(one.name, one.default, setting_of(one), required=one.name in required)(decorated)
        return decorated

    return decorate


def voice_arguments(arguments: MutableMapping[str, Any], names: Iterable[str] | None = None) -> dict[str, Any]:
    """Take the values of `voice_options` out of those of a command; returns keyword arguments for `Voice`.

    Args:
        arguments: those of the command, as click calls them.
        names: of the settings that the command has; None for all.
    """
    chosen = [one.name for one in _ON_COMMAND_LINES] if names is None else names
    return {name: arguments.pop(_parameter(name)) for name in chosen}


def _parameter(name: str) -> str:
    """Return what click calls the value of a setting: no argument of a command has such a name."""
    return f"voice_{name}"


def _option(name: str, default: object, setting: Setting, *, required: bool) -> Callable[[Command], Command]:
    """Return the option of a setting."""
    flags = [f"--{'audio' if name == 'dub' else name}", *([f"-{setting.short}"] if setting.short else [])]
    text = setting.help if required or not setting.otherwise else f"{setting.help} {setting.otherwise}"
    more: dict[str, Any] = {"help": text, "metavar": setting.metavar, "required": required}
    if default is not None and not required:
        more |= {"default": default, "show_default": True}
    if setting.kind == "file":
        more["type"] = FILE
    elif setting.kind == "number":
        more |= {"type": click.FloatRange(setting.low, setting.high) if setting.bounded else float, "callback": finite}
    elif setting.kind == "choice":
        more["type"] = click.Choice(setting.choices)
    elif setting.kind == "target":
        more["callback"] = _target
    elif name == "model":
        more["callback"] = _model
    return click.option(*flags, _parameter(name), **more)


SPEAKER = click.option(
    "--speaker",
    metavar="WHO",
    callback=_target,
    help="All ranges that show a person, given as for --target, who also speaks the dub if there is one.",
)
