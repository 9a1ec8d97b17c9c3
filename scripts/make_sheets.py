"""Make sheets of mouths before and after dubbing, to look at: by how the head is turned, and in poor pictures.

python -m scripts.make_sheets --driver A.mp4 --driver B.mp4 CLIP... --output FOLDER [--kept FOLDER]

`yaw.png` and `pitch.png` have a column for each step of the head's angle, and in it frames of different clips, the
footage's above the dub's. Of each kind of poor picture there is a sheet with a pair of rows for each clip, of frames
spread over it. What passes is black.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.measuring.dubbed import Dubbed, dubbed_by_turns
from scripts.measuring.footage import Measured
from scripts.measuring.views import strip
from vs_lipsync.faces.landmarks import Pose
from vs_lipsync.media.ffmpeg import run_ffmpeg

POOR: Final = {
    "as-it-is": "null",
    "240p": "scale=-2:240",
    "dark": "eq=gamma=0.45:contrast=0.6:brightness=-0.1,noise=alls=12:allf=t",
    "deinterlaced": "tinterlace=interleave_top,bwdif=mode=send_frame",
    "blurred": "gblur=sigma=2.5",
}
"""Kinds of pictures, as FFmpeg's filters make them."""

YAWS: Final = (0, 8, 16, 24, 32, 38, 43)
PITCHES: Final = (-40, -20, -10, 0, 10, 20, 40)
"""Degrees between which the frames of a column are turned aside, and up (negative) or down."""

type Picture = NDArray[np.uint8]


def by_angle(clips: Sequence[tuple[Measured, Dubbed]], which: int, steps: Sequence[int], rows: int) -> Picture:
    """Return a sheet with a column for each step of an angle, 0 for yaw to either side and 1 for pitch."""
    columns: list[list[Picture]] = [[] for _ in steps[1:]]
    for clip, made in clips:
        shown: set[int] = set()
        for number, frame in enumerate(clip.frames):
            if frame.landmarks is None or clip.wide[number] is None or made.patches[number] is None:
                continue
            angle = Pose.of(frame.landmarks).angles[which]
            at = int(np.searchsorted(steps, angle if which else abs(angle), side="right")) - 1
            if 0 <= at < len(columns) and at not in shown and len(columns[at]) < rows:
                shown.add(at)
                columns[at].append(strip(clip, made.patches, [number], columns=1))
    empty = np.zeros((300, 150, 3), np.uint8)
    return np.hstack([np.vstack(column + [empty] * (rows - len(column))) for column in columns])


def of_kind(clips: Sequence[tuple[Measured, Dubbed]], columns: int) -> Picture:
    """Return a sheet with a pair of rows for each clip, of frames spread over it."""
    pairs = []
    for clip, made in clips:
        numbers = np.linspace(0, len(clip.frames) - 1, columns).round().astype(int).tolist()
        pairs.append(strip(clip, made.patches, numbers, columns=columns))
    return np.vstack(pairs)


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--driver", "drivers", multiple=True, required=True, type=click.Path(exists=True), help="A dub's sound.")
@click.option(
    "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the sheets."
)
@click.option("--frames", default=75, show_default=True, help="Frames of each clip.")
@click.option("--columns", default=10, show_default=True, help="Frames of each clip that are shown.")
@click.option("--rows", default=8, show_default=True, help="Clips that are shown of each angle.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(POOR)), help="Kinds of pictures; all if none.")
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path), help="Folder for what was read of CLIPS.")
def main(
    clips: tuple[str, ...],
    drivers: tuple[str, ...],
    output: Path,
    frames: int,
    columns: int,
    rows: int,
    kinds: tuple[str, ...],
    kept: Path | None,
) -> None:
    """Dub CLIPS, each with the voice of a driver, and make sheets of their mouths."""
    output.mkdir(parents=True, exist_ok=True)
    for kind in kinds or POOR:
        with tempfile.TemporaryDirectory() as scratch:
            files = list(clips)
            if kind != "as-it-is":
                files = [str(Path(scratch) / f"{number:02d}.mkv") for number in range(len(clips))]
                for clip, file in zip(clips, files, strict=True):
                    seconds = frames / 12.5  # two frames of the clip for one that is deinterlaced
                    made = ["-vf", POOR[kind], "-an", "-t", str(seconds), "-c:v", "libx264", "-crf", "20", file]
                    run_ffmpeg(["-i", clip, *made])
            kept_here = kept if kind == "as-it-is" else None
            dubbed = [(clip, made) for _, clip, made in dubbed_by_turns(files, drivers, frames, kept_here)]
        sheets = {kind: of_kind(dubbed, columns)}
        if kind == "as-it-is":
            sheets |= {"yaw": by_angle(dubbed, 0, YAWS, rows), "pitch": by_angle(dubbed, 1, PITCHES, rows)}
        for name, sheet in sheets.items():
            cv2.imwrite(str(output / f"{name}.png"), sheet[..., ::-1])
        shown = sum(patch is not None for _, made in dubbed for patch in made.patches)
        click.echo(f"{kind}: {shown} of {sum(len(clip.frames) for clip, _ in dubbed)} frames dubbed")


if __name__ == "__main__":
    main()
