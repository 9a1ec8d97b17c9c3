"""Kill a job of the command line again and again, and see whether it ends in the same file.

    python scripts/kill_test.py CLIP --audio DUB [--kills 20] [--piece 1] [--workers 2] [--seed 0]

Dubs the clip once without a break. Then it dubs it again, kills the process (SIGKILL) at a random moment, gives the
same command again, and so on until there were enough kills; only then the job is let finish. Compares the decoded
frames and the packets of the sound of the two files. Exit code 0: they are equal.
"""

import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import click
import numpy as np

PROGRAM = [sys.executable, "-c", "from vs_lipsync.cli import main; main()"]
FAST = "-c:v libx264 -preset ultrafast -crf 20"


@click.command()
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--audio", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The dub.")
@click.option("--kills", default=20, show_default=True, help="How often to kill the job.")
@click.option("--piece", default=1.0, show_default=True, help="Seconds of its pieces, at least.")
@click.option("--workers", default="1", show_default=True, help="As for vs-lipsync dub, of the job that is killed.")
@click.option("--seed", default=0, show_default=True, help="Of the random moments.")
@click.option("--suffix", default=".mkv", show_default=True, help="Extension of the output.")
@click.option("--encoder-args", default=FAST, show_default=True, help="As for vs-lipsync dub.")
def main(
    clip: Path, audio: Path, kills: int, piece: float, workers: str, seed: int, suffix: str, encoder_args: str
) -> None:
    """Run the test and print its outcome."""
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / f"whole{suffix}", Path(folder) / f"killed{suffix}"

        def command(output: Path) -> list[str]:
            options = ["--piece", str(piece), "--encoder-args", encoder_args]
            options += ["--workers", workers if output == killed else "1"]
            return [*PROGRAM, "dub", str(clip), "-a", str(audio), "-o", str(output), *options]

        started = time.monotonic()
        process, began, times = _start(command(whole)), 0.0, list[float]()
        while process.poll() is None:
            if not began and _folder(whole).exists():
                began = time.monotonic() - started
            if _pieces(whole) > len(times):
                times.append(time.monotonic() - started)
            time.sleep(0.02)
        if process.returncode or not times:
            sys.exit(f"the run without a break failed with exit code {process.returncode}")
        took = time.monotonic() - started
        click.echo(f"without a break: {took:.1f} s; {len(times)} pieces, the first after {times[0]:.1f} s")

        done, log = 0, []
        while done < kills and not killed.exists():
            # Some die before they have done a piece. The others are let do one, for the kills to spread over the job.
            goal = _pieces(killed) + (moments.random() < 0.4 * len(times) / kills)
            latest = 1.2 * began if goal == _pieces(killed) else 0.5 * took / len(times)
            process = _start(command(killed))
            while process.poll() is None and _pieces(killed) < goal:
                time.sleep(0.01)
            try:
                process.wait(moments.uniform(0, latest))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                done += 1
                log.append(_pieces(killed))
        click.echo(f"pieces that were whole after each kill: {' '.join(map(str, log))}")
        if not killed.exists() and subprocess.run(command(killed), check=False).returncode:
            sys.exit("the last run failed")
        equal = digest(whole) == digest(killed)
        left = sorted(item.name for item in Path(folder).iterdir())
        click.echo(f"{done} kills; {'the same' if equal else 'OTHER'} frames and sound; left behind: {left}")
        sys.exit(0 if equal and done >= kills and left == [killed.name, whole.name] else 1)


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ)


def _pieces(output: Path) -> int:
    return len(list(_folder(output).glob("[0-9]*.json")))


def _folder(output: Path) -> Path:
    return output.with_name(f".{output.name}.job")


def digest(path: Path) -> str:
    """Return a checksum of the decoded pictures of a file, and of its sound's packets, with their times."""
    words = hashlib.sha256()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            words.update(repr((frame.pts, frame.format.name)).encode())
            words.update(np.ascontiguousarray(frame.to_ndarray()).tobytes())
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.audio):
            words.update(repr((packet.stream_index, packet.pts)).encode() + bytes(packet))
    return words.hexdigest()


if __name__ == "__main__":
    main()
