"""Which signs tell dubbed mouths from real ones in stacks of five frames?

python -m scripts.tell_movement --driver A.mp4 --driver B.mp4 CLIP... [--made reenacted] [--kept FOLDER]

Printed are, for each sign, the area under the curve within a speaker (0.5 if it tells nothing, more where the sign is
greater in what was made), its mean over speakers, and in how many of them it is above a half; then how well a linear
judge tells the stacks of speakers whom it has not seen, by groups of signs. To see which step of making a mouth tells,
frames can be made of their own true mouths (`reenacted`), or only read between their samples (`resampled`).
"""

from pathlib import Path

import click
import cv2
import numpy as np

from scripts.measuring.controls import Pictured, dubbed, real, reenacted, resampled
from scripts.measuring.dubbed import dubbed_by_turns
from scripts.measuring.footage import Measured, read
from scripts.measuring.linear_judge import Counted, told_apart
from scripts.measuring.looker import Looker
from scripts.measuring.moving import SIDE, STACK, signs
from scripts.measuring.ranking import area_under_curve
from scripts.measuring.views import stabilised

LEAST = 10
"""Stacks that a speaker must have."""

GROUPS = {
    "all": ("",),
    "places of the mouth": ("opening", "shut", "width", "upper", "lower", "corners", "chin:"),
    "pictures": ("sharpness", "change", "texture", "flow", "unexplained"),
    "sharpness and texture": ("sharpness", "texture"),
    "flow": ("flow",),
    "what flow leaves unexplained": ("unexplained",),
}
"""How the names of a group's signs begin."""


def counted(clip: Measured, made: Pictured, look: Looker) -> tuple[list[str], Counted] | None:
    """Return the names of the signs and what was counted in a clip and in what was made; None for few stacks."""
    whole = real(clip)
    numbers = [number for number in sorted(made) if number in whole]
    shots = [clip.frames[number].shot for number in numbers]
    starts = [
        at
        for at in range(len(numbers) - STACK + 1)
        if numbers[at + STACK - 1] == numbers[at] + STACK - 1 and shots[at + STACK - 1] == shots[at]
    ]
    if len(starts) < LEAST:
        return None
    both = []
    for kind in (whole, made):
        shown = [kind[number] for number in numbers]
        pictures = [stabilised(crop.luma, crop, points, SIDE) for crop, points in shown]
        scale = np.float32(255 / shown[0][0].format.peak)
        mouths = np.array([look.shape(crop, points) for crop, points in shown])
        both.append(signs(scale * np.array(pictures), mouths, starts))
    names = list(both[0])
    return names, Counted(*(np.stack([one[name] for name in names], 1) for one in both))


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--driver", "drivers", multiple=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--made", default="dubbed", show_default=True, type=click.Choice(["dubbed", "reenacted", "resampled"]))
@click.option("--frames", default=125, show_default=True, help="frames to look at")
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path), help="folder for what was read of the clips")
def main(clips: tuple[str, ...], drivers: tuple[str, ...], made: str, frames: int, kept: Path | None) -> None:
    """Tell stacks of CLIPS from what was made of them."""
    cv2.setNumThreads(1)
    if made == "dubbed" and len(drivers) < 2:
        raise click.UsageError("give two drivers or more")
    look = Looker(1)
    found = []
    if made == "dubbed":
        for _, clip, dub in dubbed_by_turns(clips, drivers, frames, kept):
            found.append(counted(clip, dubbed(clip, dub), look))
    else:
        make = reenacted if made == "reenacted" else resampled
        for name in clips:
            clip = read(name, frames, kept)
            found.append(counted(clip, make(clip), look))
    told = [one for one in found if one is not None]
    if not told:
        raise click.ClickException(f"no clip has {LEAST} stacks of {STACK} frames")
    names, speakers = told[0][0], [one for _, one in told]
    areas = np.array(
        [[area_under_curve(one.made[:, k], one.real[:, k]) for k in range(len(names))] for one in speakers]
    )
    for k in np.argsort(-np.abs(areas.mean(0) - 0.5)):
        click.echo(f"{names[k]}: {areas[:, k].mean():.3f}, above a half in {np.mean(areas[:, k] > 0.5):.2f}")
    if len(speakers) < 2:
        return
    for group, begins in GROUPS.items():
        columns = [k for k, name in enumerate(names) if name.startswith(begins)]
        some = [Counted(one.real[:, columns], one.made[:, columns]) for one in speakers]
        told_by = told_apart(some, folds=min(6, len(some)))
        click.echo(f"linear judge, {group}: {told_by:.3f} over {len(some)} speakers")


if __name__ == "__main__":
    main()
