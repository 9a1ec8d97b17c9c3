"""Kill a batch of many films, give it again, and see whether nothing is lost or done twice.

    python -m scripts.batch_test [--films 20] [--workers 2] [--seed 0]

Makes films of two seconds out of the demo's footage, two of which are broken: one is no film, and one has no dub that
can be read. Kills the batch (SIGKILL) when some of them are done, while others are at work, and gives it again. Checks
the exit code, the table, the report, that each film is whole, and that those that were done before were not touched.
Exit code 0: all of it is right.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import click

from scripts.kill_test import FAST, PROGRAM
from vs_lipsync.media.ffmpeg import run_ffmpeg

DEMO = Path(__file__).parent.parent / "demo"
FRAMES = 50


@click.command()
@click.option("--films", default=20, show_default=True, help="How many, at least 4.")
@click.option("--workers", default="2", show_default=True, help="As for vs-lipsync batch.")
@click.option("--seed", default=0, show_default=True, help="Of the moment of the kill.")
def main(films: int, workers: str, seed: int) -> None:
    """Run the test and print its outcome."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs, broken = made(folder, films), {f"{films // 3:02}.mp4", f"{films // 2:02}.mp4"}
        command = [*PROGRAM, "batch", str(jobs), "--workers", workers]
        report = folder / "jobs.toml.report.json"

        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        goal = random.Random(seed).randint(2, films - 2)
        while process.poll() is None and sum(state == "done" for state in states(report).values()) < goal:
            time.sleep(0.02)
        process.kill()
        process.wait()
        done = {film: written(folder / film) for film, state in states(report).items() if state == "done"}
        click.echo(f"killed when {len(done)} of {films} films were done")

        again = subprocess.run(command, capture_output=True, text=True, check=False)
        click.echo(again.stdout)
        ended, total = states(report), f"{films} jobs: {films - 2} done, 2 failed"
        right = {
            "the exit code is 1": again.returncode == 1,
            "the table's last line": again.stdout.splitlines()[-1:] == [total],
            "the broken films failed": {film for film, state in ended.items() if state == "failed"} == broken,
            "all others are done": sum(state == "done" for state in ended.values()) == films - 2,
            "what was done was not touched": {film: written(folder / film) for film in done} == done,
            "it says what was done before": f"{len(done)} of {films} jobs were done before" in again.stderr,
            "each film is whole": all(frames(folder / film) == FRAMES for film in ended if film not in broken),
            "nothing is left over": not [path for path in folder.iterdir() if path.name.startswith(".")],
        }
    for what, is_so in right.items():
        click.echo(f"{'right' if is_so else 'WRONG'}: {what}")
    sys.exit(not all(right.values()))


def made(folder: Path, films: int) -> Path:
    """Write the films, of which two are broken, and their list."""
    source = folder / "footage.mkv"
    cut = ["-i", str(DEMO / "footage.mp4"), "-frames:v", str(FRAMES), "-an", "-vf", "scale=640:-2"]
    run_ffmpeg([*cut, "-c:v", "libx264", "-crf", "20", str(source)])
    (folder / "text.mkv").write_text("no film")
    (folder / "text.wav").write_text("no sound")
    jobs = ["[defaults]", f'encoder_args = "{FAST}"', f'audio = "{DEMO / "dub.ogg"}"']
    for number in range(films):
        film = folder / f"film-{number:02}.mkv"
        film.symlink_to(folder / "text.mkv" if number == films // 3 else source)
        jobs += ["[[jobs]]", f'input = "{film.name}"', f'output = "{number:02}.mp4"', f"strength = {1 - 0.02 * number}"]
        jobs += ['audio = "text.wav"'] if number == films // 2 else []
    path = folder / "jobs.toml"
    path.write_text("\n".join(jobs), encoding="utf-8")
    return path


def states(report: Path) -> dict[str, str]:
    """Return the state of each job of a report by the name of its output; nothing while there is none."""
    if not report.exists():
        return {}
    return {Path(job["output"]).name: job["state"] for job in json.loads(report.read_text("utf-8"))["jobs"]}


def written(path: Path) -> tuple[int, int]:
    """Return what changes when a file is written again."""
    return path.stat().st_mtime_ns, path.stat().st_ino


def frames(path: Path) -> int:
    """Return how many frames of a file can be decoded."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


if __name__ == "__main__":
    main()
