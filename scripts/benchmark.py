"""How fast the filter is on this machine, and how much memory it takes.

    python scripts/benchmark.py [--frames N] [--json FILE] [--compare FILE]
    python scripts/benchmark.py memory [--minutes N] [--seeks MINUTES] [--footage FILE]

Makes footage out of the demo clip, with a face and without, at 720p, 1080p and 2160p, and plays each through the source
alone and through the filter, every time in a process of its own. Compare the figures of one run with one another: those
of different runs and machines say little. So what is kept, and compared with an earlier run (exit code 1 where it is
1.3 times as much in three tries), are ratios to the source alone.
"""

import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import vapoursynth as vs
from rich.console import Console
from rich.table import Table

from vs_lipsync import lipsync
from vs_lipsync.graph.caches import cached, uncached
from vs_lipsync.media.ffmpeg import ffmpeg_program

DEMO = Path(__file__).parent.parent / "demo"

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "2160p": (3840, 2160)}

SHOTS = {"face": (0, 4.8), "no face": (5.4, 1.4)}
"""Parts of the demo clip that are played over and over: start and length in seconds."""

WORSE = 1.3
"""How many times the earlier ratio is worse."""

TRIES = 3

TAIL = 4
"""Seconds of footage beyond what is played: a file that was looped without encoding ends in irregular frames."""


SOURCE_CACHE = 100
"""MB of decoded frames that BestSource may keep where the memory is measured."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process measured.

    Attributes:
        fps: frames per second after the first frame.
        first: seconds from the call of the filter to the first frame.
        memory: greatest resident size of the process, in MiB.
        processor: milliseconds of the processors that a frame takes after the first one, in all threads.
    """

    fps: float
    first: float
    memory: float
    processor: float


@click.group(invoke_without_command=True)
@click.option("--frames", default=500, show_default=True, help="Frames to play.")
@click.option("--json", "kept", type=click.Path(dir_okay=False, path_type=Path), help="Where to keep the ratios.")
@click.option("--compare", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Ratios to compare with.")
@click.pass_context
def main(context: click.Context, frames: int, kept: Path | None, compare: Path | None) -> None:
    """Measure, and print a table."""
    if context.invoked_subcommand:
        return
    earlier: dict[str, float] = json.loads(compare.read_text("utf-8")) if compare else {}
    table = Table(
        "footage",
        "filter",
        "fps",
        "ms per frame",
        "of the processors",
        "times the source",
        "first frame",
        "peak memory",
    )
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        seconds = 4 * frames / 25 + TAIL
        dub = make(Path(folder) / "dub.wav", DEMO / "dub.ogg", 0, 20, [], seconds)
        for (size, (width, height)), (shot, (start, length)) in itertools.product(SIZES.items(), SHOTS.items()):
            scaled = ["-vf", f"scale={width}:{height}:flags=lanczos", "-c:v", "libx264", "-crf", "18"]
            name, footage = f"{size}, {shot}", Path(folder) / f"{size} {shot}.mp4"
            make(footage, DEMO / "footage.mp4", start, length, scaled, seconds)
            for _ in range(TRIES if name in earlier else 1):
                alone, dubbed = measure(footage, None, frames), measure(footage, dub, frames)
                ratios[name] = min(alone.fps / dubbed.fps, ratios.get(name, float("inf")))
                if ratios[name] <= WORSE * earlier.get(name, float("inf")):
                    break
            add(table, name, "none", alone, 1.0)
            add(table, name, "lipsync", dubbed, alone.fps / dubbed.fps)
        name = "1080p, face, four times as long"
        add(table, name, "lipsync", measure(Path(folder) / "1080p face.mp4", dub, 4 * frames))
    Console().print(table)
    if kept:
        kept.write_text(json.dumps({name: round(ratio, 2) for name, ratio in ratios.items()}, indent=1), "utf-8")
    worse = {name: ratio for name, ratio in ratios.items() if ratio > WORSE * earlier.get(name, float("inf"))}
    for name, ratio in worse.items():
        click.echo(f"{name}: {ratio:.1f} times the source, {earlier[name]:.1f} before", err=True)
    context.exit(1 if worse else 0)


def make(path: Path, source: Path, start: float, length: float, options: list[str], seconds: float) -> Path:
    """Write a part of a file, played over and over until it is so many seconds long."""
    part = path.with_stem("part")
    common = [ffmpeg_program(), "-v", "error", "-y"]
    subprocess.run([*common, "-ss", str(start), "-t", str(length), "-i", source, *options, part], check=True)
    subprocess.run([*common, "-stream_loop", "-1", "-t", str(seconds), "-i", part, "-c", "copy", path], check=True)
    return path


def add(table: Table, footage: str, kind: str, run: Run, ratio: float | None = None) -> None:
    """Add a row, with how many times as long as the source alone a frame takes."""
    times = "" if ratio is None else f"{ratio:.1f}"
    speed = f"{run.fps:.1f}", f"{1000 / run.fps:.1f}", f"{run.processor:.1f}", times
    table.add_row(footage, kind, *speed, f"{run.first:.2f} s", f"{run.memory:.0f} MiB")


def measure(footage: Path, dub: Path | None, frames: int) -> Run:
    """Play a file in a process of its own."""
    command = [sys.executable, __file__, "play", str(footage), str(frames), *([str(dub)] if dub else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Run(**json.loads(done.stdout))


@main.command(hidden=True)
@click.argument("footage")
@click.argument("frames", type=int)
@click.argument("dub", required=False)
def play(footage: str, frames: int, dub: str | None) -> None:
    """Play a file in this process, and print what was measured."""
    clip = vs.core.bs.VideoSource(footage, cachemode=0)
    clip.get_frame(0)  # opening the file and finding its frames is not the filter's doing
    began = time.perf_counter()
    if dub is not None:
        clip = lipsync(clip, dub)
    clip.get_frame(0)
    first = time.perf_counter() - began
    began, busy = time.perf_counter(), time.process_time()
    for _ in clip[1:frames].frames(close=True):
        pass
    fps = (frames - 1) / (time.perf_counter() - began)
    processor = 1000 * (time.process_time() - busy) / (frames - 1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(asdict(Run(fps, first, memory, processor))))


@main.command()
@click.option("--minutes", default=10.0, show_default=True, help="Minutes of footage to play, 25 frames a second.")
@click.option("--seeks", default=0.0, show_default=True, help="Minutes of time to jump about in it afterwards.")
@click.option("--footage", type=click.Path(exists=True), help="What to play over and over, instead of the demo clip.")
def memory(minutes: float, seeks: float, footage: str | None) -> None:
    """Print the resident memory of a process that plays for long, and of one that seeks for long.

    Peaks are those of samples taken every 25 frames, or at every seek.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = programme(Path(folder), footage, int(1500 * minutes))
        dub = make(Path(folder) / "dub.wav", DEMO / "dub.ogg", 0, 20, [], 60 * minutes)
        frames = source.num_frames
        clip = lipsync(source, dub)
        played = Peak()
        for number, _ in enumerate(clip.frames(close=True), 1):
            if number % 25 == 0:
                played.sample()
            if number in (3000, frames) or number % 7500 == 0:
                played.notify(f"{number / 1500:g} minutes played")
        draw = random.Random(0)
        began = told = time.monotonic()
        jumped = Peak()
        for jumps in itertools.count(1):
            now = time.monotonic()
            if now - began >= 60 * seeks:
                break
            clip.get_frame(draw.randrange(clip.num_frames)).close()
            jumped.sample()
            if now - told >= 60:
                told = now
                jumped.notify(f"{jumps} seeks in {(now - began) / 60:.1f} minutes")


def programme(folder: Path, footage: str | None, frames: int) -> vs.VideoNode:
    """Return a clip in 1080p that plays a file over and over; or the demo clip, and seven times as long no face.

    What VapourSynth keeps by itself grows with every round of a loop, so that its nodes keep nothing; and BestSource
    keeps decoded frames where a loop jumps back, 1000 MB of them by itself.
    """
    scaled = ["-vf", "scale=1920:1080:flags=lanczos", "-c:v", "libx264", "-crf", "18", "-g", "50"]
    shown = make(folder / "footage.mp4", Path(footage) if footage else DEMO / "footage.mp4", 0, 13, scaled, 13)
    source = vs.core.bs.VideoSource(str(shown), cachemode=0, cachesize=SOURCE_CACHE)
    if footage is None:
        start, length = (round(25 * seconds) for seconds in SHOTS["no face"])
        still = cached(source[start : start + length], length)
        source = uncached(uncached(source) + still.std.Loop(-(-7 * source.num_frames // length)))
    return uncached(uncached(source).std.Loop(-(-frames // source.num_frames)))[:frames].std.AssumeFPS(fpsnum=25)


class Peak:
    """The greatest resident memory seen so far, in MiB."""

    def __init__(self) -> None:
        self._peak = self._now = 0

    def sample(self) -> None:
        """Look at the process now."""
        self._now = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20
        self._peak = max(self._peak, self._now)

    def notify(self, what: str) -> None:
        """Print what was done, the memory of the process, and what of it VapourSynth's frames take."""
        frames = vs.core.used_cache_size >> 20
        print(f"{what}: {self._now} MiB, {frames} of them frames; peak {self._peak} MiB", flush=True)


if __name__ == "__main__":
    main()
