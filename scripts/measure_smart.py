"""Measure what a smart render saves: a long clip of which a part is dubbed, encoded as a whole and in part.

python scripts/measure_smart.py footage.mp4 voice.wav --minutes 10 --dubbed 60

The clip is the footage over and over, its colours a little stronger or weaker each time: in a clip whose pictures
come again to the bit, BestSource cannot tell where it is, and decodes all from the beginning. Both renders run in one
go, one behind the other, with the same settings: what counts is the ratio. Both are checked to have all frames.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import click

from vs_lipsync.media.ffmpeg import run_ffmpeg

_COLOURS = "hue=s='1+0.05*sin(t/7)'"


def _processor_time() -> float:
    """Return the seconds of processor time of all programs that have been run."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


@click.command()
@click.argument("footage", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("voice", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--minutes", default=10.0, show_default=True, help="Length of the clip.")
@click.option("--dubbed", default=60.0, show_default=True, help="Seconds that are dubbed, from a third of it on.")
@click.option("--source-args", default="-c:v libx264", show_default=True, help="How the clip is encoded.")
@click.option("--encoder-args", default="", help="As for vs-lipsync dub; its default if not given.")
def main(footage: Path, voice: Path, minutes: float, dubbed: float, source_args: str, encoder_args: str) -> None:
    """Compare a smart render of FOOTAGE with a full one."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        clip, dub = folder / "clip.mp4", folder / "dub.wav"
        loop = ["-stream_loop", "-1", "-i", str(footage), "-t", str(60 * minutes), "-map", "0:v:0"]
        loop += ["-vf", _COLOURS, "-fps_mode", "cfr"]
        run_ffmpeg([*loop, *source_args.split(), str(clip)])
        run_ffmpeg(["-stream_loop", "-1", "-i", str(voice), "-t", str(dubbed), str(dub)])
        # The index of a file that is opened for the first time is for none of the two to make.
        program = str(Path(sys.executable).parent / "vs-lipsync")
        command = [program, "dub", str(clip), "--audio", str(dub), "--offset", str(20 * minutes)]
        command += ["--encoder-args", encoder_args] if encoder_args else []
        subprocess.run([*command, "--end", "1", "-o", str(folder / "first.mp4")], check=True)
        figures = {}
        for name, options in (("smart", ["--smart"]), ("full", [])):
            output = folder / f"{name}.mp4"
            began, used = time.monotonic(), _processor_time()
            subprocess.run([*command, *options, "-o", str(output)], check=True)
            figures[name] = time.monotonic() - began, _processor_time() - used, output.stat().st_size, _frames(output)
    for name, (seconds, processor, size, frames) in figures.items():
        print(f"{name}: {seconds:.0f} s, {processor:.0f} s of processor time, {size / 1e6:.1f} MB, {frames} frames")
    ratios = [figures["full"][at] / figures["smart"][at] for at in (0, 1)]
    print(f"the smart render is {ratios[0]:.1f} times as fast, by processor time {ratios[1]:.1f} times")


if __name__ == "__main__":
    main()
