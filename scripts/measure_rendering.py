"""Measure how true the mouths are that the default generator makes: reenactment.

python -m scripts.measure_rendering CLIP... [--kept FOLDER] [--json FILE]

Each frame is asked for its own true mouth, but no frame within 12 of it may be the exemplar; the picture is compared
with the true one about the lips. What is dubbed without an exemplar, and on what, is the plain predecessor: the frame
12 before, moved rigidly. Then each frame is asked for the mouth of the frame 12 later, which is moved rigidly onto it
to compare: where the opening of the two differs by more than 0.1 inter-ocular distances, chin and neck have moved, too,
and the frame as it is is the predecessor.
"""

import json
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from scripts.measuring.banks import bank_of
from scripts.measuring.footage import read
from scripts.measuring.pictures import MEASURES
from scripts.measuring.reenactment import APART, reenacted

SHUT = 0.05
"""Opening, in inter-ocular distances, up to which the exemplars of a shot that is taken to be silent are open."""

MOVED = 0.1
"""Difference of openings, in inter-ocular distances, from which chin and neck are compared."""


def measured(
    clip: str, frames: int, every: int, kept: Path | None, further: int = 0, *, banked: bool = False, shut: bool = False
) -> dict[str, float]:
    """Return the means of a clip's measures by name: PART MEASURE, and "before" ahead of the predecessor's."""
    footage = read(clip, frames + further, kept)
    bank = bank_of(footage, frames + APART) if banked else None
    footage = replace(footage, frames=footage.frames[:frames], wide=footage.wide[:frames])
    widest = SHUT if shut else np.inf
    own = reenacted(footage, every=every, bank=bank, widest=widest)
    later = reenacted(footage, APART, MOVED, every, bank, widest)
    if not own.made:
        return {}
    result = {"second_difference": own.second_difference}
    for what, of, names in (("", own, ("lips",)), ("moved ", later, ("lips", "chin", "neck"))):
        for name in names:
            for before, rows in (("", of.made.get(name)), ("before ", of.before.get(name))):
                if rows is not None and len(rows):
                    means = rows.mean(0)
                    means[3] = np.median(rows[:, 3])
                    result |= {f"{before}{what}{name} {m}": float(v) for m, v in zip(MEASURES, means, strict=True)}
    return result


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--frames", default=125, show_default=True, help="frames to look at")
@click.option("--every", default=2, show_default=True, help="compare every so many frames")
@click.option("--further", default=0, show_default=True, help="frames behind those from which exemplars may come")
@click.option("--bank", "banked", is_flag=True, help="take exemplars from there, too")
@click.option("--shut", is_flag=True, help="take none that is open from the frames looked at, as of a silent shot")
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path), help="folder for what was read of the clips")
@click.option("--json", "output", type=click.Path(dir_okay=False, path_type=Path), help="file for the measures")
def main(
    clips: tuple[str, ...],
    frames: int,
    every: int,
    further: int,
    banked: bool,
    shut: bool,
    kept: Path | None,
    output: Path | None,
) -> None:
    """Measure the reenactment of CLIPS, a speaker each."""
    found: dict[str, dict[str, float]] = {}
    for clip in clips:
        measures = measured(clip, frames, every, kept, further, banked=banked, shut=shut)
        if not measures:
            click.echo(f"{Path(clip).stem}: no shot is long enough", err=True)
            continue
        found[Path(clip).stem] = measures
        click.echo(f"{Path(clip).stem} " + " ".join(f"{measures[f'lips {m}']:.3f}" for m in MEASURES))
    names = list(dict.fromkeys(name for measures in found.values() for name in measures))
    for name in names:
        values = [measures[name] for measures in found.values() if name in measures]
        click.echo(f"{name}: {np.mean(values):.3f} (mean of {len(values)})")
    if output:
        output.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
