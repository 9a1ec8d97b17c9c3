"""`vs-lipsync script`: a VapourSynth script for a clip and a dub."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from vs_lipsync.cli.cast_options import CastChoice, cast_options, check_cast_options
from vs_lipsync.cli.exclude_option import EXCLUDE, places_of
from vs_lipsync.cli.options import (
    EXTEND,
    INPUT,
    OVERWRITE,
    PLAN,
    ZONES,
    check_dub,
    check_extend,
    check_output,
    source_options,
)
from vs_lipsync.cli.voice_options import voice_options
from vs_lipsync.files import write_text
from vs_lipsync.settings.target import is_file_name
from vs_lipsync.settings.voice import Voice
from vs_lipsync.timing.position import Position, format_time

if TYPE_CHECKING:
    from vs_lipsync.settings.cast import CastMember
    from vs_lipsync.settings.zone_file import ZoneFile

__all__ = ["quoted", "script"]


@click.command()
@INPUT
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The .vpy to write, if not to standard output.")
@click.option(
    "--sound",
    type=click.Path(path_type=Path),
    help="A .w64 file to write what is heard to, from the first frame on, for the encoder.",
)
@voice_options()
@cast_options
@ZONES
@EXCLUDE
@EXTEND
@PLAN
@source_options
@OVERWRITE
def script(
    source: Path,
    output: Path | None,
    sound: Path | None,
    voice: dict[str, Any],
    casting: CastChoice,
    zones: Path | None,
    exclude: tuple[tuple[Position, Position], ...],
    extend: Literal["loop", "freeze"] | None,
    plan: Path | None,
    opening: dict[str, Any],
    overwrite: bool,
) -> None:
    """Write a VapourSynth script that dubs INPUT."""
    audio: Path | None = voice["dub"]
    check_dub(audio, zones, casting)
    check_cast_options(casting, voice)
    timecodes: Path | None = opening["timecodes"]
    check_extend(extend, timecodes)
    if sound is not None and sound.suffix.lower() != ".w64":
        raise click.UsageError(f"--sound writes a .w64 file, not {sound.name}")
    if sound is not None and output is not None and sound.absolute() == output.absolute():
        raise click.UsageError("the script and its sound are two files")
    for written in (output, sound):
        if written is not None:
            inputs = [
                path for path in (source, audio, zones, plan, timecodes, voice["exemplars"], *casting.files) if path
            ]
            check_output(written, overwrite, *inputs)
    from vs_lipsync.cli.jobs.dub import Dubbing, voice_of  # VapourSynth takes a while to load
    from vs_lipsync.cli.jobs.sound import notify_of_dubs
    from vs_lipsync.cli.jobs.sound import write as write_sound
    from vs_lipsync.cli.notify import notify
    from vs_lipsync.media.source import SourceClip, SourceOptions
    from vs_lipsync.plan.file.document import PlanDocument
    from vs_lipsync.settings.zone_file import read_zones

    file = read_zones(zones) if zones else None
    dubbing = Dubbing(
        voice_of(voice, source),
        file,
        extend=extend,
        plan=plan,
        opening=SourceOptions(**opening),
        cast=casting.members(source, voice["offset"], plan, SourceOptions(**opening)),
        sound=casting.sound(),
        exclude=places_of(exclude),
    )
    footage = SourceClip.open(source, replace(dubbing.opening, odd_size=False))  # BestSource alone is in a script
    notify(footage.note)
    notify_of_dubs(dubbing)
    if sound is not None:
        write_sound(footage, dubbing, sound)
    usual = {field.name: field.default for field in fields(Voice)}
    if voice["target"] is not None and is_file_name(voice["target"]):
        voice["target"] = Path(voice["target"])
    options = [f"{name}={_python(value)}" for name, value in voice.items() if value != usual[name]]
    targets = [voice["target"], *(zone.target for zone in file.zones)] if file else [voice["target"]]
    targets += [PlanDocument.read(plan).target] if plan and not casting else []
    targets += [member.target for member in dubbing.cast or ()]
    options += [f"original={quoted(source)}"] if "speaking" in targets else []
    options += ["cast=cast"] if casting else []
    options += ["zones=zones"] if file else []
    ranges = ", ".join(f"({_place(start)}, {_place(stop)})" for start, stop in dubbing.exclude)
    options += [f"exclude=[{ranges}]"] if ranges else []
    options += [f"extend={extend!r}"] if extend else []
    options += [f"plan={quoted(plan)}"] if plan else []
    options += [f"timecodes={quoted(timecodes)}"] if timecodes else []
    rate, told = footage.forced_rate, footage.assumed_rate
    at_rate = "" if opening["stream"] is None else f", track={footage.stream}"
    at_rate += f", fpsnum={rate.numerator}, fpsden={rate.denominator}" if rate else ""
    assumed = f".std.AssumeFPS(fpsnum={told.numerator}, fpsden={told.denominator})" if told else ""
    whole = _whole_pictures(footage.field, opening["deinterlace"])
    if any(footage.crop):
        whole += f".std.Crop{footage.crop}"
    text = "\n".join(
        (
            "import vapoursynth as vs",
            f"from vs_lipsync import {'Zone, ' if file else ''}lipsync",
            "",
            f"clip = vs.core.bs.VideoSource({quoted(source)}{at_rate}){assumed}{whole}",
            *_zones(file),
            *_cast(dubbing.cast),
            f"clip = lipsync(clip, {', '.join(options)})",
            "clip.set_output()",
            "",
        )
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)


def _whole_pictures(field: int | None, deinterlace: bool | None) -> str:
    """Return the calls that make whole pictures of a clip's fields, or take its pictures as whole."""
    bwdif = "" if field is None else f".bwdif.Bwdif(field={field})"
    return bwdif if deinterlace is None else f"{bwdif}.std.SetFieldBased(0)"


def _zones(file: "ZoneFile | None") -> Iterator[str]:
    """Yield the lines of a script that make a list of zones."""
    if file is None:
        return
    yield "zones = ["
    for zone in file.zones:
        values = [(field.name, getattr(zone, field.name), field.default) for field in fields(zone)]
        given = ", ".join(f"{name}={_python(value)}" for name, value, usual in values if value != usual)
        yield f"    Zone({given}),"
    yield "]"


def _cast(members: "Sequence[CastMember] | None") -> Iterator[str]:
    """Yield the lines of a script that make a cast."""
    if members is None:
        return
    yield "cast = {"
    for member in members:
        who, dub = str(member.target), Path(str(member.dub))
        yield f"    {quoted(Path(who)) if is_file_name(who) else repr(who)}: {quoted(dub)},"
    yield "}"


def _place(place: object) -> str:
    """Return a place in a clip as Python text: a frame, or a time."""
    return repr(place) if isinstance(place, int) else repr(str(format_time(Fraction(str(place)))))


def _python(value: object) -> str:
    """Return a setting as Python text, of which the files are absolute."""
    if isinstance(value, Path):
        return quoted(value)
    if isinstance(value, str) and value.startswith("wav2lip:") and Path(value[8:]).is_file():
        return repr(f"wav2lip:{Path(value[8:]).absolute()}")
    return repr(value) if value not in (math.inf, -math.inf) and value == value else f'float("{value}")'


def quoted(path: Path) -> str:
    """Return a path as a Python string. It is absolute, so that the script works from any folder."""
    return repr(str(path.absolute()))
