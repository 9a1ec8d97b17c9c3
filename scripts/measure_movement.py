"""Measure how the mouths move that the default generator makes, against how the speakers' own do.

python -m scripts.measure_movement --driver A.mp4 --driver B.mp4 CLIP... [--kept FOLDER] [--strips FOLDER]

Each clip is dubbed with the sound of one of the drivers, in turn, never with its own. Of the footage itself, 0.01 of
the steps lie beyond its 99th percentile. Strips are pictures of 20 consecutive frames, the source above the result.
"""

import json
from dataclasses import asdict, fields
from pathlib import Path

import click
import cv2
import numpy as np

from scripts.measuring.dubbed import dubbed_by_turns
from scripts.measuring.movement import Movement, movement
from scripts.measuring.views import strip

STRIP = 20
"""Frames of a strip."""


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--driver", "drivers", multiple=True, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--frames", default=125, show_default=True, help="frames to look at")
@click.option("--crops", default=3, show_default=True, help="crops that the landmark net's answer is averaged over")
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path), help="folder for what was read of the clips")
@click.option("--strips", type=click.Path(file_okay=False, path_type=Path), help="folder for pictures to look at")
@click.option("--json", "output", type=click.Path(dir_okay=False, path_type=Path), help="file for the measures")
def main(
    clips: tuple[str, ...],
    drivers: tuple[str, ...],
    frames: int,
    crops: int,
    kept: Path | None,
    strips: Path | None,
    output: Path | None,
) -> None:
    """Measure the movement of mouths made for CLIPS with the sound of others."""
    if len(drivers) < 2:
        raise click.UsageError("give two drivers or more")
    names = [field.name for field in fields(Movement)]
    click.echo("clip " + " ".join(names) + " milliseconds")
    found: dict[str, dict[str, float]] = {}
    for clip, footage, made in dubbed_by_turns(clips, drivers, frames, kept):
        if strips:
            strips.mkdir(parents=True, exist_ok=True)
            for first in range(0, len(footage.frames), STRIP):
                picture = strip(footage, made.patches, range(first, min(first + STRIP, len(footage.frames))))
                cv2.imwrite(str(strips / f"{Path(clip).stem}-{first:03d}.png"), picture[..., ::-1])
        measures = movement(footage, made.patches, made.requested, made.exemplars, crops)
        if measures is None:
            click.echo(f"{Path(clip).stem}: hardly a frame is dubbed", err=True)
            continue
        found[Path(clip).stem] = asdict(measures) | {"milliseconds": made.milliseconds}
        click.echo(f"{Path(clip).stem} " + " ".join(f"{value:.3f}" for value in found[Path(clip).stem].values()))
    table = np.array([list(measures.values()) for measures in found.values()])
    click.echo(f"mean of {len(table)} " + " ".join(f"{value:.3f}" for value in np.nanmean(table, 0)))
    if output:
        output.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
