"""How many processor cores can one process use? A run is measured, and replayed on more cores than there are.

    python -m scripts.simulate_cores [--frames N]

Plays 720p footage with a face throughout on one thread of VapourSynth's, and takes for each callback of the graph the
time of the processors. Beside it runs py-spy (`pip install py-spy`), which looks 200 times a second at who holds
Python's lock (GIL); the share of a callback's time in which it does is taken as that of its work. Decoding takes what
it does alone, and all else, such as scaling, what is left. From that, `measuring.cores` tells the speed on any number
of cores, and what it would be if nothing held the lock. Where decoding has threads of its own, as it has in BestSource,
it may be faster than that; what other things share, such as memory, is not looked at.
"""

import functools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import Any

import click
import vapoursynth as vs

from scripts.benchmark import DEMO, SHOTS, TAIL, make
from scripts.measuring.cores import GRID, Cost, frames_per_second
from vs_lipsync import lipsync
from vs_lipsync.graph.nodes import cuts, dubbing, faces, hearing, mouths, plans

ROOT = Path(__file__).parent.parent

RATE = 200
"""Looks of py-spy a second."""

STEPS = {
    "faces": (faces.Detections, faces.Near, faces.Faces, cuts.Cuts, plans.FaceRun),
    "block": (hearing.Heard, plans.Plan, mouths.Mouths),
    "drawn": (dubbing.Drawn,),
    "composite": (dubbing.Composite,),
}
"""The callbacks of a step."""

CORES = (1, 2, 3, 4, 6, 8, 16)


@click.group(invoke_without_command=True)
@click.option("--frames", default=432, show_default=True, help="Frames to play.")
@click.pass_context
def main(context: click.Context, frames: int) -> None:
    """Measure, and print two tables."""
    if context.invoked_subcommand:
        return
    if which("py-spy") is None:
        raise click.UsageError("this needs the program py-spy: pip install py-spy")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dub = make(folder / "dub.wav", DEMO / "dub.ogg", 0, 20, [], frames / 25 + TAIL)
        scaled = ["-vf", "scale=1280:720:flags=lanczos", "-c:v", "libx264", "-crf", "18"]
        footage = make(folder / "footage.mp4", DEMO / "footage.mp4", *SHOTS["face"], scaled, frames / 25 + TAIL)
        looks, told = folder / "looks.txt", folder / "told.json"
        spy = ["py-spy", "record", "--gil", "--rate", str(RATE), "--format", "raw", "--output", str(looks), "--"]
        play = [sys.executable, "-m", "scripts.simulate_cores", "play", str(footage), str(dub), str(frames), str(told)]
        done = subprocess.run([*spy, *play], check=False, capture_output=True, text=True, cwd=ROOT)
        if not told.exists():  # py-spy does not say how what it looks at has ended
            raise click.ClickException(done.stderr.strip())
        costs = costs_of(json.loads(told.read_text("utf-8")), looks.read_text("utf-8"), frames)
    for step, cost in costs.items():
        click.echo(f"{step}: {1000 * cost.held:.1f} ms with the lock, {1000 * cost.free:.1f} ms without")
    without = {step: Cost(0.0, cost.held + cost.free) for step, cost in costs.items()}
    base = frames_per_second(costs, 1)
    for cores in CORES:
        speed, most = (frames_per_second(each, cores) for each in (costs, without))
        times = f"{speed / base:.2f} times one core, {most / base:.2f} without the lock"
        click.echo(f"{cores} cores: {speed:.1f} frames a second, {times}")


def costs_of(told: dict[str, Any], looks: str, frames: int) -> dict[str, Cost]:
    """Return what each step takes, of a frame or of a block.

    Args:
        told: what `play` has written.
        looks: stacks that had the lock, as py-spy writes them.
        frames: how many were played.
    """
    held: Counter[str] = Counter()
    for line in looks.splitlines():
        stack, _, times = line.rpartition(" ")
        named = next((name for name in told["calls"] if f"{name}.__call__ (" in stack), None)
        loop = "played (" in stack or "(" not in stack.split(";")[0] or "set_result (" in stack
        if named or loop:
            held[named or "output"] += int(times)
    blocks = GRID.blocks(frames)
    costs, rest = {}, float(told["processor"])
    for step, callbacks in STEPS.items():
        with_lock = total = 0.0
        for callback in callbacks:
            processor, clock = told["calls"].get(callback.__name__, (0.0, 1.0))
            with_lock += processor * min(1.0, held[callback.__name__] / RATE / clock)
            total += processor
        rest -= total
        of = blocks if step == "block" else frames
        costs[step] = Cost(with_lock / of, (total - with_lock) / of)
    looped = min(rest, held["output"] / RATE * told["processor"] / told["clock"])
    decoded = min(rest - looped, told["decoding"])
    return costs | {
        "decoded": Cost(0.0, decoded / frames),
        "scaled": Cost(0.0, (rest - looped - decoded) / frames),
        "output": Cost(looped / frames, 0.0),
    }


@main.command(hidden=True)
@click.argument("footage")
@click.argument("dub")
@click.argument("frames", type=int)
@click.argument("told", type=click.Path(path_type=Path))
def play(footage: str, dub: str, frames: int, told: Path) -> None:
    """Play a dubbed file in this process, and write what the callbacks take, in seconds."""
    calls: dict[str, list[float]] = {}
    for callback in (one for callbacks in STEPS.values() for one in callbacks):
        watch(callback, calls.setdefault(callback.__name__, [0.0, 1e-9]))
    vs.core.num_threads = 1
    source = vs.core.bs.VideoSource(footage, cachemode=0)
    busy = time.process_time()
    played(source[:frames])
    decoding = time.process_time() - busy
    clip = lipsync(source, dub)
    clip.get_frame(0).close()
    for times in calls.values():
        times[:] = [0.0, 1e-9]
    began, busy = time.perf_counter(), time.process_time()
    played(clip[1:frames])
    whole = {"decoding": decoding, "clock": time.perf_counter() - began, "processor": time.process_time() - busy}
    told.write_text(json.dumps({"calls": calls, **whole}), "utf-8")


def played(clip: vs.VideoNode) -> None:
    """Ask for all frames of a clip."""
    for _ in clip.frames(close=True):
        pass


def watch(callback: type, times: list[float]) -> None:
    """Let a class of callbacks add up what its calls take: of the processors, and by the clock."""
    call: Callable[..., Any] = callback.__call__

    @functools.wraps(call)
    def watched(*arguments: object, **named: object) -> object:
        began, busy = time.perf_counter(), time.thread_time()
        try:
            return call(*arguments, **named)
        finally:
            times[0] += time.thread_time() - busy
            times[1] += time.perf_counter() - began

    callback.__call__ = watched  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
