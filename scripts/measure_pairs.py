"""Measure the whole chain on many pairs: footage of one speaker, voice of another whose lips are known.

python scripts/measure_pairs.py --driver A.mp4 --driver B.mp4 CLIP...

Each clip is dubbed with the sound of two drivers in turn (`scripts.measure_mouth`), none with its own. Printed
are a row for each pair, the medians, and the worst fifths.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import click
import numpy as np

ROOT = Path(__file__).parent.parent

COLUMNS = (
    "requested",
    "net",
    "driver",
    "width",
    "amplitude",
    "own_amplitude",
    "own_width",
    "made_width",
    "leak",
    "second_difference",
    "sharpness",
)


def pairs(clips: tuple[str, ...], drivers: tuple[str, ...], each: int) -> Iterator[tuple[str, str]]:
    """Yield pairs of clip and driver: drivers take turns, and no clip is its own driver."""
    turn = cycle(drivers)
    for clip in clips:
        for driver in islice((d for d in turn if not Path(d).samefile(clip)), each):
            yield clip, driver


def measured(pair: tuple[str, str], options: list[str]) -> dict[str, float] | str:
    """Return the measures of a pair, or what is wrong with it."""
    clip, driver = pair
    command = [sys.executable, "-m", "scripts.measure_mouth", clip, "--driver", driver, "--from-sound", "--json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit code {done.returncode}"
    found: dict[str, float] = json.loads(done.stdout)
    return found


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--driver", "drivers", multiple=True, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--each", default=1, show_default=True, help="drivers for each clip")
@click.option("--frames", default=150, show_default=True, help="frames to look at")
@click.option("--workers", default=2, show_default=True, help="pairs that are measured side by side")
def main(clips: tuple[str, ...], drivers: tuple[str, ...], each: int, frames: int, workers: int) -> None:
    """Measure the mouths made for CLIPS with the sound of other speakers against those speakers' own lips."""
    if len(drivers) < 2:
        raise click.UsageError("give two drivers or more")
    chosen = list(pairs(clips, drivers, each))
    click.echo("clip driver frames " + " ".join(COLUMNS))
    rows = []
    with ThreadPoolExecutor(workers) as pool:
        for (clip, driver), found in zip(
            chosen, pool.map(lambda pair: measured(pair, ["--frames", str(frames)]), chosen), strict=True
        ):
            name = f"{Path(clip).stem} {Path(driver).stem}"
            if isinstance(found, str):
                click.echo(f"{name} {found}")
                continue
            rows.append([found[column] for column in COLUMNS])
            click.echo(f"{name} {found['frames']} " + " ".join(f"{value:.3f}" for value in rows[-1]))
    if rows:
        table = np.array(rows)
        for what, values in (
            ("median", np.median(table, 0)),
            ("worst fifth", np.quantile(table, 0.2, axis=0)),
            ("highest fifth", np.quantile(table, 0.8, axis=0)),
        ):
            click.echo(f"{what} of {len(rows)}: " + " ".join(f"{value:.3f}" for value in values))


if __name__ == "__main__":
    main()
