"""One source for every setting: whatever takes one takes it as `Voice` declares it."""

import inspect
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
import pytest

from vs_lipsync.cli.main import program
from vs_lipsync.filter import Options, lipsync
from vs_lipsync.settings.call import CallSettings, Extension
from vs_lipsync.settings.voice import Voice, setting_of, voice_settings
from vs_lipsync.settings.zones import Zone
from vs_lipsync.speech.dub import Dub, DubSource, SilencePolicy

VOICE = {field.name: field for field in fields(Voice)}
CALL = {field.name: field for field in fields(CallSettings)}
ON_THE_COMMAND_LINE = [name for name, setting in voice_settings().items() if setting.command_line]
EVERY_SETTING = ["dub", "script", "extract", "plan"]
"""Commands that take all of them."""

SOME = {"evaluate": ["dub", "offset", "target"], "speaker": ["target"]}


def options_of(command: str) -> dict[str, click.Option]:
    """Return a command's options by the flags that users type."""
    found = program.commands[command].params
    return {flag: option for option in found if isinstance(option, click.Option) for flag in option.opts}


def flag_of(name: str) -> str:
    return "--audio" if name == "dub" else f"--{name}"


def test_lipsync_takes_the_settings_of_a_voice_and_of_a_call() -> None:
    arguments = dict(inspect.signature(lipsync).parameters)
    del arguments["clip"]
    assert arguments.keys() == VOICE.keys() | CALL.keys()
    for name, argument in arguments.items():
        assert argument.default == (VOICE | CALL)[name].default, name
    assert next(iter(arguments)) == "dub"


def test_what_lipsync_and_a_zone_take_is_what_a_voice_holds() -> None:
    """But for an opened dub, which is no business of callers, and for None, by which a zone means the call's."""
    names = {"DubSource": DubSource, "SilencePolicy": SilencePolicy, "Dub": Dub}
    voice = get_type_hints(Voice, localns=names)
    voice["dub"] = DubSource | None
    call, arguments, zone = get_type_hints(CallSettings), get_type_hints(lipsync), get_type_hints(Zone)
    assert {name: arguments[name] for name in voice | call} == voice | call
    for name, setting in voice_settings().items():
        if setting.zone:
            assert zone[name] == voice[name] | None, name


@pytest.mark.parametrize("name", ["silence", "outside"])
def test_choices_are_those_of_the_type(name: str) -> None:
    assert voice_settings()[name].choices == get_args(SilencePolicy.__value__)


@pytest.mark.parametrize("command", ["dub", "script"])
def test_the_ways_to_extend_are_those_of_the_type(command: str) -> None:
    kind = options_of(command)["--extend"].type
    assert isinstance(kind, click.Choice) and tuple(kind.choices) == get_args(Extension.__value__)


def test_its_companions_take_the_same() -> None:
    arguments = {
        name: one for name, one in inspect.signature(lipsync).parameters.items() if name not in ("clip", "dub")
    }
    assert Options.__annotations__.keys() == arguments.keys()
    for name, kind in Options.__annotations__.items():
        assert str(arguments[name].annotation) == str(kind), name


def test_a_zone_has_the_settings_that_may_be_its_own() -> None:
    own = {name for name, setting in voice_settings().items() if setting.zone}
    assert {field.name for field in fields(Zone)} == own | {"start", "stop", "scene", "action"}
    assert all(field.default is None for field in fields(Zone) if field.name in own)


@pytest.mark.parametrize("name", list(VOICE))
def test_every_setting_says_what_it_is(name: str) -> None:
    setting = setting_of(VOICE[name])
    assert VOICE[name].default is not MISSING
    if setting.command_line:
        assert setting.help.endswith(".")
    assert (setting.kind == "choice") == bool(setting.choices)


@pytest.mark.parametrize("command", sorted(program.commands))
@pytest.mark.parametrize("name", ON_THE_COMMAND_LINE)
def test_every_command_has_the_options_of_a_voice_as_it_declares_them(command: str, name: str) -> None:
    options, setting, default = options_of(command), setting_of(VOICE[name]), VOICE[name].default
    if name not in (ON_THE_COMMAND_LINE if command in EVERY_SETTING else SOME.get(command, [])):
        assert flag_of(name) not in options
        return
    option = options[flag_of(name)]
    assert option.help == (setting.help if option.required else f"{setting.help} {setting.otherwise}".strip())
    assert option.metavar == setting.metavar
    assert option.required == (command == "speaker")
    if not option.required:
        assert option.default == default or (option.default is None or "UNSET" in repr(option.default)) == (
            default is None
        )
    if setting.choices:
        assert isinstance(option.type, click.Choice)
        assert tuple(option.type.choices) == setting.choices
    if setting.bounded and setting.kind == "number":
        assert isinstance(option.type, click.FloatRange)
        assert (option.type.min, option.type.max) == (setting.low, setting.high)


def test_a_script_says_whatever_the_command_line_said(tmp_path: Path, footage: Path, voice: Path) -> None:
    from click.testing import CliRunner

    values: dict[str, Any] = {"offset": 0.5, "strength": 1.25, "device": "cpu", "silence": "pass", "outside": "close"}
    values |= {"target": "main"}
    assert values.keys() | {"dub", "exemplars", "model"} == set(ON_THE_COMMAND_LINE)
    command = ["script", str(footage), "--audio", str(voice), "--exemplars", str(footage)]
    command += [word for name, value in values.items() for word in (flag_of(name), str(value))]
    done = CliRunner().invoke(program, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    for name, value in values.items():
        assert f"{name}={value!r}" in done.output
    assert f"exemplars={str(footage)!r}" in done.output
