"""`vs-lipsync script`: a VapourSynth script for a clip and a dub."""

from pathlib import Path

import click

from vs_lipsync.cli.options import AUDIO, INPUT, OFFSET, OVERWRITE, STRENGTH, check_output

__all__ = ["script"]


@click.command()
@INPUT
@AUDIO
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The .vpy to write, if not to standard output.")
@OFFSET
@STRENGTH
@OVERWRITE
def script(source: Path, audio: Path, output: Path | None, offset: float, strength: float, overwrite: bool) -> None:
    """Write a VapourSynth script that dubs INPUT."""
    from vs_lipsync.cli.footage import Footage  # VapourSynth takes a while to load

    if output is not None:
        check_output(output, overwrite, source, audio)
    footage = Footage.open(source)
    options = [f"dub={_quoted(audio)}"]
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
