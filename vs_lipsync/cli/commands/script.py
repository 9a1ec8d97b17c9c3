"""`vs-lipsync script`: a VapourSynth script for a clip and a dub."""

import math
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vs_lipsync.cli.options import (
    DUB,
    EXTEND,
    FILE,
    INPUT,
    OFFSET,
    OUTSIDE,
    OVERWRITE,
    SILENCE,
    STRENGTH,
    TARGET,
    ZONES,
    check_dub,
    check_output,
)
from vs_lipsync.settings.target import is_file_name

if TYPE_CHECKING:
    from vs_lipsync.settings.zone_file import ZoneFile

__all__ = ["quoted", "script"]


@click.command()
@INPUT
@DUB
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The .vpy to write, if not to standard output.")
@TARGET
@OFFSET
@STRENGTH
@ZONES
@SILENCE
@OUTSIDE
@EXTEND
@click.option(
    "--timecodes",
    metavar="FILE",
    type=FILE,
    help="When the frames of INPUT are shown, in format v1 or v2: a variable rate is left as it is then.",
)
@OVERWRITE
def script(
    source: Path,
    audio: Path | None,
    output: Path | None,
    who: str | None,
    offset: float,
    strength: float,
    zones: Path | None,
    silence: str,
    outside: str,
    extend: str | None,
    timecodes: Path | None,
    overwrite: bool,
) -> None:
    """Write a VapourSynth script that dubs INPUT."""
    check_dub(audio, zones)
    if timecodes and extend:
        raise click.UsageError("--extend is for clips of constant rate, without --timecodes")
    if output is not None:
        check_output(output, overwrite, *[path for path in (source, audio, zones, timecodes) if path])
    from vs_lipsync.media.source import SourceClip  # VapourSynth takes a while to load
    from vs_lipsync.settings.zone_file import read_zones

    file = read_zones(zones) if zones else None
    footage = SourceClip.open(source)
    settings = {"offset": offset, "strength": strength, "silence": silence, "outside": outside, "extend": extend}
    usual = {"offset": 0.0, "strength": 1.0, "silence": "close", "outside": "pass", "extend": None}
    options = [f"dub={quoted(audio)}"] if audio else []
    if who is not None:
        options.append(f"target={quoted(Path(who))}" if is_file_name(who) else f"target={who!r}")
    options += [f"original={quoted(source)}"] if who == "speaking" else []
    options += [f"{name}={value!r}" for name, value in settings.items() if value != usual[name]]
    options += ["zones=zones"] if file else []
    options += [f"timecodes={quoted(timecodes)}"] if timecodes else []
    rate = footage.forced_rate if timecodes is None else None
    at_rate = f", fpsnum={rate.numerator}, fpsden={rate.denominator}" if rate else ""
    text = "\n".join(
        (
            "import vapoursynth as vs",
            f"from vs_lipsync import {'Zone, ' if file else ''}lipsync",
            "",
            f"clip = vs.core.bs.VideoSource({quoted(source)}{at_rate})",
            *_zones(file),
            f"clip = lipsync(clip, {', '.join(options)})",
            "clip.set_output()",
            "",
        )
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


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


def _python(value: object) -> str:
    """Return a setting of a zone as Python text."""
    if isinstance(value, Path):
        return quoted(value)
    return repr(value) if value not in (math.inf, -math.inf) and value == value else f'float("{value}")'


def quoted(path: Path) -> str:
    """Return a path as a Python string. It is absolute, so that the script works from any folder."""
    return repr(str(path.absolute()))
