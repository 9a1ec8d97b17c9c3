"""`vs-lipsync script`: a VapourSynth script for a clip and a dub."""

from pathlib import Path

import click

from vs_lipsync.cli.options import AUDIO, INPUT, OFFSET, OVERWRITE, STRENGTH, TARGET, check_output
from vs_lipsync.target import click_in

__all__ = ["script"]


@click.command()
@INPUT
@AUDIO
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The .vpy to write, if not to standard output.")
@TARGET
@OFFSET
@STRENGTH
@OVERWRITE
def script(
    source: Path, audio: Path, output: Path | None, who: str | None, offset: float, strength: float, overwrite: bool
) -> None:
    """Write a VapourSynth script that dubs INPUT."""
    from vs_lipsync.cli.footage import Footage  # VapourSynth takes a while to load

    if output is not None:
        check_output(output, overwrite, source, audio)
    footage = Footage.open(source)
    options = [f"dub={_quoted(audio)}"]
    if who is not None:
        options.append(f"target={who!r}" if click_in(who) else f"target={_quoted(Path(who))}")
    if offset != 0.0:
        options.append(f"offset={offset!r}")
    if strength != 1.0:
        options.append(f"strength={strength!r}")
    rate = footage.forced_rate
    at_rate = f", fpsnum={rate.numerator}, fpsden={rate.denominator}" if rate else ""
    text = "\n".join(
        (
            "import vapoursynth as vs",
            "from vs_lipsync import lipsync",
            "",
            f"clip = vs.core.bs.VideoSource({_quoted(source)}{at_rate})",
            f"clip = lipsync(clip, {', '.join(options)})",
            "clip.set_output()",
            "",
        )
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def _quoted(path: Path) -> str:
    """Return a path as a Python string. It is absolute, so that the script works from any folder."""
    return repr(str(path.absolute()))
