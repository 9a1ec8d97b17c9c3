"""Whether the filter has become slower: fails where a frame takes 1.3 times as much of the processors as it is kept.

    python -m scripts.check_speed [--keep]

Plays parts of the demo clip, with a face and without, through the source alone and through the filter, in a process
each. What is compared with `check_speed.json` is a ratio: the time of the processors, in all threads of the process,
that a frame takes with the filter, to what it takes without. Both processes run at the same time, so that other work on
the machine slows both down: with each by itself, ratios were up to 1.9 times apart on a busy machine, and so they are
1.3 times. The least of three tries counts; those behind one that is good enough are saved. With `--keep`, the median of
three tries is written to the file, and the kind of processor, which changes them as well: on another kind, ratios are
said and not judged.
"""

import json
import platform
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Final

import click

from scripts.benchmark import DEMO, SHOTS, TAIL, TRIES, WORSE, make, measure

KEPT: Final = Path(__file__).with_suffix(".json")

FRAMES: Final = {"face": 150, "no face": 500}
"""Frames of each part that are played through the filter."""

ALONE: Final = 2000
"""Frames that are played without it, which takes as long."""


def processor() -> str:
    """Return what kind of processor this is."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


@click.command()
@click.option("--keep", is_flag=True, help="Write the ratios instead of comparing them.")
@click.pass_context
def main(context: click.Context, keep: bool) -> None:
    """Measure, and compare with what is kept."""
    stored = {} if keep else json.loads(KEPT.read_text("utf-8"))
    kept: dict[str, float] = stored.get("ratios", {})
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        dub = make(Path(folder) / "dub.wav", DEMO / "dub.ogg", 0, 20, [], max(FRAMES.values()) / 25 + TAIL)
        for shot, frames in FRAMES.items():
            coded = ["-c:v", "libx264", "-crf", "18"]
            footage = [
                make(Path(folder) / f"{count}.mp4", DEMO / "footage.mp4", *SHOTS[shot], coded, count / 25 + TAIL)
                for count in (ALONE, frames)
            ]
            limit = WORSE * kept.get(shot, 0.0)
            tries: list[float] = []
            while len(tries) < TRIES and (not tries or min(tries) > limit):
                alone, dubbed = pool.map(measure, footage, (None, dub), (ALONE, frames))
                tries.append(dubbed.processor / alone.processor)
            ratios[shot] = median(tries) if keep else min(tries)
            told = " ".join(f"{ratio:.1f}" for ratio in tries)
            click.echo(f"{shot}: {told} times the source alone" + ("" if keep else f"; {kept[shot]} kept"))
    if keep:
        rounded = {shot: round(ratio, 1) for shot, ratio in ratios.items()}
        stored = {"processor": processor(), "ratios": rounded}
        KEPT.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    elif stored["processor"] != processor():
        click.echo(f"not judged: kept on {stored['processor']}, and this is {processor()}")
    elif any(ratio > WORSE * kept[shot] for shot, ratio in ratios.items()):
        context.exit(1)


if __name__ == "__main__":
    main()
